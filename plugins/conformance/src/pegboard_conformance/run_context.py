"""The rules of run contexts as a pytest class, for the tests of plugins that offer one."""

from __future__ import annotations

from typing import ClassVar

import pytest

from pegboard_conformance.harness import Harness
from pegboard_conformance.place import Place
from pegboard_conformance.pytest_suite import Conformance, rules_of
from pegboard_conformance.rules import Rule


class RunContextConformance(Conformance):
    """Subclass it and add a fixture `name` that returns the context's name, where the context applies."""

    kind: ClassVar[str] = "run_context"

    @pytest.fixture
    def place(self, name: str) -> Place:
        """Which context it is."""
        return Place(self.kind, name)

    def test_the_context_applies_here(self, harness: Harness) -> None:
        """The fixture `name` arranged surroundings in which the context has something to say."""
        assert harness.provider.in_context(), "arrange the surroundings so that the context applies"

    @rules_of("run_context")
    def test_rule(self, rule: Rule, harness: Harness) -> None:
        """The context keeps the rule."""
        self._try(rule, harness)
