"""How runs end with the interpreter: normally, by an exception, by Ctrl-C; each in a process of its own."""

from __future__ import annotations

import signal

import pytest

from pegboard import PegboardClient


def statuses(client: PegboardClient) -> dict[str, str]:
    return {run.info.run_name: run.info.status for run in client.search_runs(["0"])}


def test_a_program_that_ends_finishes_its_runs(script, client: PegboardClient) -> None:
    done = script("""
        import threading
        import pegboard
        pegboard.start_run(run_name="outer")
        pegboard.start_run(run_name="inner", nested=True)
        def work():
            pegboard.start_run(run_name="of a thread")
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """)
    assert (done.returncode, done.stderr) == (0, "")
    assert statuses(client) == {"outer": "FINISHED", "inner": "FINISHED", "of a thread": "FINISHED"}


def test_a_run_that_started_by_itself_ends_too(script, client: PegboardClient) -> None:
    assert script("import pegboard; pegboard.log_param('p', 1)").returncode == 0
    (run,) = client.search_runs(["0"])
    assert (run.info.status, run.data.params) == ("FINISHED", {"p": "1"})
    assert run.info.end_time is not None


def test_an_uncaught_exception_fails_the_runs(script, client: PegboardClient) -> None:
    done = script("""
        import pegboard
        pegboard.start_run(run_name="outer")
        pegboard.start_run(run_name="inner", nested=True)
        raise RuntimeError("boom")
    """)
    assert done.returncode == 1
    assert "RuntimeError: boom" in done.stderr
    assert statuses(client) == {"outer": "FAILED", "inner": "FAILED"}


def test_an_exception_that_was_caught_fails_nothing(script, client: PegboardClient) -> None:
    script("""
        import traceback
        import pegboard
        pegboard.start_run(run_name="only")
        try:
            raise RuntimeError
        except RuntimeError:
            traceback.print_exc()
    """)
    assert statuses(client) == {"only": "FINISHED"}


def test_ctrl_c_kills_the_runs(script, client: PegboardClient) -> None:
    done = script("""
        import os, signal
        import pegboard
        pegboard.start_run(run_name="only")
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    """)
    assert done.returncode == -signal.SIGINT
    assert statuses(client) == {"only": "KILLED"}


def test_ctrl_c_in_a_block_kills_its_run(script, client: PegboardClient) -> None:
    done = script("""
        import os, signal
        import pegboard
        with pegboard.start_run(run_name="only"):
            os.kill(os.getpid(), signal.SIGINT)
            signal.pause()
    """)
    assert done.returncode == -signal.SIGINT
    assert statuses(client) == {"only": "KILLED"}


def test_leaving_by_exit_keeps_the_exit_code(script, client: PegboardClient) -> None:
    done = script("""
        import sys
        import pegboard
        pegboard.start_run(run_name="only")
        sys.exit(3)
    """)
    assert done.returncode == 3
    assert statuses(client) == {"only": "FINISHED"}


def test_a_run_that_cannot_be_ended_keeps_no_other_open(script, client: PegboardClient) -> None:
    done = script("""
        import pegboard
        pegboard.start_run(run_name="outer")
        inner = pegboard.start_run(run_name="inner", nested=True)
        pegboard.delete_run(inner.info.run_id)
    """)
    assert done.returncode == 0
    assert statuses(client) == {"outer": "FINISHED"}
    assert "Traceback" not in done.stderr


def test_a_run_resumed_within_itself_ends(script, client: PegboardClient) -> None:
    script("""
        import pegboard
        run = pegboard.start_run(run_name="only")
        pegboard.start_run(run_id=run.info.run_id, nested=True)
    """)
    assert statuses(client) == {"only": "FINISHED"}


def test_what_is_logged_in_the_background_is_written_before_the_run_ends(
    script, client: PegboardClient
) -> None:
    done = script("""
        import pegboard
        pegboard.start_run()
        for step in range(3000):
            pegboard.log_metric("m", step, step=step, synchronous=False)
        pegboard.log_params({f"p{i}": i for i in range(300)}, synchronous=False)
        pegboard.set_tag("t", "v", synchronous=False)
    """)
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = client.search_runs(["0"])
    assert len(client.get_metric_history(run.info.run_id, "m")) == 3000
    assert len(run.data.params) == 300
    assert (run.data.tags["t"], run.info.status) == ("v", "FINISHED")


def test_a_program_that_only_logs_to_a_given_run_loses_nothing(
    script, client: PegboardClient, run_id: str
) -> None:
    script(
        """
        import sys
        import pegboard
        for step in range(50):
            pegboard.log_metric("m", step, step=step, run_id=sys.argv[1], synchronous=False)
        """,
        run_id,
    )
    assert len(client.get_metric_history(run_id, "m")) == 50
    assert client.get_run(run_id).info.status == "RUNNING"


@pytest.mark.parametrize("prefix", ["PEGBOARD", "MLFLOW"])
def test_a_child_process_inherits_experiment_and_uri(script, client: PegboardClient, prefix: str) -> None:
    done = script(f"""
        import os, subprocess, sys
        import pegboard
        pegboard.set_experiment("inherited")
        with pegboard.start_run() as run:
            os.environ["{prefix}_RUN_ID"] = run.info.run_id
            child = "import pegboard; pegboard.log_metric('from child', 1)"
            subprocess.run([sys.executable, "-c", child], check=True)
            del os.environ["{prefix}_RUN_ID"]
            child = "import pegboard; pegboard.log_metric('of its own', 2)"
            subprocess.run([sys.executable, "-c", child], check=True)
    """)
    assert (done.returncode, done.stderr) == (0, "")
    experiment = client.get_experiment_by_name("inherited")
    found = [run.data.metrics for run in client.search_runs([experiment.experiment_id])]
    assert sorted(found, key=str) == [{"from child": 1.0}, {"of its own": 2.0}]
