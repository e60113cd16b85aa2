"""The contexts keep the rules of run contexts."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from pegboard_conformance.run_context import RunContextConformance


class TestDefault(RunContextConformance):
    @pytest.fixture
    def name(self) -> str:
        return "default"


class TestNotebook(RunContextConformance):
    @pytest.fixture
    def name(self, monkeypatch: pytest.MonkeyPatch) -> str:
        shell = SimpleNamespace(kernel=object(), user_ns={})
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        return "notebook"
