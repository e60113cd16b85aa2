"""Turns the location of a repository, a path or a `file:` URI, into a folder; the repository calls it."""

from __future__ import annotations

import os

from pegboard.errors import InvalidParameterValue
from pegboard.uris import local_path
from pegboard.validation import check_text

_SCHEME = "file:"


def folder_of(location: str) -> str:
    """Return the absolute path of a location; what is relative starts at the working directory of now.

    Args:
        location: A path, taken as it is, or a `file:` URI (RFC 8089) whose percent-encoding is decoded:
            `file:///abs`, `file://localhost/abs`, `file:/abs`, `file:rel/path`.

    Raises:
        InvalidParameterValue: A URI names another host, has a query or fragment, or names no folder.
    """
    location = check_text("The artifact location", location)
    if location[: len(_SCHEME)].lower() == _SCHEME:
        _refuse_marks(location)
    path = local_path(location)
    if path is None:
        raise InvalidParameterValue(
            f"The artifact location '{location}' is not on this machine. Use a path, 'file:///path' or "
            "'file:relative/path'."
        )
    if not path or "\0" in path:
        raise InvalidParameterValue(
            f"The artifact location '{location}' names no folder. Use a path or 'file:///path/to/folder'."
        )
    path = os.path.join(os.getcwd(), path)
    # Where a link comes before '..', only the file system knows what is meant.
    return os.path.realpath(path) if ".." in path.split("/") else os.path.normpath(path)


def _refuse_marks(location: str) -> None:
    for mark, what, code in (("?", "a query", "%3F"), ("#", "a fragment", "%23")):
        if mark in location:
            raise InvalidParameterValue(
                f"The artifact location '{location}' has {what}, which a folder cannot have. Write {code} "
                f"for a '{mark}' in a folder's name, or use the plain path."
            )
