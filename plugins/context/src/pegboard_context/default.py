"""The context of every run: its user and the program that started it, under MLflow's tags."""

from __future__ import annotations

import sys

from pegboard.contracts.run_context import RunContext

USER = "mlflow.user"
SOURCE_NAME = "mlflow.source.name"
SOURCE_TYPE = "mlflow.source.type"

#: The source of what is typed or piped into an interpreter, as MLflow calls it.
CONSOLE = "<console>"


class DefaultContext(RunContext):
    """Who started the run, and with which program."""

    def in_context(self) -> bool:
        """Tell that it applies, as it always does."""
        return True

    def tags(self) -> dict[str, str]:
        """Return the user, if the system knows a name, and the program as it was called."""
        tags = {SOURCE_NAME: _program(), SOURCE_TYPE: "LOCAL"}
        user = _user()
        if user:
            tags[USER] = user
        return tags


def as_text(value: object) -> str:
    """Return a value of the system, which may be no valid Unicode, as text that every store takes."""
    return str(value).encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def _program() -> str:
    # An interpreter that is embedded in a program may have no argv, or an empty one.
    arguments = getattr(sys, "argv", None) or [""]
    return as_text(arguments[0] or CONSOLE)


def _user() -> str | None:
    import getpass

    try:
        return as_text(getpass.getuser())
    except (KeyError, OSError, ImportError):  # a container's user often has a number but no name
        return None
