"""Runs of the fluent API: starting, nesting, resuming, ending."""

from __future__ import annotations

import re
import threading

import pytest

import pegboard
from pegboard import PegboardClient
from pegboard.errors import (
    InvalidParameterValue,
    InvalidState,
    PegboardException,
    ResourceDoesNotExist,
)

pytestmark = pytest.mark.usefixtures("root")


def status(run_id: str) -> str:
    return pegboard.get_run(run_id).info.status


def test_a_run_is_running_within_the_block_and_finished_after_it() -> None:
    with pegboard.start_run(run_name="first") as run:
        assert pegboard.active_run() is run
        assert status(run.info.run_id) == "RUNNING"
        assert pegboard.get_run(run.info.run_id).info.end_time is None
    info = pegboard.get_run(run.info.run_id).info
    assert (info.status, info.run_name) == ("FINISHED", "first")
    assert info.end_time >= info.start_time
    assert pegboard.active_run() is None


def test_a_new_run_has_an_id_of_32_hex_digits_and_a_readable_name() -> None:
    with pegboard.start_run() as run:
        pass
    assert re.fullmatch(r"[0-9a-f]{32}", run.info.run_id)
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", run.info.run_name)
    assert pegboard.get_run(run.info.run_id).data.tags["mlflow.runName"] == run.info.run_name
    assert run.info.artifact_uri.endswith(f"/0/{run.info.run_id}/artifacts")


@pytest.mark.parametrize(
    ("error", "expected"),
    [(ValueError, "FAILED"), (SystemExit, "FAILED"), (KeyboardInterrupt, "KILLED")],
)
def test_an_exception_ends_the_run_and_goes_on(error: type[BaseException], expected: str) -> None:
    with pytest.raises(error), pegboard.start_run() as run:
        raise error
    assert status(run.info.run_id) == expected
    assert pegboard.active_run() is None


def test_a_subclass_of_keyboard_interrupt_kills_too() -> None:
    class Stop(KeyboardInterrupt):
        pass

    with pytest.raises(Stop), pegboard.start_run() as run:
        raise Stop
    assert status(run.info.run_id) == "KILLED"


def test_the_users_exception_wins_over_one_of_ending() -> None:
    with pytest.raises(ZeroDivisionError), pegboard.start_run() as run:
        pegboard.delete_run(run.info.run_id)
        raise ZeroDivisionError
    assert pegboard.active_run() is None


def test_a_run_that_cannot_be_ended_is_told_and_off_the_stack() -> None:
    with pytest.raises(InvalidParameterValue, match="deleted"), pegboard.start_run() as run:
        pegboard.delete_run(run.info.run_id)
    assert pegboard.active_run() is None


def test_a_second_run_needs_nested() -> None:
    with pegboard.start_run() as outer:
        with pytest.raises(InvalidState, match=outer.info.run_id) as caught:
            pegboard.start_run()
        assert "nested=True" in str(caught.value)
        assert pegboard.active_run() is outer
    assert len(pegboard.search_runs(output_format="list")) == 1


def test_nested_runs_know_their_parents() -> None:
    with pegboard.start_run() as outer:
        with pegboard.start_run(nested=True) as inner, pegboard.start_run(nested=True) as innermost:
            assert pegboard.active_run() is innermost
        assert pegboard.active_run() is outer
    assert pegboard.get_parent_run(innermost.info.run_id).info.run_id == inner.info.run_id
    assert pegboard.get_parent_run(inner.info.run_id).info.run_id == outer.info.run_id
    assert pegboard.get_parent_run(outer.info.run_id) is None


def test_a_parent_can_be_given() -> None:
    with pegboard.start_run() as parent:
        pass
    with pegboard.start_run(parent_run_id=parent.info.run_id) as child:
        pass
    assert pegboard.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id


def test_a_parent_must_be_there_and_active() -> None:
    with pytest.raises(ResourceDoesNotExist):
        pegboard.start_run(parent_run_id="f" * 32)
    with pegboard.start_run() as parent:
        pass
    pegboard.delete_run(parent.info.run_id)
    with pytest.raises(InvalidState, match="deleted"):
        pegboard.start_run(parent_run_id=parent.info.run_id)
    assert pegboard.active_run() is None


def test_the_given_parent_wins_over_a_tag() -> None:
    with pegboard.start_run() as parent:
        with pegboard.start_run(nested=True, tags={"mlflow.parentRunId": "else"}) as child:
            pass
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id


def test_leaving_an_outer_block_ends_the_runs_within_first() -> None:
    with pegboard.start_run() as outer:
        inner = pegboard.start_run(nested=True)
    assert (status(inner.info.run_id), status(outer.info.run_id)) == ("FINISHED", "FINISHED")
    assert pegboard.active_run() is None


def test_a_run_ended_within_its_block_keeps_its_status() -> None:
    with pegboard.start_run() as run:
        pegboard.end_run("KILLED")
        assert pegboard.active_run() is None
    assert status(run.info.run_id) == "KILLED"


@pytest.mark.parametrize("wrong", ["finished", "DONE", "", None, 3])
def test_a_wrong_status_ends_nothing(wrong: object) -> None:
    run = pegboard.start_run()
    with pytest.raises(InvalidParameterValue, match="FINISHED"):
        pegboard.end_run(wrong)  # type: ignore[arg-type]
    assert pegboard.active_run() is run
    pegboard.end_run("FAILED")
    assert status(run.info.run_id) == "FAILED"


