"""The life of a provider: opened once, closed once, dropped after a fork."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading

import pytest

from pegboard import load
from pegboard.load import close_providers, new_provider, open_provider


@pytest.fixture
def repo(site, repository_code):
    site.install("pegboard-peg", {"artifact_repository": {"peg": "peg_repo"}}, "peg_repo", repository_code)
    load.new_provider("artifact_repository", "peg://warm")
    module = sys.modules["peg_repo"]
    module.opened.clear()
    return module


def test_a_provider_is_opened_once_for_each_uri(repo):
    first = open_provider("artifact_repository", "peg://a", tracking_uri=None)
    assert open_provider("artifact_repository", "peg://a", tracking_uri=None) is first
    assert open_provider("artifact_repository", "peg://b", tracking_uri=None) is not first
    assert repo.opened == ["peg://a", "peg://b"]


def test_32_threads_that_open_at_once_get_one_provider(repo):
    barrier = threading.Barrier(32)
    got = []

    def opens():
        barrier.wait()
        got.append(open_provider("artifact_repository", "peg://a"))

    threads = [threading.Thread(target=opens) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, got))) == 1
    assert repo.opened == ["peg://a"]


def test_closing_closes_each_once_and_the_next_call_opens_anew(repo):
    first = open_provider("artifact_repository", "peg://a")
    close_providers()
    close_providers()
    assert repo.closed == ["peg://a"]
    assert open_provider("artifact_repository", "peg://a") is not first


def test_one_whose_close_fails_keeps_no_other_open(repo, monkeypatch, caplog):
    broken = open_provider("artifact_repository", "peg://a")
    open_provider("artifact_repository", "peg://b")
    broken.close = lambda: 1 / 0
    close_providers()
    assert repo.closed == ["peg://b"]
    assert "ZeroDivisionError" in caplog.text


def test_a_provider_of_ones_own_is_not_shared(repo):
    assert new_provider("artifact_repository", "peg://a") is not new_provider(
        "artifact_repository", "peg://a"
    )


def test_a_forked_child_opens_its_own_and_closes_nothing_of_the_parent(repo):
    parents = open_provider("artifact_repository", "peg://a")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        own = open_provider("artifact_repository", "peg://a")
        close_providers()
        os.write(writing, f"{own is parents} {repo.closed}".encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == "False ['peg://a']"
    assert open_provider("artifact_repository", "peg://a") is parents


def test_a_child_forked_while_another_thread_opens_is_not_stuck(site):
    """A lock that another thread holds at the fork would never be released in the child."""
    site.install(
        "pegboard-slow",
        {"artifact_repository": {"slow": "slow_repo"}},
        "slow_repo",
        """
        import sys
        entered, go = sys.modules["__main__"].entered, sys.modules["__main__"].go
        entered.set()
        go.wait()
        """,
    )
    program = textwrap.dedent(
        """
        import os, threading
        from pegboard.errors import PluginLoadError
        from pegboard.load import open_provider

        entered, go = threading.Event(), threading.Event()

        def opens():
            try:
                open_provider("artifact_repository", "slow://x")
            except PluginLoadError:
                pass

        thread = threading.Thread(target=opens)
        thread.start()
        entered.wait()
        child = os.fork()
        if child == 0:
            try:
                open_provider("artifact_repository", "absent://x")
            except Exception as error:
                os._exit(7 if "absent" in str(error) else 1)
            os._exit(2)
        _, status = os.waitpid(child, 0)
        go.set()
        thread.join()
        print(os.waitstatus_to_exitcode(status))
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(site.folder)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "7"


def test_providers_are_closed_at_interpreter_exit(site, repository_code):
    site.install("pegboard-peg", {"artifact_repository": {"peg": "peg_repo"}}, "peg_repo", repository_code)
    program = (
        "from pegboard.load import open_provider\n"
        "provider = open_provider('artifact_repository', 'peg://a')\n"
        "provider.close = lambda: print('closed')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(site.folder)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "closed"
