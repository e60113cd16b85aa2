"""The suite holds on a store with the flags that the in-memory one has not: durable, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from snapshot_store import SnapshotStore

from pegboard_conformance.place import Place
from pegboard_conformance.tracking_store import TrackingStoreConformance


class TestSnapshotStore(TrackingStoreConformance):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return Place("tracking_store", str(tmp_path / "store"), SnapshotStore)
