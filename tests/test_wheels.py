"""Each distribution alone: its wheel, the kernel's, and what they declare, in an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))

#: Run in the environment: import every module of the distribution, then use what it offers.
IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
assert importlib.util.find_spec("pytest") is None
"""
USE = {
    "file": """
from pegboard import PegboardClient
client = PegboardClient("store")
run = client.create_run("0")
client.log_metric(run.info.run_id, "loss", 0.5, step=3)
client.log_param(run.info.run_id, "lr", 0.1)
found = PegboardClient("store").search_runs(["0"], "metrics.loss < 1 and params.lr = '0.1'")
assert [one.info.run_id for one in found] == [run.info.run_id]
""",
    "local-artifacts": """
from pathlib import Path
from pegboard.load import open_provider
Path("model.bin").write_bytes(b"weights")
repository = open_provider("artifact_repository", "root", tracking_uri=None)
repository.log_artifact("model.bin", "models")
assert [entry.path for entry in repository.list_artifacts("models")] == ["models/model.bin"]
assert Path(repository.download_artifacts("models/model.bin")).read_bytes() == b"weights"
""",
    "context": """
from pegboard.contexts import context_tags
tags = context_tags()
assert tags["mlflow.user"] and tags["mlflow.source.type"] == "LOCAL"
""",
    "git": """
import subprocess, sys
from pathlib import Path
subprocess.run(["git", "init", "-q"], check=True)
commit = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "--allow-empty", "-m", "x"]
subprocess.run(commit, check=True)
head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
from pegboard.contexts import context_tags
assert context_tags()["mlflow.source.git.commit"] == head
""",
    "cli": """
import subprocess, sys
from pathlib import Path
program = [sys.executable, "-m", "pegboard"]
listing = subprocess.run([*program, "--help"], check=True, capture_output=True, text=True)
assert "experiments" in listing.stdout
done = subprocess.run([*program, "runs", "list", "--experiment-id", "0"], capture_output=True, text=True)
assert done.returncode == 1 and "plugins/file" in done.stderr, done
""",
    "conformance": "import pegboard_conformance",
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    """Wheels of all distributions of this repository."""
    folder = tmp_path_factory.mktemp("wheels")
    for path in ["core", *(f"plugins/{name}" for name in PLUGINS)]:
        build = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), path]
        subprocess.run(build, check=True, cwd=ROOT)
    return folder


def environment(folder: Path, wheels: Path, *distributions: str) -> Path:
    """Make an environment with distributions and what they declare; return its Python."""
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    python = folder / "bin" / "python"
    install = [*uv, "pip", "install", "--quiet", "--python", str(python), "--find-links", str(wheels)]
    # Outside the repository, so that nothing but the wheels can be taken.
    subprocess.run([*install, *distributions], check=True, cwd=folder)
    return python


def run(python: Path, folder: Path, program: str, *arguments: str) -> str:
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PEGBOARD_", "MLFLOW_", "PYTHON"))
    }
    done = subprocess.run(
        [str(python), "-c", program, *arguments], cwd=folder, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_works_with_the_kernel_and_its_own_dependencies_alone(plugin, wheels, tmp_path):
    python = environment(tmp_path / "env", wheels, f"pegboard-{plugin}")
    work = tmp_path / "work"
    work.mkdir()
    if plugin == "conformance":
        # Its pytest front end is for those who have pytest; the engine is not.
        run(python, work, USE[plugin])
        return
    run(python, work, IMPORT_ALL, f"pegboard_{plugin.replace('-', '_')}")
    (work / "script.py").write_text(USE[plugin])
    run(
        python,
        work,
        "import runpy, sys; sys.argv = ['script.py']; runpy.run_path('script.py', run_name='__main__')",
    )


def test_the_kernel_alone_lists_no_plugins_and_says_what_to_install(wheels, tmp_path):
    python = environment(tmp_path / "env", wheels, "pegboard")
    run(python, tmp_path, IMPORT_ALL, "pegboard")
    listing = subprocess.run(
        [python, "-m", "pegboard", "plugins"], capture_output=True, text=True, check=True
    )
    assert listing.stdout == ""
    assert "core[standard]" in listing.stderr
    as_json = subprocess.run(
        [python, "-m", "pegboard", "plugins", "--format", "json"], capture_output=True, text=True, check=True
    )
    assert json.loads(as_json.stdout) == []
    script = subprocess.run(
        [python, "-c", "import pegboard; pegboard.log_metric('a', 1)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert script.returncode == 1
    assert "pegboard-file" in script.stderr.splitlines()[-1]
