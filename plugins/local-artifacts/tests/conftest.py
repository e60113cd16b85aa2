"""Where the tests of the local artifact repository keep artifacts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pegboard_local_artifacts.repository import LocalArtifactRepository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def repository(root: Path) -> LocalArtifactRepository:
    return LocalArtifactRepository(str(root))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder
