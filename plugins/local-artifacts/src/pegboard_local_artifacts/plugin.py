"""The hook that the kernel calls when an artifact URI is a path or starts with `file:`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pegboard.hookspecs import hookimpl

if TYPE_CHECKING:
    from pegboard_local_artifacts.repository import LocalArtifactRepository


@hookimpl
def artifact_repository(uri: str) -> LocalArtifactRepository:
    """Open the folder at `uri`."""
    from pegboard_local_artifacts.repository import LocalArtifactRepository

    return LocalArtifactRepository(uri)