def test_ending_without_a_run_does_nothing() -> None:
    pegboard.end_run()
    assert pegboard.search_runs(output_format="list") == []


def test_the_last_active_run_is_read_anew() -> None:
    assert pegboard.last_active_run() is None
    with pegboard.start_run() as run:
        pegboard.log_metric("m", 1)
        assert pegboard.last_active_run().data.metrics == {"m": 1.0}
        assert run.data.metrics == {}
    last = pegboard.last_active_run()
    assert (last.info.run_id, last.info.status) == (run.info.run_id, "FINISHED")


# What a run starts with


def test_tags_are_texts_and_the_description_is_one_of_them() -> None:
    with pegboard.start_run(tags={"n": 1, "none": None, "l": [1]}, description="why") as run:
        pass
    tags = pegboard.get_run(run.info.run_id).data.tags
    assert {"n": "1", "none": "None", "l": "[1]", "mlflow.note.content": "why"}.items() <= tags.items()


def test_a_description_given_twice_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match=r"mlflow\.note\.content"):
        pegboard.start_run(tags={"mlflow.note.content": "a"}, description="b")
    assert pegboard.search_runs(output_format="list") == []


def test_a_bad_tag_starts_no_run() -> None:
    with pytest.raises(InvalidParameterValue, match="bad!"):
        pegboard.start_run(tags={"good": 1, "bad!": 2})
    assert pegboard.active_run() is None
    assert pegboard.search_runs(output_format="list") == []


def test_the_name_argument_wins_over_the_tag() -> None:
    with pegboard.start_run(run_name="argument", tags={"mlflow.runName": "tag"}) as run:
        pass
    assert run.info.run_name == "argument"
    with pegboard.start_run(tags={"mlflow.runName": "tag"}) as run:
        pass
    assert run.info.run_name == "tag"


def test_the_user_is_that_of_the_tag() -> None:
    with pegboard.start_run(tags={"mlflow.user": "ada"}) as run:
        pass
    assert pegboard.get_run(run.info.run_id).info.user_id == "ada"


def test_system_metrics_are_told_to_be_none(caplog: pytest.LogCaptureFixture) -> None:
    with pegboard.start_run(log_system_metrics=True) as run:
        pass
    assert "log_system_metrics" in caplog.text
    assert status(run.info.run_id) == "FINISHED"


def test_each_log_call_starts_a_run_if_there_is_none() -> None:
    pegboard.log_param("p", 1)
    first = pegboard.active_run()
    pegboard.log_metric("m", 1)
    assert pegboard.active_run() is first
    pegboard.end_run()
    pegboard.set_tag("t", 1)
    second = pegboard.active_run()
    assert second.info.run_id != first.info.run_id
    assert pegboard.get_run(second.info.run_id).data.tags["t"] == "1"


def test_a_log_call_with_a_run_id_starts_none(run_id: str) -> None:
    pegboard.log_metric("m", 1, run_id=run_id)
    pegboard.log_metrics({"n": 2}, run_id=run_id)
    pegboard.log_params({"p": 3}, run_id=run_id)
    pegboard.log_text("x", "x.txt", run_id=run_id)
    assert pegboard.active_run() is None
    data = pegboard.get_run(run_id).data
    assert (data.metrics, data.params) == ({"m": 1.0, "n": 2.0}, {"p": "3"})


def test_a_run_is_tracked_where_it_started(tmp_path, client: PegboardClient) -> None:
    run = pegboard.start_run()
    pegboard.set_tracking_uri(str(tmp_path / "elsewhere"))
    pegboard.log_metric("m", 1)
    pegboard.log_param("p", 1)
    pegboard.end_run()
    found = client.get_run(run.info.run_id)
    assert (found.info.status, found.data.metrics, found.data.params) == ("FINISHED", {"m": 1.0}, {"p": "1"})


# Threads


def test_threads_have_stacks_of_their_own() -> None:
    both, seen = threading.Barrier(2, timeout=30), {}

    def work(name: str) -> None:
        assert pegboard.active_run() is None
        assert pegboard.last_active_run() is None
        with pegboard.start_run(run_name=name) as run:
            both.wait()
            pegboard.log_param("name", name)
            both.wait()
            seen[name] = (run.info.run_id, pegboard.active_run() is run)
        both.wait()
        assert pegboard.last_active_run().info.run_id == run.info.run_id

    with pegboard.start_run() as outer:
        threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert pegboard.active_run() is outer
    for name, (run_id, own) in seen.items():
        assert own
        run = pegboard.get_run(run_id)
        assert run.data.params == {"name": name}
        assert "mlflow.parentRunId" not in run.data.tags
    assert len(seen) == 2


def test_restoring_brings_a_deleted_run_back(run_id: str) -> None:
    pegboard.delete_run(run_id)
    assert pegboard.get_run(run_id).info.lifecycle_stage == "deleted"
    with pytest.raises(PegboardException):
        pegboard.log_metric("m", 1, run_id=run_id)
    pegboard.restore_run(run_id)
    pegboard.log_metric("m", 1, run_id=run_id)
    assert pegboard.get_run(run_id).data.metrics == {"m": 1.0}
