"""Folders whose files are named by keys: metrics, params and tags; called by whoever reads or writes one.

A key with slashes lies in folders within, so that a key cannot be a folder of another.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache

from pegboard import notices
from pegboard.errors import InvalidParameterValue, PermissionDenied
from pegboard.validation import check_key
from pegboard_file import files

_MAX_NAME_BYTES = 255


def files_in(folder: str) -> Iterator[tuple[str, str]]:
    """Yield key and path of each file; a missing folder has none. What is no file or key is noted."""
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
                if entry.is_dir(follow_symlinks=False):
                    pending.append((key + "/", entry.path))
                elif entry.is_file() and _is_key(key):
                    yield key, entry.path
                else:
                    notices.once(
                        f"no key:{entry.path}",
                        f"'{entry.path}' is skipped: it is no file, or its name no key.",
                    )


@lru_cache(maxsize=4096)
def _is_key(key: str) -> bool:
    try:
        check_key("key", key)
    except InvalidParameterValue:
        return False
    return True


def check_keys(what: str, keys: Iterable[str], folder: str = "") -> None:
    """Raise InvalidParameterValue if a key cannot be a file, or if two of them are in each other's way.

    Args:
        what: What the keys are of, for messages.
        keys: Checked keys that are to be written together.
        folder: The folder of all keys of that sort, if it is there.
    """
    known = keys if isinstance(keys, (dict, set, frozenset)) else set(keys)
    for key in known:
        if not key.isascii() and any(len(os.fsencode(part)) > _MAX_NAME_BYTES for part in key.split("/")):
            raise InvalidParameterValue(
                f"The {what} key '{key}' has a part of over {_MAX_NAME_BYTES} bytes in UTF-8, more than a "
                "file name may have. Shorten it."
            )
        if "/" in key:
            for parent in _parents(key):
                if parent in known:
                    raise collision(what, key, parent)
    if len(known) > 1 and folder and _ignores_case(os.path.dirname(folder)):
        folded: dict[str, str] = {}
        for key in known:
            other = folded.setdefault(_folded(key), key)
            if other != key:
                raise _same_but_case(what, key, other)


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
    if _ignores_case(os.path.dirname(folder)):
        _check_case(what, folder, key)
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


@lru_cache(maxsize=1024)
def _ignores_case(owner: str) -> bool:
    """Tell whether the disk takes names that differ only by case for one, seen at a folder's `meta.yaml`."""
    return os.path.exists(f"{owner}/META.YAML")


def _folded(key: str) -> str:
    return unicodedata.normalize("NFC", key).casefold()


def _check_case(what: str, folder: str, key: str) -> None:
    found = folder
    for part in key.split("/"):
        try:
            names = os.listdir(found)
        except (FileNotFoundError, NotADirectoryError):
            return
        other = next((name for name in names if name != part and _folded(name) == _folded(part)), None)
        if other is not None:
            raise _same_but_case(what, key, os.path.relpath(f"{found}/{other}", folder))
        found = f"{found}/{part}"


def _same_but_case(what: str, key: str, other: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"The {what} key '{key}' cannot live beside the key '{other}': the disk takes names that differ "
        "only by case for one. Rename one, or keep the store on another disk."
    )


def leaves(path: str) -> PermissionDenied:
    """Return the error for a write through a symbolic link."""
    return PermissionDenied(
        f"'{path}' is a symbolic link, and a store writes through none, because it may lead out of its "
        "folder. Replace it by what it points to."
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


def remove(folder: str, key: str, sync: bool) -> bool:
    """Remove a key's file, and folders that this leaves empty, which would be in the way of other keys.

    Returns:
        Whether there was a file.
    """
    path = f"{folder}/{key}"
    parents = [f"{folder}/{parent}" for parent in _parents(key)]
    for parent in parents:
        if stat.S_ISLNK(_mode(parent)):
            raise leaves(parent)
    if stat.S_ISDIR(_mode(path)):
        return False
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if sync:
        files.sync_folder(os.path.dirname(path))
    with suppress(OSError):
        for parent in reversed(parents):
            os.rmdir(parent)
    return True
