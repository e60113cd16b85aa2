"""The context keeps the rules of run contexts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pegboard_conformance.run_context import RunContextConformance

if TYPE_CHECKING:
    from conftest import Repository


class TestGit(RunContextConformance):
    @pytest.fixture
    def name(self, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setattr(sys.modules["__main__"], "__file__", str(repository.folder / "train.py"))
        monkeypatch.setattr(sys, "argv", ["train.py"])
        return "git"
