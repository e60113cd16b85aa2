"""Plugins made for a test: a real dist-info folder and a module, on a path of their own."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from pegboard import load, notices, offers


class Site:
    """A folder on `sys.path` to install made-up plugins into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self,
        distribution: str,
        entry_points: dict[str, dict[str, str]],
        module: str | None = None,
        code: str = "",
        version: str = "1.0",
        requires: tuple[str, ...] = (),
        summary: str = "Made for a test",
    ) -> None:
        """Install a distribution.

        Args:
            distribution: Its name.
            entry_points: Names and targets by kind.
            module: The module to write.
            code: Its source.
            version: Its version.
            requires: Its requirements.
            summary: Its description.
        """
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [
            "Metadata-Version: 2.1",
            f"Name: {distribution}",
            f"Version: {version}",
            f"Summary: {summary}",
        ]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n")
        text = ""
        for kind, points in entry_points.items():
            text += f"[pegboard.{kind}]\n" + "".join(
                f"{name} = {target}\n" for name, target in points.items()
            )
        (info / "entry_points.txt").write_text(text)
        if module is not None:
            (self.folder / f"{module}.py").write_text(textwrap.dedent(code))


#: A module that offers any number of run contexts, which tell the names they were asked for by.
CONTEXT = """
    from pegboard import hookimpl
    from pegboard.contracts import RunContext

    class Context(RunContext):
        def __init__(self, name):
            self.name = name

        def in_context(self):
            return True

        def tags(self):
            return {"asked": self.name, f"by.{self.name}": __name__}

    @hookimpl
    def run_context(name):
        return Context(name)
"""

#: A module that offers artifact repositories, which count how often they are opened and closed.
REPOSITORY = """
    from pegboard import hookimpl
    from pegboard.contracts import ArtifactRepository

    opened = []
    closed = []

    class Repository(ArtifactRepository):
        def __init__(self, uri):
            super().__init__(uri)
            opened.append(uri)

        def log_artifact(self, local_file, artifact_path=None):
            pass

        def list_artifacts(self, path=None):
            return []

        def download_file(self, remote_file_path, local_path):
            pass

        def close(self):
            closed.append(self.artifact_uri)

    @hookimpl
    def artifact_repository(uri):
        return Repository(uri)
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An empty site whose plugins are the only ones besides those really installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(offers, "_plugins", None)
    monkeypatch.setattr(load, "_process", load._Process())
    monkeypatch.setattr(notices, "_given", set())
    for variable in ("PEGBOARD_PREFER", "PEGBOARD_PLUGINS", "PEGBOARD_DISABLE_PLUGINS"):
        monkeypatch.delenv(variable, raising=False)
    yield Site(folder)
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def context_code() -> str:
    return CONTEXT


@pytest.fixture
def repository_code() -> str:
    return REPOSITORY
