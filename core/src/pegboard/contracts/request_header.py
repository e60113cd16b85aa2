"""The contract of request header providers, which add headers to REST requests. Provisional."""

from __future__ import annotations

from abc import abstractmethod

from pegboard.contracts.base import Provider


class RequestHeader(Provider):
    """Headers for each REST request; all providers take part, ordered by name. Provisional."""

    @abstractmethod
    def in_context(self) -> bool:
        """Tell whether this provider applies to the running process; must be quick and must not raise."""

    @abstractmethod
    def request_headers(self) -> dict[str, str]:
        """Return the headers by name; called only when `in_context` said True."""
