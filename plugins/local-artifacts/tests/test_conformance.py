"""The local artifact repository keeps the rules of artifact repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from pegboard_conformance.artifact_repository import ArtifactRepositoryConformance


class TestPath(ArtifactRepositoryConformance):
    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        return str(tmp_path / "artifacts")


class TestFileUri(ArtifactRepositoryConformance):
    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        return (tmp_path / "ein Ördner #1").as_uri()
