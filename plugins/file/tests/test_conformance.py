"""The file store keeps the rules of tracking stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from pegboard_conformance.tracking_store import TrackingStoreConformance


class TestFileStore(TrackingStoreConformance):
    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        return str(tmp_path / "mlruns")
