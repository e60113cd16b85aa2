"""Resuming runs: by id, by environment, in threads, and several times at once."""

from __future__ import annotations

import os
import threading

import pytest

import pegboard
from pegboard.errors import InvalidParameterValue, InvalidState, ResourceDoesNotExist

pytestmark = pytest.mark.usefixtures("root")


@pytest.fixture
def finished() -> str:
    with pegboard.start_run(run_name="before") as run:
        pegboard.log_param("p", 1)
    return run.info.run_id


def test_a_resumed_run_runs_and_keeps_what_it_had(finished: str) -> None:
    before = pegboard.get_run(finished).info
    with pegboard.start_run(run_id=finished) as run:
        assert run.info.run_id == finished
        assert run.info.status == "RUNNING"
        assert run.info.start_time == before.start_time
        assert run.data.params == {"p": "1"}
    assert pegboard.get_run(finished).info.status == "FINISHED"


def test_resuming_sets_tags_description_and_name(finished: str) -> None:
    with pegboard.start_run(run_id=finished, run_name="after", tags={"t": 2}, description="d") as run:
        pass
    assert run.info.run_name == "after"
    assert {"t": "2", "mlflow.note.content": "d", "mlflow.runName": "after"}.items() <= run.data.tags.items()


@pytest.mark.parametrize("wrong", ["../x", "a b", "-a", "é", "a" * 257])
def test_what_is_no_run_id_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidParameterValue, match="no run id"):
        pegboard.start_run(run_id=wrong)
    assert pegboard.active_run() is None


def test_a_run_that_is_not_there_is_not_resumed() -> None:
    with pytest.raises(ResourceDoesNotExist):
        pegboard.start_run(run_id="0" * 32)
    assert pegboard.active_run() is None


def test_a_deleted_run_is_not_resumed(finished: str) -> None:
    pegboard.delete_run(finished)
    with pytest.raises(InvalidState, match="restore_run"):
        pegboard.start_run(run_id=finished)
    assert pegboard.get_run(finished).info.status == "FINISHED"


def test_a_run_of_another_experiment_is_not_resumed_under_the_set_one(finished: str) -> None:
    pegboard.set_experiment("other")
    with pytest.raises(InvalidParameterValue, match="experiment 0"):
        pegboard.start_run(run_id=finished)
    assert pegboard.get_run(finished).info.status == "FINISHED"


def test_bad_tags_leave_the_run_as_it_was(finished: str) -> None:
    before = pegboard.get_run(finished)
    with pytest.raises(InvalidParameterValue, match="bad!"):
        pegboard.start_run(run_id=finished, run_name="after", tags={"good": 1, "bad!": 2})
    assert pegboard.get_run(finished) == before
    assert pegboard.active_run() is None


@pytest.mark.parametrize("variable", ["PEGBOARD_RUN_ID", "MLFLOW_RUN_ID"])
def test_the_environment_resumes_once(variable: str, finished: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, finished)
    with pegboard.start_run() as run:
        assert run.info.run_id == finished
    assert variable not in os.environ
    with pegboard.start_run() as another:
        assert another.info.run_id != finished


def test_a_log_call_resumes_the_run_of_the_environment(
    finished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", finished)
    pegboard.log_metric("m", 1)
    assert pegboard.active_run().info.run_id == finished


def test_our_variable_wins_and_both_are_used_up(finished: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEGBOARD_RUN_ID", finished)
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
    with pegboard.start_run() as run:
        assert run.info.run_id == finished
    with pegboard.start_run() as another:
        assert another.info.run_id not in (finished, "0" * 32)


def test_the_argument_wins_over_the_environment(finished: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pegboard.start_run() as other:
        pass
    monkeypatch.setenv("PEGBOARD_RUN_ID", finished)
    with pegboard.start_run(run_id=other.info.run_id) as run:
        assert run.info.run_id == other.info.run_id


def test_an_error_of_nesting_does_not_use_up_the_environment(
    finished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pegboard.start_run():
        monkeypatch.setenv("PEGBOARD_RUN_ID", finished)
        with pytest.raises(InvalidState):
            pegboard.start_run()
    assert os.environ["PEGBOARD_RUN_ID"] == finished


# One run, opened several times


def test_a_run_resumed_within_itself_ends_with_the_outer_block() -> None:
    with pegboard.start_run() as outer:
        with pegboard.start_run(run_id=outer.info.run_id, nested=True):
            pegboard.log_metric("m", 1)
        assert pegboard.get_run(outer.info.run_id).info.status == "RUNNING"
        assert pegboard.active_run() is outer
    assert pegboard.get_run(outer.info.run_id).info.status == "FINISHED"


def test_a_run_resumed_within_itself_can_be_ended_within() -> None:
    with pegboard.start_run() as outer:
        with pegboard.start_run(run_id=outer.info.run_id, nested=True):
            pegboard.end_run()
            assert pegboard.active_run() is outer
        assert pegboard.active_run() is outer
    assert pegboard.get_run(outer.info.run_id).info.status == "FINISHED"


def test_a_thread_that_resumed_the_run_does_not_end_it_for_the_others() -> None:
    def work(run_id: str) -> None:
        with pegboard.start_run(run_id=run_id):
            pegboard.log_metric("m", 1)

    with pytest.raises(ZeroDivisionError), pegboard.start_run() as run:
        thread = threading.Thread(target=work, args=(run.info.run_id,))
        thread.start()
        thread.join()
        raise ZeroDivisionError
    found = pegboard.get_run(run.info.run_id)
    assert (found.info.status, found.data.metrics) == ("FAILED", {"m": 1.0})
