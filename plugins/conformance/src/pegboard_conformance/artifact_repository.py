"""The rules of artifact repositories as a pytest class, for the tests of plugins that offer one."""

from __future__ import annotations

from typing import ClassVar

import pytest

from pegboard_conformance.harness import Harness
from pegboard_conformance.place import Place
from pegboard_conformance.pytest_suite import Conformance, rules_of
from pegboard_conformance.rules import Rule


class ArtifactRepositoryConformance(Conformance):
    """Subclass it and add a fixture `uri` that returns the URI of an empty root for each test."""

    kind: ClassVar[str] = "artifact_repository"

    @pytest.fixture
    def place(self, uri: str) -> Place:
        """Where the repository lives."""
        return Place(self.kind, uri)

    @rules_of("artifact_repository")
    def test_rule(self, rule: Rule, harness: Harness) -> None:
        """The repository keeps the rule."""
        self._try(rule, harness)
