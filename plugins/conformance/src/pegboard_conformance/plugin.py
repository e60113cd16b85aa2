"""The hooks of the in-memory providers, for the scheme `memory`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pegboard.hookspecs import hookimpl

if TYPE_CHECKING:
    from pegboard.contracts import ArtifactRepository, TrackingStore


@hookimpl
def tracking_store(uri: str, artifact_root: str | None) -> TrackingStore:
    """Open the process-local store of this URI."""
    from pegboard_conformance.memory_store import MemoryStore

    return MemoryStore(uri, artifact_root)


@hookimpl
def artifact_repository(uri: str) -> ArtifactRepository:
    """Open the process-local repository of this URI."""
    from pegboard_conformance.memory_repository import MemoryRepository

    return MemoryRepository(uri)
