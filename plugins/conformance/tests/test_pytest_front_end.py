"""The pytest classes: one test a rule, skips that name the flag, strict expected failures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_TESTS = """
import pytest
from contexts import AbsentContext, PlainContext, Raises
from wrong_logs import ParamsAreOverwritten
from pegboard_conformance.place import Place
from pegboard_conformance.run_context import RunContextConformance
from pegboard_conformance.tracking_store import TrackingStoreConformance

class _Place:
    @pytest.fixture
    def place(self):
        return Place(self.kind, "x", self.opener)

class TestStore(_Place, TrackingStoreConformance):
    opener = ParamsAreOverwritten
    expected_failures = {"tracking-store/batch-with-param-conflict": "it is wrong on purpose"}

class TestTooPessimistic(_Place, RunContextConformance):
    opener = PlainContext
    expected_failures = {"run-context/close-twice": "nobody tried", "run-context/no-such": "gone"}

class TestAbsent(_Place, RunContextConformance):
    opener = AbsentContext
    expected_failures = {"run-context/tags-are-texts": "does not apply"}
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_it.py").write_text(_TESTS)
    names = "param or conflict or close or expected or applies or tags-are or durable or survives-reopening"
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "--tb=short", "-k", names]
    path = os.pathsep.join([str(Path(__file__).parent / "support"), *filter(None, sys.path)])
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": path}
    )
    return done.stdout


def _line(output: str, outcome: str, test: str) -> str:
    found = re.search(rf"^{outcome} .*{re.escape(test)}.*$", output, re.M)
    assert found, f"{outcome} {test} is not in:\n{output}"
    return found[0]


def test_a_rule_is_a_test(output: str) -> None:
    _line(output, "PASSED", "TestStore::test_rule[tracking-store/param-texts]")


def test_a_broken_rule_fails_with_its_sentence(output: str) -> None:
    _line(output, "FAILED", "TestStore::test_rule[tracking-store/param-written-once]")
    assert "tracking-store/param-written-once is broken: A param is written once" in output


def test_what_does_not_apply_names_the_flag(output: str) -> None:
    assert re.search(r"SKIPPED .*not applicable: needs the capability 'durable'", output)


def test_an_expected_failure(output: str) -> None:
    assert "it is wrong on purpose" in _line(output, "XFAIL", "[tracking-store/batch-with-param-conflict]")


def test_an_expected_failure_that_holds_fails(output: str) -> None:
    _line(output, "FAILED", "TestTooPessimistic::test_rule[run-context/close-twice]")
    assert "run-context/close-twice holds, but is expected to fail: nobody tried" in output


def test_an_expected_failure_of_no_rule_fails(output: str) -> None:
    _line(output, "FAILED", "TestTooPessimistic::test_expected_failures_are_rules")
    _line(output, "PASSED", "TestStore::test_expected_failures_are_rules")


def test_an_expected_failure_that_does_not_apply_fails(output: str) -> None:
    _line(output, "FAILED", "TestAbsent::test_rule[run-context/tags-are-texts]")


def test_a_context_must_apply(output: str) -> None:
    _line(output, "FAILED", "TestAbsent::test_the_context_applies_here")
    _line(output, "PASSED", "TestTooPessimistic::test_the_context_applies_here")
