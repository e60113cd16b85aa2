"""The suite of run contexts holds on a correct one, and says what does not apply to an absent one."""

from __future__ import annotations

import pytest
from contexts import AbsentContext, PlainContext

from pegboard_conformance.engine import passed, run
from pegboard_conformance.place import Place
from pegboard_conformance.run_context import RunContextConformance


class TestPlainContext(RunContextConformance):
    @pytest.fixture
    def place(self) -> Place:
        return Place(self.kind, "plain", PlainContext)


def test_absent_context() -> None:
    outcomes = run("run_context", lambda: Place("run_context", "absent", AbsentContext))
    assert passed(outcomes)
    states = {outcome.rule.id: outcome for outcome in outcomes}
    assert states["run-context/in-context-is-a-bool"].state == "held"
    assert states["run-context/tags-are-texts"].reason == "the context does not apply in these surroundings"
