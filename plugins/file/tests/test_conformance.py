"""The file store keeps the rules of tracking stores."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from pegboard_conformance.tracking_store import TrackingStoreConformance


class TestFileStore(TrackingStoreConformance):
    expected_failures: ClassVar[dict[str, str]] = {
        "tracking-store/key-length": "a file name has at most 255 bytes, which 250 non-ASCII letters exceed",
    }

    @pytest.fixture
    def uri(self, tmp_path: Path) -> str:
        return str(tmp_path / "mlruns")
