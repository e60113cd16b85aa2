"""The contract of run contexts, which tell where a run comes from."""

from __future__ import annotations

from abc import abstractmethod

from pegboard.contracts.base import Provider


class RunContext(Provider):
    """Tags that describe the surroundings of a run: user, source, version control, scheduler.

    The kernel asks all contexts, ordered by their names, when a run starts. A later name wins a key, and
    what the user set always wins. One that raises is reported once and skipped.
    """

    @abstractmethod
    def in_context(self) -> bool:
        """Tell whether this context applies to the running process; must be quick and must not raise."""

    @abstractmethod
    def tags(self) -> dict[str, str]:
        """Return the tags by key; called only when `in_context` said True."""
