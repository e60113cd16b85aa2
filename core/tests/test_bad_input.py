"""What the fluent API refuses before anything is written: keys, batches with one bad element, runs."""

from __future__ import annotations

from typing import Any

import pytest

import pegboard
from pegboard import PegboardClient
from pegboard.entities import Metric, Param, RunTag
from pegboard.errors import InvalidParameterValue, PegboardException, ResourceDoesNotExist

pytestmark = pytest.mark.usefixtures("root")

#: Each way in which a key can be wrong, with what the message says of it.
BAD_KEYS = [
    ("", "empty"),
    ("a" * 251, "251"),
    ("a!b", "'!'"),
    ("a\nb", "\\n"),
    ("a\tb", "\\t"),
    ("a\n", "\\n"),
    ("a\\b", "\\\\"),
    ("a%b", "'%'"),
    ("a\0b", "NUL"),
    ("\ud800", "surrogate"),
    ("/a", "absolute"),
    ("..", "'..'"),
    ("../a", "'..'"),
    ("..a", "'..'"),
    ("...", "'..'"),
    ("a/../b", "'..'"),
    ("a/..", "'..'"),
    (".", "'.'"),
    ("./a", "'.'"),
    ("a//b", "empty"),
    ("a/", "empty"),
    (None, "string"),
    (5, "string"),
    (b"a", "string"),
]


@pytest.fixture
def run():
    with pegboard.start_run() as run:
        yield run


def data(run: Any) -> Any:
    return pegboard.get_run(run.info.run_id).data


@pytest.mark.parametrize(("key", "told"), BAD_KEYS, ids=lambda part: repr(part)[:12])
def test_each_way_a_key_can_be_wrong(key: Any, told: str, run: Any) -> None:
    before = data(run)
    for kind, log in (
        ("metric", lambda: pegboard.log_metric(key, 1)),
        ("metric", lambda: pegboard.log_metrics({"good": 1, key: 1})),
        ("param", lambda: pegboard.log_param(key, 1)),
        ("param", lambda: pegboard.log_params({"good": 1, key: 1})),
        ("tag", lambda: pegboard.set_tag(key, 1)),
        ("tag", lambda: pegboard.set_tags({"good": 1, key: 1})),
        ("tag", lambda: pegboard.delete_tag(key)),
        ("metric", lambda: pegboard.log_metric(key, 1, synchronous=False)),
    ):
        with pytest.raises(InvalidParameterValue, match=kind) as caught:
            log()
        assert told in str(caught.value)
        assert caught.value.error_code == "INVALID_PARAMETER_VALUE"
    assert data(run) == before


@pytest.mark.parametrize(
    "key", ["a", "A b", "a/b/c", "é日本", "a:b", "-a", "_", "a.b", " a ", "a/...", "1", "a" * 250, "a²"]
)
def test_keys_that_are_right(key: str, run: Any) -> None:
    pegboard.log_metric(key, 1)
    pegboard.log_param(key, 1)
    pegboard.set_tag(key, 1)
    found = data(run)
    assert (found.metrics, found.params, found.tags[key]) == ({key: 1.0}, {key: "1"}, "1")


# Batches


def test_a_batch_of_all_kinds(run: Any) -> None:
    pegboard.log_batch([Metric("m", 1, 5, 2)], [Param("p", 1)], [RunTag("t", None)])
    found = data(run)
    assert (found.metrics, found.params, found.tags["t"]) == ({"m": 1.0}, {"p": "1"}, "None")


@pytest.mark.parametrize(
    "bad",
    [
        {"metrics": [Metric("bad!", 1, 1)]},
        {"metrics": [Metric("bad", "x", 1)]},  # type: ignore[arg-type]
        {"metrics": [Metric("bad", 1, -1)]},
        {"params": [Param("bad!", "1")]},
        {"params": [Param("bad", "1"), Param("bad", "2")]},
        {"tags": [RunTag("bad!", "1")]},
    ],
)
def test_one_bad_element_keeps_the_batch_out(bad: dict[str, list[Any]], run: Any) -> None:
    good = {"metrics": [Metric("m", 1, 1)], "params": [Param("p", "1")], "tags": [RunTag("t", "1")]}
    before = data(run)
    with pytest.raises(InvalidParameterValue, match="bad"):
        pegboard.log_batch(**{kind: [*elements, *bad.get(kind, [])] for kind, elements in good.items()})
    assert data(run) == before


@pytest.mark.parametrize("wrong", [["a"], "a", [("a", 1)], None, 5], ids=repr)
def test_what_is_no_mapping(wrong: Any, root: Any) -> None:
    for call in (
        pegboard.log_metrics,
        pegboard.log_params,
        pegboard.set_tags,
        pegboard.set_experiment_tags,
    ):
        with pytest.raises(InvalidParameterValue, match="dictionary"):
            call(wrong)
    pegboard.end_run()
    if wrong is not None:
        for make in (
            lambda: pegboard.start_run(tags=wrong),
            lambda: pegboard.create_experiment("e", tags=wrong),
        ):
            with pytest.raises(InvalidParameterValue, match="dictionary"):
                make()
    assert pegboard.active_run() is None
    assert pegboard.get_experiment_by_name("e") is None


@pytest.mark.parametrize("wrong", [None, 5, ["a"]], ids=repr)
def test_what_is_no_path(wrong: Any, client: PegboardClient, run_id: str) -> None:
    for log in (client.log_artifact, client.log_artifacts):
        with pytest.raises(InvalidParameterValue, match="path"):
            log(run_id, wrong)


# Runs that cannot be written to


@pytest.mark.parametrize("wrong", ["", "a b", "../x", "é", None, 5], ids=repr)
def test_what_is_no_run_id(wrong: Any, client: PegboardClient) -> None:
    for call in (client.get_run, client.delete_run, lambda one: client.log_metric(one, "m", 1)):
        with pytest.raises(InvalidParameterValue, match="no run id"):
            call(wrong)


def test_a_run_that_is_not_there(client: PegboardClient) -> None:
    for call in (
        lambda: client.get_run("0" * 32),
        lambda: pegboard.log_metric("m", 1, run_id="0" * 32),
        lambda: pegboard.log_text("x", "x.txt", run_id="0" * 32),
        lambda: client.set_terminated("0" * 32),
    ):
        with pytest.raises(ResourceDoesNotExist, match="0" * 32):
            call()


def test_a_deleted_run_takes_nothing(client: PegboardClient, run_id: str) -> None:
    before = client.get_run(run_id)
    client.delete_run(run_id)
    for call in (
        lambda: client.log_metric(run_id, "m", 1),
        lambda: client.log_param(run_id, "p", 1),
        lambda: client.set_tag(run_id, "t", 1),
        lambda: client.delete_tag(run_id, "mlflow.runName"),
        lambda: client.log_batch(run_id, [Metric("m", 1.0, 1)]),
        lambda: client.set_terminated(run_id),
        lambda: client.update_run(run_id, name="new"),
        lambda: client.log_inputs(run_id, []),
    ):
        with pytest.raises(PegboardException, match=f"{run_id}.*deleted") as caught:
            call()
        assert "estore" in str(caught.value)
    client.restore_run(run_id)
    assert client.get_run(run_id) == before
