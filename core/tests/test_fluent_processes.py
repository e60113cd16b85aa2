"""Child processes by fork and by spawn: they log into the parent's run, and their end ends no run of it."""

from __future__ import annotations

import sys

import pytest

from pegboard import PegboardClient

WORK = """
    import multiprocessing, os, sys
    import pegboard

    def log(run_id, name):
        assert pegboard.active_run() is None
        for step in range(100):
            pegboard.log_metric(name, step, step=step, run_id=run_id)

    def log_in_background(run_id, name):
        for step in range(100):
            pegboard.log_metric(name, step, step=step, run_id=run_id, synchronous=False)

    def resume(run_id):
        with pegboard.start_run(run_id=run_id):
            pegboard.log_param("resumed", True)

    def own_run():
        pegboard.start_run(run_name="own")
        pegboard.log_param("p", 1)

    def start(context, target, *arguments):
        process = multiprocessing.get_context(context).Process(target=target, args=arguments)
        process.start()
        return process
"""


#: Python warns of each fork beside threads, from 3.12 on.
QUIET = {"PYTHONWARNINGS": "ignore::DeprecationWarning"}


def history_lengths(client: PegboardClient, run_id: str, *names: str) -> list[int]:
    return [len(client.get_metric_history(run_id, name)) for name in names]


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_children_log_into_the_run_of_the_parent(context: str, script, client: PegboardClient) -> None:
    done = script(
        WORK
        + """
    if __name__ == "__main__":
        with pegboard.start_run(run_name="parent") as run:
            pegboard.log_metric("parent", 1)
            children = [start(sys.argv[1], log, run.info.run_id, name) for name in "ab"]
            for child in children:
                child.join()
                assert child.exitcode == 0
            assert pegboard.get_run(run.info.run_id).info.status == "RUNNING"
            assert pegboard.active_run() is run
        """,
        context,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = client.search_runs(["0"])
    assert history_lengths(client, run.info.run_id, "a", "b", "parent") == [100, 100, 1]
    assert run.info.status == "FINISHED"


@pytest.mark.parametrize("context", ["fork", "forkserver", "spawn"])
def test_what_a_child_logs_in_the_background_is_not_lost(
    context: str, script, client: PegboardClient, run_id: str
) -> None:
    done = script(
        WORK
        + """
    if __name__ == "__main__":
        pegboard.log_metric("before", 1, run_id=sys.argv[2], synchronous=False)
        start(sys.argv[1], log_in_background, sys.argv[2], "m").join()
        """,
        context,
        run_id,
    )
    assert done.returncode == 0
    assert history_lengths(client, run_id, "m", "before") == [100, 1]


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_a_run_that_a_child_started_ends_with_the_child(context: str, script, client: PegboardClient) -> None:
    done = script(
        WORK
        + """
    if __name__ == "__main__":
        with pegboard.start_run(run_name="parent") as run:
            start(sys.argv[1], own_run).join()
            assert pegboard.get_run(run.info.run_id).info.status == "RUNNING"
        """,
        context,
    )
    assert (done.returncode, done.stderr) == (0, "")
    runs = {run.info.run_name: run for run in client.search_runs(["0"])}
    assert {name: run.info.status for name, run in runs.items()} == {"parent": "FINISHED", "own": "FINISHED"}
    assert "mlflow.parentRunId" not in runs["own"].data.tags


@pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="since Python 3.12 a child of multiprocessing ends when its exception is forgotten",
)
@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_an_uncaught_exception_in_a_child_fails_its_run(context: str, script, client: PegboardClient) -> None:
    done = script(
        WORK
        + """
    def fail():
        pegboard.start_run(run_name="failed")
        raise ValueError

    def leave():
        pegboard.start_run(run_name="left")
        sys.exit(0)

    if __name__ == "__main__":
        for target in (fail, leave):
            start(sys.argv[1], target).join()
        """,
        context,
    )
    assert done.returncode == 0
    runs = {run.info.run_name: run.info.status for run in client.search_runs(["0"])}
    assert runs == {"failed": "FAILED", "left": "FINISHED"}


def test_a_forked_child_that_leaves_as_the_parent_would_ends_nothing(script, client: PegboardClient) -> None:
    done = script(
        """
        import os, sys
        import pegboard
        run = pegboard.start_run(run_name="parent")
        pegboard.log_metric("m", 1, synchronous=False)
        if os.fork() == 0:
            assert pegboard.active_run() is None
            assert pegboard.last_active_run() is None
            sys.exit(0)  # runs what is registered at exit
        assert os.wait()[1] == 0
        assert pegboard.get_run(run.info.run_id).info.status == "RUNNING"
        pegboard.log_metric("m", 2, step=1)
    """,
        **QUIET,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = client.search_runs(["0"])
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"m": 2.0})


def test_a_child_that_leaves_the_block_of_the_parents_run_does_not_end_it(
    script, client: PegboardClient
) -> None:
    done = script(
        """
        import os
        import pegboard
        with pegboard.start_run() as run:
            child = os.fork()
            if child:
                os.wait()
                assert pegboard.get_run(run.info.run_id).info.status == "RUNNING"
        if child == 0:
            os._exit(0)
    """,
        **QUIET,
    )
    assert done.returncode == 0
    (run,) = client.search_runs(["0"])
    assert run.info.status == "FINISHED"


def test_a_fork_while_the_background_writes_hangs_nobody(script, client: PegboardClient) -> None:
    done = script(
        """
        import os
        import pegboard
        with pegboard.start_run() as run:
            for step in range(500):
                pegboard.log_metric("m", step, step=step, synchronous=False)
                if step % 100 == 0:
                    child = os.fork()
                    if child == 0:
                        pegboard.log_metric("c", step, step=step, run_id=run.info.run_id, synchronous=False)
                        pegboard.flush_async_logging()
                        os._exit(0)
                    assert os.waitpid(child, 0)[1] == 0
    """,
        **QUIET,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = client.search_runs(["0"])
    assert history_lengths(client, run.info.run_id, "m", "c") == [500, 5]


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_a_child_keeps_uri_and_experiment(context: str, script, client: PegboardClient, tmp_path) -> None:
    done = script(
        WORK
        + """
    def where():
        with pegboard.start_run(run_name="child"):
            pass

    if __name__ == "__main__":
        pegboard.set_tracking_uri(sys.argv[2])
        pegboard.set_experiment("mine")
        start(sys.argv[1], where).join()
        """,
        context,
        str(tmp_path / "other"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    other = PegboardClient(str(tmp_path / "other"))
    experiment = other.get_experiment_by_name("mine")
    assert [run.info.run_name for run in other.search_runs([experiment.experiment_id])] == ["child"]
