"""The rules of tracking stores as a pytest class, for the tests of plugins that offer one."""

from __future__ import annotations

from typing import ClassVar

import pytest

from pegboard_conformance.harness import Harness
from pegboard_conformance.place import Place
from pegboard_conformance.pytest_suite import Conformance, rules_of
from pegboard_conformance.rules import Rule


class TrackingStoreConformance(Conformance):
    """Subclass it and add a fixture `uri` that returns the URI of a store, best a new one for each test."""

    kind: ClassVar[str] = "tracking_store"

    @pytest.fixture
    def place(self, uri: str) -> Place:
        """Where the store lives."""
        return Place(self.kind, uri)

    @rules_of("tracking_store")
    def test_rule(self, rule: Rule, harness: Harness) -> None:
        """The store keeps the rule."""
        self._try(rule, harness)
