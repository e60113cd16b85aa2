"""The rules are well-formed data, and the reference page has all of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pegboard.contracts import Provider
from pegboard.kinds import KINDS as ALL_KINDS
from pegboard_conformance.reference import page
from pegboard_conformance.suites import KINDS, suite


def test_rules_are_well_formed() -> None:
    for rule in (rule for kind in KINDS for rule in suite(kind).rules):
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*/[a-z]+(-[a-z]+)*", rule.id)
        assert rule.id.startswith(rule.kind.replace("_", "-") + "/")
        assert re.fullmatch(r"\w.+\.", rule.sentence), rule.id
        assert rule.needs is None or rule.lacks is None, rule.id
        contract = ALL_KINDS[rule.kind].contract()
        assert issubclass(contract, Provider)
        assert {rule.needs, rule.lacks} - {None} <= set(contract.known_capabilities), rule.id


@pytest.mark.parametrize("kind", KINDS)
def test_each_capability_is_tested_when_it_is_off(kind: str) -> None:
    contract = ALL_KINDS[kind].contract()
    assert issubclass(contract, Provider)
    tested = {rule.lacks for rule in suite(kind).rules}
    # A store that is not durable cannot be told from one whose process lives on.
    assert set(contract.known_capabilities) - {"durable"} == tested - {None}


@pytest.mark.parametrize("kind", KINDS)
def test_page(kind: str) -> None:
    text = page(kind)
    for rule in suite(kind).rules:
        assert f"| `{rule.id}` | " in text
    for name in vars(ALL_KINDS[kind].contract()):
        if not name.startswith("_") and callable(getattr(ALL_KINDS[kind].contract(), name)):
            assert f"### `{name}`" in text


def test_pages_are_written(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pegboard_conformance.reference", str(tmp_path / "new" / "folder")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = {
        path.stem.replace("-", "_"): path.read_text() for path in (tmp_path / "new" / "folder").iterdir()
    }
    assert written == {kind: page(kind) for kind in KINDS}
