"""What all contracts share: capability flags and the end of a provider's life."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from pegboard.errors import Unsupported


class Provider(ABC):  # noqa: B024 (the kinds bring the abstract methods)
    """The base of all contracts.

    The kernel opens one provider per kind, URI or name, and process, calls it from any thread, and closes it
    when the process ends. A forked child never uses its parent's providers; it opens its own.
    """

    #: The capability flags of the kind, each with the sentence that says what it promises.
    known_capabilities: ClassVar[Mapping[str, str]] = {}
    #: The flags that this provider declares; conformance tests what is declared and what is not.
    capabilities: ClassVar[frozenset[str]] = frozenset()

    def close(self) -> None:  # noqa: B027 (most providers hold nothing that needs an end)
        """Release what the provider holds; may be called twice. Nobody calls other methods afterwards."""

    def unsupported(self, capability: str) -> Unsupported:
        """Return the error to raise for a call that needs a capability which is declared off.

        Args:
            capability: One of the names in `known_capabilities`.
        """
        return Unsupported(
            f"{type(self).__name__} does not declare the capability '{capability}': "
            f"{self.known_capabilities[capability]} Use a provider that declares it."
        )
