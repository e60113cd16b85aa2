"""Where a store and its artifacts lie: URIs and paths into folders, and the forms that MLflow writes.

Called by the store when it opens and by the modules that write and read locations.
"""

from __future__ import annotations

import os
from urllib.parse import quote

from pegboard.choose import scheme_of
from pegboard.errors import InvalidParameterValue
from pegboard.uris import local_path
from pegboard.validation import check_text

MAX_LOCATION_LENGTH = 2048


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
            "such as file:///home/me/mlruns."
        )
    if not path or "\0" in path:
        raise InvalidParameterValue(f"The tracking URI '{uri}' names no folder. Give a path.")
    path = os.path.abspath(path)
    if os.path.exists(path) and not os.path.isdir(path):
        raise InvalidParameterValue(
            f"The tracking URI '{uri}' names '{path}', which is no folder. Name a folder."
        )
    return path


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
