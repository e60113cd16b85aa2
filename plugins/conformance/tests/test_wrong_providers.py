"""Each provider that is wrong on purpose is caught by the rule that is meant for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import contexts  # noqa: F401 (fills the list)
import pytest
import wrong_logs  # noqa: F401 (fills the list)
import wrong_repositories  # noqa: F401 (fills the list)
import wrong_stores  # noqa: F401 (fills the list)
from wrong import WRONG, Wrong

from pegboard_conformance.place import Place
from pegboard_conformance.suites import KINDS, suite

RULES = {rule.id: rule for kind in KINDS for rule in suite(kind).rules}


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what the wrong contexts change."""
    monkeypatch.chdir(Path.cwd())
    monkeypatch.setenv("CONTEXT", "")
    handler = signal.getsignal(signal.SIGUSR1)
    folder = os.getcwd()
    yield
    os.chdir(folder)
    signal.signal(signal.SIGUSR1, handler)


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_caught(wrong: Wrong, tmp_path: Path) -> None:
    rule = RULES[wrong.rule]
    with suite(rule.kind).harness(Place(rule.kind, str(tmp_path / "place"), wrong.open)) as harness:
        assert rule.not_applicable(harness.provider.capabilities) is None
        with pytest.raises(Exception) as caught:  # noqa: PT011 (what a wrong provider raises is its own)
            rule.test(harness)
    assert not isinstance(caught.value, (NameError, ImportError, AttributeError))
