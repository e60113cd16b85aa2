"""The contract of request auth providers, which sign REST requests. Provisional."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from pegboard.contracts.base import Provider


class RequestAuth(Provider):
    """Credentials for REST requests, chosen by name in a setting. Provisional."""

    @abstractmethod
    def get_auth(self) -> Any:
        """Return what the `auth` argument of the `requests` library takes: a callable or a pair.

        Raises:
            PermissionDenied: There are no credentials, or contradictory ones; no request is then sent.
        """
