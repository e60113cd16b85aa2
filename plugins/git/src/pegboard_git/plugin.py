"""The hook that the kernel calls for the run context `git` when a run starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pegboard.hookspecs import hookimpl

if TYPE_CHECKING:
    from pegboard_git.context import GitContext


@hookimpl
def run_context() -> GitContext:
    """Return the context `git`."""
    from pegboard_git.context import GitContext

    return GitContext()
