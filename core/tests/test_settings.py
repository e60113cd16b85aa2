"""Settings: both variables, which wins, wrong values, what listings show."""

from __future__ import annotations

import os

import pytest

from pegboard import settings
from pegboard.errors import InvalidParameterValue
from pegboard.settings import Setting, redacted

WITH_TWIN = [setting for setting in settings.TABLE if setting.mlflow]


def test_names_and_variables_are_unique_and_regular() -> None:
    names = [setting.name for setting in settings.TABLE]
    assert len(set(names)) == len(names)
    for setting in settings.TABLE:
        assert setting.variable == f"PEGBOARD_{setting.name.upper()}"
        assert setting.help.endswith(".")
        assert setting.mlflow in (None, setting.variable.replace("PEGBOARD_", "MLFLOW_"))
        assert setting.origin() == "default"
        assert setting.get() == setting.default


def test_the_table_has_every_setting() -> None:
    assert set(settings.TABLE) == {one for one in vars(settings).values() if isinstance(one, Setting)}


@pytest.mark.parametrize("setting", WITH_TWIN, ids=lambda setting: setting.name)
def test_our_variable_wins_over_mlflows(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {bool: ("false", "true"), type(None): ("ours", "theirs")}[type(setting.default)]
    monkeypatch.setenv(setting.mlflow, texts[1])
    theirs = setting.get()
    assert setting.origin() == setting.mlflow
    monkeypatch.setenv(setting.variable, texts[0])
    assert setting.origin() == setting.variable
    assert setting.get() != theirs


@pytest.mark.parametrize("text", ["true", "TRUE", "True", "1", " true "])
def test_flags_that_are_on(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEGBOARD_ENABLE_ASYNC_LOGGING", text)
    assert settings.ENABLE_ASYNC_LOGGING.get() is True


@pytest.mark.parametrize("text", ["false", "FALSE", "0"])
def test_flags_that_are_off(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", text)
    assert settings.TRUNCATE_LONG_VALUES.get() is False


@pytest.mark.parametrize(
    ("variable", "text", "rule"),
    [
        ("PEGBOARD_ENABLE_ASYNC_LOGGING", "yes", "true, false"),
        ("MLFLOW_ENABLE_ASYNC_LOGGING", "", "true, false"),
        ("PEGBOARD_ASYNC_QUEUE_SIZE", "0", "from 1"),
        ("PEGBOARD_ASYNC_QUEUE_SIZE", "-5", "from 1"),
        ("PEGBOARD_ASYNC_QUEUE_SIZE", "many", "from 1"),
        ("PEGBOARD_ASYNC_QUEUE_SIZE", "²", "from 1"),
        ("PEGBOARD_DURABILITY", "Full", "'process' or 'full'"),
        ("PEGBOARD_PREFER", "s3=x", "kind:name=distribution"),
        ("PEGBOARD_PREFER", "kind:=x", "kind:name=distribution"),
    ],
)
def test_a_wrong_value_names_variable_value_and_rule(
    variable: str, text: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    (setting,) = [one for one in settings.TABLE if variable in (one.variable, one.mlflow)]
    with pytest.raises(InvalidParameterValue) as caught:
        setting.get()
    message = str(caught.value)
    assert variable in message
    assert text in message
    assert rule in message
    assert setting.shown().startswith("wrong: ")


def test_a_wrong_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting[int]("token", int, 0, "A secret.", secret=True)
    monkeypatch.setenv("PEGBOARD_TOKEN", "hush")
    with pytest.raises(InvalidParameterValue) as caught:
        setting.get()
    assert "PEGBOARD_TOKEN" in str(caught.value)
    assert "'hush'" not in str(caught.value)
    monkeypatch.setenv("PEGBOARD_TOKEN", "42")
    assert (setting.get(), setting.shown()) == (42, "***")


def test_lists_and_preferences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEGBOARD_PLUGINS", " a, b ,,c")
    assert settings.PLUGINS.get() == ("a", "b", "c")
    assert settings.PLUGINS.shown() == "a,b,c"
    monkeypatch.setenv("PEGBOARD_PREFER", "artifact_repository:S3=pegboard-s3, tracking_store:x=y")
    assert settings.PREFER.get() == {"artifact_repository:s3": "pegboard-s3", "tracking_store:x": "y"}
    assert settings.PREFER.shown() == "artifact_repository:s3=pegboard-s3,tracking_store:x=y"


@pytest.mark.parametrize(
    ("uri", "secret"),
    [
        ("https://user:hush@host/x", "hush"),
        ("https://user:hu@sh@host/x", "sh@host"),
        ("https://hush@host/x", "hush"),
        ("HTTPS://user:hush@host", "hush"),
        ("postgresql+psycopg://user:hush@host:5432/db", "hush"),
        ("s3://key:hush@bucket/x", "hush"),
        ("postgresql://host/db?user=u&password=hush", "hush"),
        ("postgresql://host/db?sslmode=on&sslpassword=hush", "hush"),
        ("https://host/x?token=hush", "hush"),
    ],
)
def test_secrets_of_uris_are_not_shown(uri: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret not in redacted(uri)
    assert "host" in redacted(uri) or "bucket" in redacted(uri)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert secret not in settings.TRACKING_URI.shown()
    assert settings.TRACKING_URI.get() == uri


@pytest.mark.parametrize(
    "uri",
    [
        "file:///a/b@c",
        "sqlite:///x.db",
        "https://host:8080/a:b@c",
        "s3://bucket/a@b",
        "/plain/a:b@c",
        "mlruns",
    ],
)
def test_uris_without_secrets_are_shown_as_they_are(uri: str) -> None:
    assert redacted(uri) == uri


def test_what_children_inherit_can_be_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEGBOARD_REGISTRY_URI", "before")
    settings.REGISTRY_URI.set_for_children("first")
    settings.REGISTRY_URI.set_for_children("second")
    assert os.environ["PEGBOARD_REGISTRY_URI"] == "second"
    settings.REGISTRY_URI.set_for_children(None)
    assert os.environ["PEGBOARD_REGISTRY_URI"] == "before"
