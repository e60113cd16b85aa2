"""The in-memory store keeps the contract: the suite holds on an implementation with flags of its own."""

from __future__ import annotations

import uuid

import pytest

from pegboard_conformance.tracking_store import TrackingStoreConformance


class TestMemoryStore(TrackingStoreConformance):
    @pytest.fixture
    def uri(self) -> str:
        return f"memory:{uuid.uuid4().hex}"
