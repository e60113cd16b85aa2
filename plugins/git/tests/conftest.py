"""Real repositories, and programs that run in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TELL = """
import json
from pegboard_git.plugin import run_context
context = run_context()
print(json.dumps(context.tags() if context.in_context() else None))
"""

PREFIX = "mlflow.source.git."


class Repository:
    """A git repository with one commit that holds `train.py`, and verbs for tests."""

    #: A program that prints its tags as JSON.
    program = TELL

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def beside(self, name: str) -> Repository:
        """What lies, or can be made, in the folder beside this one."""
        return Repository(self.folder.parent / name)

    def within(self, path: str) -> Repository:
        """What lies in a folder of this one."""
        return Repository(self.folder / path)

    def make(self, *options: str) -> Repository:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)
        (self.folder / "train.py").write_text(TELL)
        self.commit()
        return self

    def git(self, *arguments: str | Path) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a commit")
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def tags(self, *arguments: str | Path, **variables: str) -> dict[str, str] | None:
        """Run Python here and return the tags that the program prints, by the ends of their keys."""
        done = subprocess.run(
            [sys.executable, *(arguments or ["train.py"])],
            cwd=self.folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        tags = json.loads(done.stdout)
        return None if tags is None else {key.removeprefix(PREFIX): value for key, value in tags.items()}


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's settings of whoever runs the tests stay out of them."""
    settings = tmp_path / "gitconfig"
    settings.write_text('[user]\nname = n\nemail = n@example.com\n[protocol "file"]\nallow = always\n')
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository").make()
