"""Experiments of the fluent API: which one a run belongs to, their names, tags and lifecycle."""

from __future__ import annotations

import os
import threading

import pytest

import pegboard
from pegboard import ActiveRun
from pegboard.entities import ViewType
from pegboard.errors import (
    InvalidParameterValue,
    PegboardException,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)

pytestmark = pytest.mark.usefixtures("root")


def started(**arguments: object) -> ActiveRun:
    with pegboard.start_run(**arguments) as run:  # type: ignore[arg-type]
        return run


def test_the_experiment_of_a_run_is_chosen_in_this_order(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("argument", "set", "name", "id")
    ids = {name: pegboard.create_experiment(name) for name in names}
    assert started().info.experiment_id == "0"
    monkeypatch.setenv("PEGBOARD_EXPERIMENT_ID", ids["id"])
    assert started().info.experiment_id == ids["id"]
    monkeypatch.setenv("PEGBOARD_EXPERIMENT_NAME", "name")
    assert started().info.experiment_id == ids["name"]
    pegboard.set_experiment("set")
    assert started().info.experiment_id == ids["set"]
    assert started(experiment_id=ids["argument"]).info.experiment_id == ids["argument"]


def test_mlflows_variables_count_where_ours_are_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pegboard.create_experiment("first"), pegboard.create_experiment("second")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", first)
    assert started().info.experiment_id == first
    monkeypatch.setenv("PEGBOARD_EXPERIMENT_ID", second)
    assert started().info.experiment_id == second
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "first")
    assert started().info.experiment_id == first


def test_an_experiment_named_by_the_environment_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "new one")
    run = started()
    assert pegboard.get_experiment(run.info.experiment_id).name == "new one"
    assert started().info.experiment_id == run.info.experiment_id


def test_an_experiment_of_the_environment_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEGBOARD_EXPERIMENT_ID", "123")
    with pytest.raises(PegboardException, match="123"):
        pegboard.start_run()
    assert pegboard.active_run() is None


@pytest.mark.parametrize("form", [int, str])
def test_an_experiment_id_may_be_a_number(form: type) -> None:
    pegboard.set_experiment("active")
    assert started(experiment_id=form("0")).info.experiment_id == "0"


def test_resuming_under_an_experiment_id_that_is_a_number() -> None:
    experiment_id = pegboard.create_experiment("e")
    run = started(experiment_id=experiment_id)
    again = started(run_id=run.info.run_id, experiment_id=int(experiment_id))
    assert again.info.run_id == run.info.run_id


def test_nested_runs_follow_the_set_experiment_not_the_parent() -> None:
    experiment_id = pegboard.create_experiment("other")
    with pegboard.start_run(experiment_id=experiment_id), pegboard.start_run(nested=True) as child:
        assert child.info.experiment_id == "0"


# set_experiment


def test_set_experiment_makes_it_once_and_returns_it() -> None:
    made = pegboard.set_experiment("mine")
    assert made.name == "mine"
    assert made.lifecycle_stage == "active"
    assert pegboard.set_experiment("mine") == made
    assert pegboard.set_experiment(experiment_id=made.experiment_id) == made
    assert os.environ["PEGBOARD_EXPERIMENT_ID"] == made.experiment_id


