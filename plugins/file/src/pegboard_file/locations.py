"""Where a store and its artifacts lie: URIs and paths into folders, and the forms that MLflow writes.

Called by the store when it opens and by the modules that write and read locations.
"""

from __future__ import annotations

import os
from urllib.parse import quote, unquote_to_bytes

from pegboard.choose import scheme_of
from pegboard.errors import InvalidParameterValue
from pegboard.validation import check_text

MAX_LOCATION_LENGTH = 2048

_LOCAL_HOSTS = ("", "localhost", "127.0.0.1")


def root_folder(uri: object) -> str:
    """Return the absolute path of the folder that a tracking URI or path names.

    Raises:
        InvalidParameterValue: It names no folder of this machine.
    """
    uri = check_text("The tracking URI", uri)
    path = local_path(uri)
    if path is None:
        raise InvalidParameterValue(
            f"The tracking URI '{uri}' names no folder of this machine. Use a path, or file: and a path, "
            "such as "
            "file:///home/me/mlruns."
        )
    if not path or "\0" in path:
        raise InvalidParameterValue(f"The tracking URI '{uri}' names no folder. Give a path.")
    path = os.path.abspath(path)
    if os.path.exists(path) and not os.path.isdir(path):
        raise InvalidParameterValue(
            f"The tracking URI '{uri}' names '{path}', which is no folder. Name a folder."
        )
    return path


def local_path(location: str) -> str | None:
    """Return the path that a location names on this machine, None for one elsewhere.

    A path stands for itself; in a `file:` URI percent-encoding is decoded, and a query or fragment ignored.
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


def absolute(location: str) -> str:
    """Return a location as MLflow stores it: local ones absolute, paths as paths and URIs as URIs."""
    path = local_path(location)
    if path is None:
        return location
    if scheme_of(location) is None:
        return path if os.path.isabs(path) else os.path.join(os.getcwd(), path.removeprefix("./"))
    if os.path.isabs(path):
        rest = location[len("file:") :]
        return location if rest.startswith("//") else "file://" + rest
    return "file://" + quote(os.fsencode(os.path.join(os.getcwd(), path.removeprefix("./"))))


def base_of(location: str) -> str:
    """Return the absolute location of a root, without a slash or query at its end, so that names append."""
    location = absolute(location)
    if scheme_of(location) == "file":
        location = location.partition("#")[0].partition("?")[0]
    return location.rstrip("/")


def checked_location(location: object) -> str:
    """Return the artifact location of a new experiment in its stored form.

    Raises:
        InvalidParameterValue: It is too long, or points at a run or model instead of a place.
    """
    location = check_text("The artifact location", location)
    if len(location) > MAX_LOCATION_LENGTH:
        raise InvalidParameterValue(
            f"The artifact location has {len(location)} characters, over the limit of {MAX_LOCATION_LENGTH}."
        )
    if scheme_of(location) in ("runs", "models"):
        raise InvalidParameterValue(
            f"The artifact location '{location}' points into a run or model. Name a folder or bucket."
        )
    return absolute(location)


def join(location: str, *names: str) -> str:
    """Return the location below another; names go into the path, before a query."""
    if scheme_of(location) is None:
        return "/".join((location.rstrip("/"), *names))
    path, mark, query = location.partition("?")
    return "/".join((path.rstrip("/"), *names)) + mark + query


def is_lost(location: str, suffix: str) -> bool:
    """Tell whether a location is one under the root of a store that was moved away from there.

    Args:
        location: A stored location.
        suffix: What follows the root in it, if it is one under a root, with the leading slash.
    """
    path = local_path(location)
    if path is None or not path.endswith(suffix):
        return False
    return not os.path.isdir(path) and not os.path.isdir(path.removesuffix(suffix))
