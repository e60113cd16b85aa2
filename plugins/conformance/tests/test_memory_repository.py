"""The in-memory repository keeps the contract, but for the memory it takes."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pytest

from pegboard_conformance.artifact_repository import ArtifactRepositoryConformance

_IN_MEMORY = "the files are in memory: that is what it is for"


class TestMemoryRepository(ArtifactRepositoryConformance):
    expected_failures: ClassVar = {
        "artifact-repository/upload-in-constant-memory": _IN_MEMORY,
    }

    @pytest.fixture
    def uri(self) -> str:
        return f"memory:{uuid.uuid4().hex}"
