"""The git context: what version control knows of the code that runs, under MLflow's tags."""

from __future__ import annotations

import os
import sys
import time

from pegboard.contracts.run_context import RunContext
from pegboard_git.checkout import Checkout, Head, find, head_of

COMMIT = "mlflow.source.git.commit"
BRANCH = "mlflow.source.git.branch"
REPO_URL = "mlflow.source.git.repoURL"
DIRTY = "mlflow.source.git.dirty"

# The git program is asked again after this many times the time that its answer took: 1 % at most.
_REST = 100


class GitContext(RunContext):
    """Commit, branch, remote and whether files differ from the commit, of the main script's repository.

    What is typed into an interpreter or a notebook belongs to the repository of the working directory.
    """

    def __init__(self) -> None:
        self._known: tuple[Checkout, Head, dict[str, str], float] | None = None

    def in_context(self) -> bool:
        """Tell whether the code lies in a repository."""
        return _checkout() is not None

    def tags(self) -> dict[str, str]:
        """Return what is known; what is not (a branch of a detached HEAD, a remote) has no tag."""
        checkout = _checkout()
        if checkout is None:
            return {}
        from pegboard_git import program  # it needs subprocess, which takes 5 ms to import

        head = head_of(checkout) or program.head_of(checkout.folder)
        tags = {COMMIT: head.commit, BRANCH: head.branch, **self._told(checkout, head)}
        return {key: value for key, value in tags.items() if value}

    def _told(self, checkout: Checkout, head: Head) -> dict[str, str]:
        """Return what the git program tells, or has told a moment ago."""
        known = self._known
        start = time.monotonic()
        if known is not None and known[:2] == (checkout, head) and start < known[3]:
            return known[2]
        from pegboard_git import program

        answer = program.ask(checkout.folder)
        dirty = None if answer.dirty is None or not head.commit else str(answer.dirty).lower()
        tags = {REPO_URL: answer.url or "", DIRTY: dirty or ""}
        end = time.monotonic()
        self._known = (checkout, head, tags, end + _REST * (end - start))
        return tags


def _checkout() -> Checkout | None:
    """Return the working copy of the main script, or of the working directory where there is none."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if not script:
        try:
            return find(os.getcwd())
        except OSError:  # deleted under our feet
            return None
    # A profiler is itself the main module and leaves the script's name in the arguments.
    for path in (script, *(getattr(sys, "argv", None) or [])[:1]):
        if isinstance(path, str) and os.path.exists(path):
            path = os.path.realpath(path)
            checkout = find(os.path.dirname(path))
            if checkout is not None and not _is_of_interpreter(path, checkout.folder):
                return checkout
    return None


def _is_of_interpreter(path: str, folder: str) -> bool:
    """Tell whether a script is a tool of an interpreter that was itself installed by a clone, as by pyenv."""
    interpreters = [os.path.realpath(prefix) for prefix in (sys.base_prefix, sys.prefix)]
    return _is_within(interpreters[0], folder) and any(_is_within(path, prefix) for prefix in interpreters)


def _is_within(path: str, folder: str) -> bool:
    return f"{path}/".startswith(folder.rstrip("/") + "/")
