"""Runs the rules of a kind without pytest; for commands and scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pegboard_conformance.place import Place
from pegboard_conformance.rules import NotApplicable, Rule, explained
from pegboard_conformance.suites import suite

State = Literal["held", "failed", "not applicable"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one rule.

    Args:
        rule: The rule.
        state: Whether it held, failed or is not applicable.
        error: What its test raised, if it failed.
        reason: Why it is not applicable.
    """

    rule: Rule
    state: State
    error: Exception | None = None
    reason: str = ""

    def __str__(self) -> str:
        if self.error is not None:
            error = f"{type(self.error).__name__}: {explained(self.error)}"
            return f"FAILED {self.rule.id}\n  {self.rule.sentence}\n  {error}"
        note = f" ({self.reason})" if self.reason else ""
        return f"{self.state} {self.rule.id}{note}"


def run(kind: str, open_place: Callable[[], Place]) -> list[Outcome]:
    """Try all rules of a kind.

    Args:
        kind: The name of a kind that has a suite.
        open_place: Returns the place of a provider of that kind, called for each rule; either always the
            same or, better, a new and empty one.

    Raises:
        ValueError: The kind has no suite.
    """
    return [_outcome(rule, open_place) for rule in suite(kind).rules]


def report(outcomes: list[Outcome]) -> str:
    """Return a line for each rule, and the counts as the last line."""
    return "\n".join([*map(str, outcomes), summary(outcomes)])


def summary(outcomes: list[Outcome]) -> str:
    """Return the counts: `ran N, not applicable M, failed K`."""
    declined, failed = (sum(o.state == state for o in outcomes) for state in ("not applicable", "failed"))
    return f"ran {len(outcomes) - declined}, not applicable {declined}, failed {failed}"


def passed(outcomes: list[Outcome]) -> bool:
    """Tell whether no rule failed and at least one ran."""
    states = {outcome.state for outcome in outcomes}
    return "failed" not in states and "held" in states


def _outcome(rule: Rule, open_place: Callable[[], Place]) -> Outcome:
    try:
        with suite(rule.kind).harness(open_place()) as harness:
            reason = rule.not_applicable(harness.provider.capabilities)
            if reason is not None:
                return Outcome(rule, "not applicable", reason=reason)
            rule.test(harness)
    except NotApplicable as why:
        return Outcome(rule, "not applicable", reason=str(why))
    except Exception as error:
        return Outcome(rule, "failed", error=error)
    return Outcome(rule, "held")
