"""The engine tells of each rule what came of it, counts honestly, and needs no pytest."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from contexts import PlainContext, Raises
from wrong_stores import NamesOfDeletedAreFree

from pegboard_conformance.engine import Outcome, passed, report, run, summary
from pegboard_conformance.place import Place
from pegboard_conformance.suites import suite


def test_held_and_not_applicable() -> None:
    outcomes = run("artifact_repository", lambda: Place("artifact_repository", "memory:test-engine"))
    states = Counter(outcome.state for outcome in outcomes)
    failed = [outcome.rule.id for outcome in outcomes if outcome.state == "failed"]
    assert failed == ["artifact-repository/upload-in-constant-memory"]
    assert len(outcomes) == len(suite("artifact_repository").rules)
    ran = states["held"] + 1
    assert summary(outcomes) == f"ran {ran}, not applicable {states['not applicable']}, failed 1"
    assert not passed(outcomes)


def test_failed() -> None:
    outcomes = run("tracking_store", lambda: Place("tracking_store", "engine", NamesOfDeletedAreFree))
    lines = report(outcomes).splitlines()
    at = lines.index("FAILED tracking-store/experiment-name-unique-deleted")
    assert lines[at + 1].strip().startswith("The name of a deleted experiment stays taken")
    assert "it must raise ResourceAlreadyExists" in lines[at + 2]
    assert any(
        line.endswith("needs the capability 'durable', which the provider does not declare)")
        for line in lines
    )
    assert lines[-1] == summary(outcomes)
    assert not passed(outcomes)


def test_one_place_may_serve_all_rules() -> None:
    place = Place("tracking_store", "memory:test-engine-shared")
    assert passed(run("tracking_store", lambda: place))


def test_what_cannot_be_opened_fails_each_rule() -> None:
    outcomes = run("run_context", lambda: Place("run_context", "no such context"))
    assert {outcome.state for outcome in outcomes} == {"failed"}
    assert "no such context" in str(outcomes[0])


def test_an_error_is_no_more_than_a_failed_rule() -> None:
    outcomes = run("run_context", lambda: Place("run_context", "raises", Raises))
    assert {outcome.state for outcome in outcomes} == {"held", "failed"}
    assert "KeyError: 'HOME'" in report(outcomes)


def test_nothing_run_is_a_failure() -> None:
    declined = [Outcome(rule, "not applicable", reason="away") for rule in suite("run_context").rules]
    assert summary([]) == "ran 0, not applicable 0, failed 0"
    assert summary(declined) == f"ran 0, not applicable {len(declined)}, failed 0"
    assert not passed([])
    assert not passed(declined)
    assert passed([*declined, Outcome(declined[0].rule, "held")])


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match="no conformance suite for the kind 'evaluator'"):
        run("evaluator", lambda: Place("evaluator", "x"))


def test_without_pytest(tmp_path: Path) -> None:
    support = Path(__file__).parent / "support"
    code = (
        f"import sys; sys.path.insert(0, {str(support)!r}); sys.modules['pytest'] = None\n"
        "from contexts import PlainContext\n"
        "from pegboard_conformance.engine import run, report\n"
        "from pegboard_conformance.place import Place\n"
        "from pegboard_conformance.suites import KINDS, suite\n"
        "print(sum(len(suite(kind).rules) for kind in KINDS))\n"
        "print(report(run('run_context', lambda: Place('run_context', 'plain', PlainContext))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    count = len(suite("run_context").rules)
    assert done.stdout.splitlines()[-1] == f"ran {count}, not applicable 0, failed 0"
    assert PlainContext("x").in_context()
