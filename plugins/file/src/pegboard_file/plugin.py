"""The hook of the file store, for the scheme `file` and plain paths; called by the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pegboard.hookspecs import hookimpl

if TYPE_CHECKING:
    from pegboard.contracts import TrackingStore


@hookimpl
def tracking_store(uri: str, artifact_root: str | None) -> TrackingStore:
    """Open the `mlruns` folder at a `file:` URI or path."""
    from pegboard_file.store import FileStore

    return FileStore(uri, artifact_root)
