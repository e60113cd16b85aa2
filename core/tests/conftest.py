"""What the kernel's tests share: a store each, a clean process state, scripts in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

import pegboard
from pegboard import PegboardClient, background, fluent, load, notices, settings, uris

# A slow machine is no failure, and nothing is kept between runs.
hypothesis.settings.register_profile(
    "kernel",
    deadline=None,
    database=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("kernel")

Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test an empty folder, no settings from outside, and a process that has set nothing."""
    for variable in list(os.environ):
        if variable.startswith(("PEGBOARD_", "MLFLOW_")):
            monkeypatch.delenv(variable)
    # Recorded as absent, so that what a test's calls export is taken back too.
    for name in ("TRACKING_URI", "REGISTRY_URI", "EXPERIMENT_ID", "EXPERIMENT_NAME", "ENABLE_ASYNC_LOGGING"):
        monkeypatch.setenv(f"PEGBOARD_{name}", "")
        monkeypatch.delenv(f"PEGBOARD_{name}")
    for setting in settings.TABLE:
        monkeypatch.setattr(setting, "inherited", [])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(uris, "_tracking_uri", None)
    monkeypatch.setattr(uris, "_registry_uri", None)
    monkeypatch.setattr(notices, "_given", set())
    monkeypatch.setattr(fluent._state, "experiment_id", None)
    monkeypatch.setattr(fluent._state, "client", None)
    fluent._state.forget_runs()
    yield
    background.flush()
    fluent._state.forget_runs()
    load.close_providers()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of the store that the test tracks to."""
    folder = tmp_path / "mlruns"
    pegboard.set_tracking_uri(str(folder))
    return folder


@pytest.fixture
def client(root: Path) -> PegboardClient:
    return PegboardClient(str(root))


@pytest.fixture
def run_id(client: PegboardClient) -> str:
    """A run that is not the active one."""
    return client.create_run("0").info.run_id


@pytest.fixture
def script(root: Path, tmp_path: Path) -> Script:
    """Run a Python program that tracks to `root`, and return how it ended."""

    def run(text: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return subprocess.run(
            [sys.executable, str(path), *arguments],
            env={**os.environ, "PEGBOARD_TRACKING_URI": str(root), **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
