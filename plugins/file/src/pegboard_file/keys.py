"""Folders whose files are named by keys: metrics, params and tags; called by whoever reads or writes one.

A key with slashes lies in folders within, so that a key cannot be a folder of another.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache

from pegboard import notices
from pegboard.errors import InvalidParameterValue, PermissionDenied
from pegboard.validation import check_key

_MAX_NAME_BYTES = 255


def files_in(folder: str) -> Iterator[tuple[str, str]]:
    """Yield key and path of each file; a missing folder has none. Files whose name is no key are noted."""
    pending = [("", folder)]
    while pending:
        prefix, below = pending.pop()
        try:
            entries = os.scandir(below)
        except FileNotFoundError:
            continue
        with entries:
            for entry in entries:
                key = prefix + entry.name
                if entry.is_dir():
                    pending.append((key + "/", entry.path))
                elif _is_key(key):
                    yield key, entry.path
                else:
                    notices.once(f"no key:{entry.path}", f"'{entry.path}' is skipped: its name is no key.")


@lru_cache(maxsize=4096)
def _is_key(key: str) -> bool:
    try:
        check_key("key", key)
    except InvalidParameterValue:
        return False
    return True


def check_keys(what: str, keys: Iterable[str]) -> None:
    """Raise InvalidParameterValue if a key cannot be a file, or is a folder of another among them."""
    known = keys if isinstance(keys, (dict, set, frozenset)) else set(keys)
    for key in known:
        if not key.isascii() and any(len(os.fsencode(part)) > _MAX_NAME_BYTES for part in key.split("/")):
            raise InvalidParameterValue(
                f"The {what} key '{key}' has a part of over {_MAX_NAME_BYTES} bytes in UTF-8, more than a "
                "file name "
                "may have. Shorten it."
            )
        if "/" in key:
            for parent in _parents(key):
                if parent in known:
                    raise collision(what, key, parent)


def _parents(key: str) -> Iterator[str]:
    end = key.find("/")
    while end >= 0:
        yield key[:end]
        end = key.find("/", end + 1)


def collision(what: str, key: str, other: str) -> InvalidParameterValue:
    """Return the error for two keys that cannot both be files."""
    return InvalidParameterValue(
        f"The {what} key '{key}' cannot live beside the key '{other}' in a file store: one names a file, "
        "the other "
        "the folder of that name. Rename one, or use a store that declares the capability 'nested-keys'."
    )


def place(what: str, folder: str, key: str) -> tuple[str, bool]:
    """Return the path of a key's file, and whether a file is there, after checking that it can be one.

    Args:
        what: What the key is of, for messages.
        folder: The folder of all keys of that sort.
        key: A checked key.

    Raises:
        InvalidParameterValue: Another key is in the way.
        PermissionDenied: A link leads elsewhere.
    """
    path = f"{folder}/{key}"
    for parent in _parents(key):
        mode = _mode(f"{folder}/{parent}")
        if stat.S_ISREG(mode):
            raise collision(what, key, parent)
        if stat.S_ISLNK(mode):
            raise leaves(f"{folder}/{parent}")
    mode = _mode(path)
    if stat.S_ISDIR(mode):
        other = next((found for found, _ in files_in(path)), None)
        if other is not None:
            raise collision(what, key, f"{key}/{other}")
        _remove_empty(path)
        return path, False
    if stat.S_ISLNK(mode):
        raise leaves(path)
    return path, mode != 0


def leaves(path: str) -> PermissionDenied:
    """Return the error for a write through a symbolic link."""
    return PermissionDenied(
        f"'{path}' is a symbolic link, and a store writes through none, because it may lead out of its "
        "folder. "
        "Replace it by what it points to."
    )


def _mode(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _remove_empty(folder: str) -> None:
    for below, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            os.rmdir(below)


def remove_empty_parents(folder: str, key: str) -> None:
    """Remove the folders of a key that went, as far as they are empty, so that they are in no other's way."""
    for parent in reversed(list(_parents(key))):
        try:
            os.rmdir(f"{folder}/{parent}")
        except OSError:
            return
