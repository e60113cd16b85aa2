"""Copies files and folders so that each is there whole or not at all; the repository calls it both ways."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from pegboard.errors import InvalidParameterValue
from pegboard.validation import RESERVED_PREFIX, join_artifact_path

_BLOCK = 1 << 18
_MANY = 1000

_Identity = tuple[int, int]
_Chain = tuple[_Identity, "_Chain | None"]


@dataclass(slots=True)
class Tree:
    """What is to be copied: relative folders, parents first, and files as source path and relative path."""

    folders: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)


def scan(folder: str, admit: Callable[[os.DirEntry[str], str], bool]) -> Tree:
    """Return the content of a folder, links followed, without writing anything.

    Args:
        folder: The path of the folder.
        admit: Called with each entry and its relative path; says whether to take it, or raises.

    Raises:
        InvalidParameterValue: Links lead in a circle.
    """
    tree = Tree()
    through_links: dict[_Identity, int] = {}
    todo: list[tuple[str, str, _Chain | None]] = [(folder, "", None)]
    while todo:
        place, relative, above = todo.pop()
        identity = identity_of(place)
        if os.path.islink(place):
            through_links[identity] = through_links.get(identity, 0) + 1
            if _is_among(identity, above) or through_links[identity] > _MANY:
                raise InvalidParameterValue(
                    f"The link '{place}' leads back to a folder that contains it, or to one that is met over "
                    "and over. Remove the link."
                )
        with os.scandir(place) as entries:
            for entry in entries:
                path = join_artifact_path(relative, entry.name)
                if not admit(entry, path):
                    continue
                if entry.is_dir():
                    tree.folders.append(path)
                    todo.append((entry.path, path, (identity, above)))
                else:
                    tree.files.append((entry.path, path))
    return tree


def identity_of(place: str) -> _Identity:
    """Return what tells a file or folder from any other, under all of its names."""
    status = os.stat(place)
    return status.st_dev, status.st_ino


def _is_among(identity: _Identity, chain: _Chain | None) -> bool:
    while chain is not None:
        if chain[0] == identity:
            return True
        chain = chain[1]
    return False


def put(tree: Tree, target: str, guard: Callable[[str], object], durable: bool) -> None:
    """Copy a tree into the folder `target`, making it if need be and replacing files that are there.

    All is first written beside its place under a reserved name and then moved, so that readers never see
    half a file, and a failed or killed copy changes nothing.

    Args:
        tree: What to copy.
        target: The path of the folder.
        guard: Called with each link that is a folder on the way; raises if it may not be entered.
        durable: Whether the content survives a loss of power once the call returns.

    Raises:
        InvalidParameterValue: A file would replace a folder, or a folder a file; nothing was written.
        OSError: The file system refuses.
    """
    base, missing = _split(target)
    moves = [missing.partition("/")[0]] if missing else _moves(tree, target, guard)
    staging = os.path.join(base, RESERVED_PREFIX + os.urandom(8).hex())
    try:
        if len(moves) == len(tree.files) == 1 and not tree.folders and not missing:
            # A single file needs no folder around it, which takes as long as the file.
            copy_file(tree.files[0][0], staging, durable)
            _move(staging, os.path.join(base, moves[0]))
        else:
            _stage(tree, staging, os.path.join(staging, missing), durable)
            for path in moves:
                _move(os.path.join(staging, path), os.path.join(base, path))
        if durable:
            for folder in {os.path.dirname(os.path.join(base, path)) for path in moves}:
                _sync(folder)
    finally:
        _remove(staging)


def _stage(tree: Tree, staging: str, inner: str, durable: bool) -> None:
    """Write the tree to `inner`, a folder within the new folder `staging` or that folder itself."""
    os.mkdir(staging)
    os.makedirs(inner, exist_ok=True)
    for folder in tree.folders:
        os.mkdir(os.path.join(inner, folder))
    for source, path in tree.files:
        copy_file(source, os.path.join(inner, path), durable)
    if durable:
        for folder, _, _ in os.walk(staging):
            _sync(folder)


def make_folder(folder: str, durable: bool) -> None:
    """Make a folder and those above it, as far as they are not there.

    Raises:
        InvalidParameterValue: A file is in the way.
        OSError: The file system refuses.
    """
    base, missing = _split(folder)
    os.makedirs(folder, exist_ok=True)
    for name in missing.split("/") if durable and missing else ():
        _sync(base)
        base = os.path.join(base, name)


def _split(target: str) -> tuple[str, str]:
    """Return the deepest folder on the way to `target` that is there, and the rest of the way."""
    base, missing = target, ""
    while not _is_folder(base):
        base, name = os.path.split(base)
        missing = join_artifact_path(name, missing)
    return base, missing


def _is_folder(place: str) -> bool:
    """Tell whether a folder is there, or nothing yet."""
    try:
        if stat.S_ISDIR(os.stat(place).st_mode):
            return True
    except (FileNotFoundError, NotADirectoryError):
        if not os.path.islink(place):
            return False
    raise InvalidParameterValue(
        f"'{place}' is no folder and cannot become one. Use another path, or delete what is there first."
    )


def _moves(tree: Tree, target: str, guard: Callable[[str], object]) -> list[str]:
    """Return what has to be moved into a folder that is there: all files, and the folders that are new."""
    moves = []
    there = {""}
    for folder in tree.folders:
        if folder.rpartition("/")[0] not in there:
            continue
        place = os.path.join(target, folder)
        if os.path.islink(place):
            guard(place)
        if _is_folder(place):
            there.add(folder)
        else:
            moves.append(folder)
    for _, path in tree.files:
        if path.rpartition("/")[0] not in there:
            continue
        if os.path.isdir(os.path.join(target, path)):
            raise _folder_in_the_way(os.path.join(target, path))
        moves.append(path)
    return moves


def _move(staged: str, place: str) -> None:
    try:
        os.rename(staged, place)
    except IsADirectoryError:
        raise _folder_in_the_way(place) from None
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        # Somebody made the folder meanwhile: both contents belong there.
        for name in os.listdir(staged):
            _move(os.path.join(staged, name), os.path.join(place, name))


def _folder_in_the_way(place: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"'{place}' is a folder and cannot become a file. Use another path, or delete the folder first."
    )


def copy_file(source: str, target: str, durable: bool) -> None:
    """Copy the content of a file to the path of a new one, with the permissions that new files get.

    Measured with 1,000 files of 1 kB: threads make it slower, `shutil.copyfile` takes three times as long.
    """
    # A pipe that took the file's place meanwhile must not block.
    reader = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(reader).st_mode):
            raise InvalidParameterValue(f"'{source}' is no file. Leave it out.")
        writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            _copy_content(reader, writer)
            if durable:
                os.fsync(writer)
        except OSError as error:
            error.filename = target
            raise
        finally:
            os.close(writer)
    finally:
        os.close(reader)


def _copy_content(reader: int, writer: int) -> None:
    if sys.platform == "linux":
        # Where the file system can share or copy blocks itself; what it leaves is read and written below.
        with suppress(OSError):
            while os.copy_file_range(reader, writer, 1 << 28):
                pass
    while block := os.read(reader, _BLOCK):
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(writer, rest) :]


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(staging: str) -> None:
    try:
        os.unlink(staging)
    except FileNotFoundError:
        pass
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
