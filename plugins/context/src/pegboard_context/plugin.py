"""The hook that the kernel calls for the run contexts `default` and `notebook` when a run starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pegboard.hookspecs import hookimpl

if TYPE_CHECKING:
    from pegboard.contracts.run_context import RunContext


@hookimpl
def run_context(name: str) -> RunContext:
    """Return the context of this name."""
    if name == "notebook":
        from pegboard_context.notebook import NotebookContext

        return NotebookContext()
    from pegboard_context.default import DefaultContext

    return DefaultContext()
