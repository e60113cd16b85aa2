"""The pytest front end: what the conformance classes of all kinds share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from pegboard_conformance.harness import Harness
from pegboard_conformance.place import Place
from pegboard_conformance.rules import NotApplicable, Rule, explained
from pegboard_conformance.suites import suite


class Conformance:
    """The base of the conformance classes; each rule is one test, named by the rule's id.

    A rule cannot be skipped, only declared: by the capability flags of the provider, or here.
    """

    #: The kind under test.
    kind: ClassVar[str]
    #: Ids of rules that are known to fail, each with the reason. One that holds after all is a failure.
    expected_failures: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture
    def harness(self, place: Place) -> Iterator[Harness]:
        """The harness of the rule's test."""
        with suite(self.kind).harness(place) as harness:
            yield harness

    def test_expected_failures_are_rules(self) -> None:
        """Each expected failure names a rule."""
        unknown = set(self.expected_failures) - {rule.id for rule in suite(self.kind).rules}
        assert not unknown, f"expected_failures names no rules of {self.kind}: {sorted(unknown)}"

    def _try(self, rule: Rule, harness: Harness) -> None:
        reason = rule.not_applicable(harness.provider.capabilities)
        expected = self.expected_failures.get(rule.id)
        try:
            if reason is not None:
                raise NotApplicable(reason)
            rule.test(harness)
        except NotApplicable as why:
            if expected is None:
                pytest.skip(f"not applicable: {why}")
            pytest.fail(f"{rule.id} is expected to fail ({expected}) but is not applicable: {why}")
        except Exception as error:
            if expected is not None:
                pytest.xfail(f"{expected} ({error})")
            raise AssertionError(f"{rule.id} is broken: {rule.sentence}\n{explained(error)}") from error
        if expected is not None:
            pytest.fail(f"{rule.id} holds, but is expected to fail: {expected}. Remove the expectation.")


def rules_of(kind: str) -> pytest.MarkDecorator:
    """Return the mark that makes a test of each rule of the kind."""
    return pytest.mark.parametrize("rule", suite(kind).rules, ids=lambda rule: str(rule.id))
