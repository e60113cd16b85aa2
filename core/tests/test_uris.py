"""Where runs are tracked: set, from the environment, by default; relative paths."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import pegboard
from pegboard.errors import InvalidParameterValue


def test_set_then_environment_then_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pegboard.get_tracking_uri() == (tmp_path / "mlruns").as_uri()
    assert not pegboard.is_tracking_uri_set()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "theirs://x")
    assert pegboard.get_tracking_uri() == "theirs://x"
    assert pegboard.is_tracking_uri_set()
    monkeypatch.setenv("PEGBOARD_TRACKING_URI", "ours://x")
    assert pegboard.get_tracking_uri() == "ours://x"
    pegboard.set_tracking_uri("set://x")
    assert pegboard.get_tracking_uri() == "set://x"
    assert os.environ["PEGBOARD_TRACKING_URI"] == "set://x"
    pegboard.set_tracking_uri("")
    assert pegboard.get_tracking_uri() == "ours://x"


def test_the_registry_follows_the_tracking_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    pegboard.set_tracking_uri("first://x")
    assert pegboard.get_registry_uri() == "first://x"
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "theirs://x")
    assert pegboard.get_registry_uri() == "theirs://x"
    pegboard.set_registry_uri("second://x")
    assert pegboard.get_registry_uri() == "second://x"
    assert pegboard.get_tracking_uri() == "first://x"
    pegboard.set_registry_uri("")
    assert pegboard.get_registry_uri() == "theirs://x"


def test_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for given, expected in (
        ("./runs", str(tmp_path / "runs")),
        ("a/b", str(tmp_path / "a" / "b")),
        (".", str(tmp_path)),
        (Path("é runs"), (tmp_path / "é runs").as_uri()),
        (tmp_path / "x", (tmp_path / "x").as_uri()),
        ("file:rel", "file:rel"),
        ("http://host:5000", "http://host:5000"),
    ):
        pegboard.set_tracking_uri(given)
        assert pegboard.get_tracking_uri() == expected
    pegboard.set_tracking_uri("./runs")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    pegboard.log_param("p", 1)
    assert (tmp_path / "runs").is_dir()
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("wrong", [5, b"x", ["a"]], ids=repr)
def test_what_is_neither_text_nor_path(wrong: Any) -> None:
    for call in (pegboard.set_tracking_uri, pegboard.set_registry_uri):
        with pytest.raises(InvalidParameterValue, match=repr(wrong)[:4].replace("[", r"\[")):
            call(wrong)
    assert not pegboard.is_tracking_uri_set()


def test_an_mlflow_database_beside_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "mlflow.db").touch()
    assert pegboard.get_tracking_uri() == (tmp_path / "mlruns").as_uri()
    assert "mlflow.db" in caplog.text
    assert "PEGBOARD_TRACKING_URI" in caplog.text


def test_nothing_is_made_before_it_is_used(tmp_path: Path) -> None:
    pegboard.set_tracking_uri(str(tmp_path / "x"))
    pegboard.MlflowClient()
    assert list(tmp_path.iterdir()) == []
    pegboard.search_experiments()
    assert (tmp_path / "x" / "0" / "meta.yaml").is_file()
