"""A place is where a provider under test lives: a URI or a name that can be opened again, also elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

#: The arguments of each kind's hook besides the URI or name, as the suites pass them.
HOOK_ARGUMENTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"tracking_store": {"artifact_root": None}, "artifact_repository": {"tracking_uri": None}}
)


@dataclass(frozen=True)
class Place:
    """Where a provider under test lives. It is pickled to the fresh processes that some rules start.

    Args:
        kind: The kind of the provider.
        key: Its URI, or its name for a kind chosen by name.
        opener: Opens a new provider from the key, for tests of what no plugin offers; by default the
            kernel finds the offer and opens it.
    """

    kind: str
    key: str
    opener: Callable[[str], Any] | None = field(default=None)

    def open(self) -> Any:
        """Return a new provider for this place; the caller closes it."""
        if self.opener is not None:
            return self.opener(self.key)
        from pegboard.load import new_provider

        return new_provider(self.kind, self.key, **HOOK_ARGUMENTS.get(self.kind, {}))
