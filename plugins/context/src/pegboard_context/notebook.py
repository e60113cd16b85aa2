"""The context of runs that start in a Jupyter kernel: the notebook is their source."""

from __future__ import annotations

import os
import sys
from typing import Any

from pegboard.contracts.run_context import RunContext
from pegboard_context.default import SOURCE_NAME, SOURCE_TYPE, as_text

# Jupyter servers tell kernels the path of the notebook in this variable, VS Code in this global name.
_JUPYTER_VARIABLE = "JPY_SESSION_NAME"
_VSCODE_NAME = "__vsc_ipynb_file__"


class NotebookContext(RunContext):
    """Which notebook started the run; its name comes after `default`, whose source it replaces."""

    def in_context(self) -> bool:
        """Tell whether this process is the kernel of a notebook."""
        return _kernel_shell() is not None

    def tags(self) -> dict[str, str]:
        """Return the type of the source, and its file name if the notebook's host tells it."""
        shown = getattr(_kernel_shell(), "user_ns", {}).get(_VSCODE_NAME)
        # A VS Code that works on a Jupyter server gives the session a made-up name, so its own comes first.
        paths = [
            path for path in (shown, os.environ.get(_JUPYTER_VARIABLE)) if isinstance(path, str) and path
        ]
        if not paths:
            return {SOURCE_TYPE: "NOTEBOOK"}
        return {SOURCE_TYPE: "NOTEBOOK", SOURCE_NAME: os.path.basename(as_text(paths[0]))}


def _kernel_shell() -> Any:
    """Return IPython's shell if it serves a kernel; imports nothing, as a kernel has IPython loaded."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if callable(get_ipython) else None
    return shell if getattr(shell, "kernel", None) is not None else None