def test_many_that_want_one_experiment_make_it_once() -> None:
    together, found = threading.Barrier(8, timeout=30), []

    def work() -> None:
        together.wait()
        found.append(pegboard.set_experiment("wanted").experiment_id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [one.name for one in pegboard.search_experiments(order_by=["name"])] == ["Default", "wanted"]


def test_set_experiment_does_not_move_the_active_run() -> None:
    with pegboard.start_run() as run:
        pegboard.set_experiment("later")
        pegboard.log_metric("m", 1)
    assert pegboard.get_run(run.info.run_id).data.metrics == {"m": 1.0}
    assert started().info.experiment_id != "0"


@pytest.mark.parametrize("arguments", [{}, {"experiment_name": "a", "experiment_id": "0"}])
def test_set_experiment_takes_a_name_or_an_id(arguments: dict[str, str]) -> None:
    with pytest.raises(InvalidParameterValue, match="one of them"):
        pegboard.set_experiment(**arguments)


def test_a_deleted_experiment_is_not_set() -> None:
    experiment_id = pegboard.create_experiment("gone")
    pegboard.delete_experiment(experiment_id)
    for arguments in ({"experiment_name": "gone"}, {"experiment_id": experiment_id}):
        with pytest.raises(InvalidParameterValue, match="restore_experiment"):
            pegboard.set_experiment(**arguments)
    assert started().info.experiment_id == "0"


def test_an_experiment_id_that_is_not_there() -> None:
    with pytest.raises(ResourceDoesNotExist, match="123"):
        pegboard.set_experiment(experiment_id="123")


# Names


@pytest.mark.parametrize("name", ["", "  ", None, 5, ["a"], "a" * 501, "a\0b", "\ud800"])
def test_a_name_must_be_text(name: object) -> None:
    with pytest.raises(InvalidParameterValue, match="name"):
        pegboard.create_experiment(name)  # type: ignore[arg-type]
    assert [experiment.name for experiment in pegboard.search_experiments()] == ["Default"]


@pytest.mark.parametrize("name", ["", 5, "a" * 501])
def test_set_experiment_refuses_bad_names_too(name: object) -> None:
    with pytest.raises(InvalidParameterValue, match="name"):
        pegboard.set_experiment(name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["x'y", 'say "hi"', "a/b", "..", "a\nb", "日本", "100%", "`", "a" * 500, "x' OR name = 'Default"]
)
def test_names_are_free_otherwise(name: str) -> None:
    experiment_id = pegboard.create_experiment(name)
    assert pegboard.get_experiment(experiment_id).name == name
    assert pegboard.get_experiment_by_name(name).experiment_id == experiment_id
    assert pegboard.set_experiment(name).experiment_id == experiment_id


def test_a_name_is_taken_by_active_and_by_deleted_experiments() -> None:
    experiment_id = pegboard.create_experiment("taken")
    with pytest.raises(ResourceAlreadyExists, match="active") as caught:
        pegboard.create_experiment("taken")
    assert experiment_id in str(caught.value)
    pegboard.delete_experiment(experiment_id)
    with pytest.raises(ResourceAlreadyExists, match="deleted") as caught:
        pegboard.create_experiment("taken")
    assert caught.value.error_code == "RESOURCE_ALREADY_EXISTS"
    assert pegboard.create_experiment("Taken") != experiment_id


def test_a_name_that_nobody_has() -> None:
    assert pegboard.get_experiment_by_name("nobody") is None
    with pytest.raises(ResourceDoesNotExist):
        pegboard.get_experiment("123")


# Tags and lifecycle


def test_tags_are_set_overwritten_and_deleted() -> None:
    experiment_id = pegboard.create_experiment("tagged", tags={"first": 1})
    pegboard.set_experiment("tagged")
    pegboard.set_experiment_tag("a", 5)
    pegboard.set_experiment_tags({"a": "new", "b": None})
    assert pegboard.get_experiment(experiment_id).tags == {"first": "1", "a": "new", "b": "None"}
    pegboard.delete_experiment_tag("a")
    assert pegboard.get_experiment(experiment_id).tags == {"first": "1", "b": "None"}
    with pytest.raises(ResourceDoesNotExist, match="a"):
        pegboard.delete_experiment_tag("a")


def test_one_bad_tag_sets_none() -> None:
    with pytest.raises(InvalidParameterValue, match="bad!"):
        pegboard.create_experiment("tagged", tags={"good": 1, "bad!": 2})
    assert pegboard.get_experiment_by_name("tagged") is None
    experiment = pegboard.set_experiment("tagged")
    with pytest.raises(InvalidParameterValue, match="bad!"):
        pegboard.set_experiment_tags({"good": 1, "bad!": 2})
    assert pegboard.get_experiment(experiment.experiment_id).tags == {}


def test_deleting_takes_runs_along_and_restoring_brings_back_exactly_those() -> None:
    experiment_id = pegboard.create_experiment("e")
    deleted_before = started(experiment_id=experiment_id).info.run_id
    kept = started(experiment_id=experiment_id).info.run_id
    pegboard.delete_run(deleted_before)
    pegboard.delete_experiment(experiment_id)
    assert pegboard.get_experiment(experiment_id).lifecycle_stage == "deleted"
    assert pegboard.get_run(kept).info.lifecycle_stage == "deleted"
    with pytest.raises(PegboardException, match="deleted"):
        pegboard.start_run(experiment_id=experiment_id)
    pegboard.restore_experiment(experiment_id)
    assert pegboard.get_run(kept).info.lifecycle_stage == "active"
    assert pegboard.get_run(deleted_before).info.lifecycle_stage == "deleted"


def test_search_experiments() -> None:
    ids = [pegboard.create_experiment(f"e{i}", tags={"n": str(i)}) for i in range(3)]
    pegboard.delete_experiment(ids[0])

    def names(**arguments: object) -> list[str]:
        return [experiment.name for experiment in pegboard.search_experiments(**arguments)]  # type: ignore

    assert sorted(names()) == ["Default", "e1", "e2"]
    assert names(view_type=ViewType.DELETED_ONLY) == ["e0"]
    assert names(view_type=ViewType.ALL, order_by=["name DESC"]) == ["e2", "e1", "e0", "Default"]
    assert names(order_by=["name"], max_results=2) == ["Default", "e1"]
    assert names(filter_string="tags.n = '2'") == ["e2"]
    assert names(filter_string="name LIKE 'e%'", order_by=["name"]) == ["e1", "e2"]
    assert names(max_results=0) == []
    with pytest.raises(InvalidParameterValue, match="list"):
        pegboard.search_experiments(order_by="name")


def test_all_experiments_are_found_over_many_pages(client, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {client.create_experiment(f"e{i}") for i in range(7)} | {"0"}
    found, token = [], None
    while True:
        page = client.search_experiments(max_results=3, page_token=token)
        assert len(page) <= 3
        found += [experiment.experiment_id for experiment in page]
        token = page.token
        if token is None:
            break
    assert len(found) == 8
    assert set(found) == wanted
