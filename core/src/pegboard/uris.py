"""Where runs are tracked and models registered: what was set, what the environment says, the default."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from pegboard import settings
from pegboard.choose import scheme_of
from pegboard.errors import InvalidParameterValue

DEFAULT_FOLDER = "mlruns"
_LOCAL_HOSTS = ("", "localhost", "127.0.0.1")

_tracking_uri: str | None = None
_registry_uri: str | None = None


def set_tracking_uri(uri: str | Path) -> None:
    """Track from now on at `uri`, in this process and in those started from it.

    Args:
        uri: A URI, or a path, which is made absolute; empty goes back to environment and default.
    """
    global _tracking_uri
    _tracking_uri = _absolute("tracking URI", uri)
    settings.TRACKING_URI.set_for_children(_tracking_uri)


def get_tracking_uri() -> str:
    """Return where runs are tracked: what was set, else what the environment says, else `./mlruns`."""
    return _tracking_uri or settings.TRACKING_URI.get() or _default_uri()


def is_tracking_uri_set() -> bool:
    """Tell whether a tracking URI was set here or in the environment."""
    return bool(_tracking_uri or settings.TRACKING_URI.get())


def set_registry_uri(uri: str | Path) -> None:
    """Register models from now on at `uri`, in this process and in those started from it.

    Args:
        uri: A URI, or a path, which is made absolute; empty goes back to environment and default.
    """
    global _registry_uri
    _registry_uri = _absolute("registry URI", uri)
    settings.REGISTRY_URI.set_for_children(_registry_uri)


def get_registry_uri() -> str:
    """Return where models are registered: what was set, else the environment's, else the tracking URI."""
    return _registry_uri or settings.REGISTRY_URI.get() or get_tracking_uri()


def local_path(location: str) -> str | None:
    """Return the path that a location names on this machine; None for one elsewhere.

    A path stands for itself. In a `file:` URI (RFC 8089, relative ones too) percent-encoding is decoded, and
    a query or fragment is left out.
    """
    scheme = scheme_of(location)
    if scheme is None:
        return location
    if scheme != "file":
        return None
    rest = location[len("file:") :].partition("#")[0].partition("?")[0]
    if rest.startswith("//"):
        host, slash, rest = rest[2:].partition("/")
        if host.lower() not in _LOCAL_HOSTS:
            return None
        rest = slash + rest
    return os.fsdecode(unquote_to_bytes(rest))


def _absolute(what: str, uri: str | Path) -> str | None:
    if isinstance(uri, Path):
        return uri.absolute().as_uri()
    if not isinstance(uri, str):
        raise InvalidParameterValue(
            f"The {what} is {uri!r} of type {type(uri).__name__}. It must be a string or a path."
        )
    if not uri:
        return None
    is_path = scheme_of(uri) is None and (os.sep in uri or uri in (".", ".."))
    return os.path.abspath(uri) if is_path else uri


def _default_uri() -> str:
    folder = os.path.abspath(DEFAULT_FOLDER)
    if os.path.exists("mlflow.db") and not os.path.isdir(folder):
        from pegboard import notices

        notices.once(
            "mlflow.db",
            f"Tracking in {folder}, although an mlflow.db lies beside it; set "
            f"{settings.TRACKING_URI.variable} to track elsewhere.",
        )
    return Path(folder).as_uri()
