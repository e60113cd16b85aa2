"""Reading and writing of single files, each write whole or not at all; called by all other modules.

Temporary files begin with `.pegboard-` and lie where MLflow looks for folders only. Nothing locks: a file
appears by a link (exclusive) or a rename (replacing), and grows by single appends.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from contextlib import suppress

from pegboard.errors import InvalidParameterValue, PegboardException, PermissionDenied, StorageFull
from pegboard.validation import RESERVED_PREFIX

_LOOKS = 3
_BETWEEN_LOOKS = 0.001  # seconds

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def failure(error: OSError, path: str) -> PegboardException:
    """Return the exception for what the file system refused.

    Args:
        error: What the system call raised.
        path: What was read or written.
    """
    place = f"'{error.filename or path}'"
    if error.errno in _FULL:
        return StorageFull(f"No room to write {place}: {error.strerror}. Free space or raise the quota.")
    if error.errno in _DENIED:
        return PermissionDenied(
            f"No permission for {place}: {error.strerror}. Check the owner and mode of the folder, and "
            "whether its disk is mounted read-only."
        )
    if error.errno == errno.ENAMETOOLONG:
        return InvalidParameterValue(
            f"The path {place} is longer than the file system takes. Shorten the key."
        )
    return PegboardException(f"The file system failed at {place}: {error.strerror or error}.")


def read(path: str) -> bytes:
    """Return the content of a file; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, 65_536)
        if len(data) < 65_536:
            return data
        parts = [data]
        while data := os.read(descriptor, 4_194_304):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def temporary_name(folder: str) -> str:
    """Return the path of a temporary file or folder that nobody else uses."""
    return f"{folder}/{RESERVED_PREFIX}{os.urandom(8).hex()}"


def write_temporary(folder: str, data: bytes, sync: bool) -> str:
    """Write a new temporary file in a folder and return its path; raises OSError and leaves nothing then."""
    path = temporary_name(folder)
    write_new(path, data, sync)
    return path


def write_new(path: str, data: bytes, sync: bool) -> None:
    """Write a file that is not there; raises OSError and leaves nothing then."""
    descriptor = os.open(path, _NEW, 0o666)
    try:
        try:
            _write_all(descriptor, data)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        remove(path)
        raise


def _write_all(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


def replace(path: str, data: bytes, beside: str, sync: bool) -> None:
    """Give a file new content in one step; raises OSError and changes nothing then.

    Args:
        path: The file, there or not.
        data: Its content.
        beside: The folder for the temporary file, on the same file system.
        sync: Whether the content must survive a loss of power.
    """
    temporary = write_temporary(beside, data, sync)
    try:
        with suppress(FileNotFoundError):
            mode = stat.S_IMODE(os.lstat(path).st_mode)
            if mode != stat.S_IMODE(os.lstat(temporary).st_mode):
                os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        remove(temporary)
        raise
    if sync:
        sync_folder(os.path.dirname(path))


def create(path: str, data: bytes, beside: str, sync: bool) -> bool:
    """Make a file with content in one step unless it is there; tell whether this call made it.

    Of several processes that make the same file one wins. Raises OSError and leaves nothing then.
    """
    temporary = write_temporary(beside, data, sync)
    try:
        made = move_exclusively(temporary, path)
    finally:
        remove(temporary)
    if made and sync:
        sync_folder(os.path.dirname(path))
    return made


def move_exclusively(source: str, path: str) -> bool:
    """Give a file a second name unless that is taken; tell whether it was free.

    Where the file system has no links the content is copied into a new file, which is exclusive too but can
    be cut short by the death of the process.
    """
    try:
        os.link(source, path, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS or not os.access(os.path.dirname(path), os.W_OK):
            raise
        try:
            write_new(path, read(source), sync=True)
        except FileExistsError:
            return False
    return True


def append(path: str, data: bytes, clean_size: int, sync: bool) -> int:
    """Append whole lines by a single write and return the file's size behind them.

    A last line that was cut off by a crash is ended first, so that it spoils no line but itself.

    Args:
        path: The file, there or not; its folder is there.
        data: Lines, each with its line feed.
        clean_size: A size at which the file is known to end with a line feed; 0 if none is.
        sync: Whether the lines must survive a loss of power.

    Raises:
        OSError: Nothing was written.
    """
    descriptor = os.open(path, _APPEND, 0o666)
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        if size != clean_size and size and _is_torn(descriptor, size):
            data = b"\n" + data
        written = os.write(descriptor, data)
        end = os.lseek(descriptor, 0, os.SEEK_CUR)
        if written != len(data):
            cut_back(descriptor, end - written, end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        if sync:
            os.fsync(descriptor)
        return end
    finally:
        os.close(descriptor)


def _is_torn(descriptor: int, size: int) -> bool:
    """Tell whether a file ends within a line, and stays so for longer than another's append takes."""
    for _ in range(_LOOKS):
        if os.pread(descriptor, 1, size - 1) == b"\n":
            return False
        time.sleep(_BETWEEN_LOOKS)
        size = os.lseek(descriptor, 0, os.SEEK_END)
    return True


def read_lines(path: str) -> bytes:
    """Return the content of a file of lines; while another appends to it, without half of its line.

    Raises OSError. A last line that stays without a line feed was cut off by a crash, and is returned too.
    """
    data = read(path)
    for _ in range(_LOOKS):
        if not data or data[-1] == 10:
            break
        time.sleep(_BETWEEN_LOOKS)
        again = read(path)
        if len(again) == len(data):
            break
        data = again
    return data


def cut_back(descriptor: int, size: int, end: int) -> None:
    """Shorten a file to `size` if it still ends at `end`, so that nobody else's lines are lost."""
    if os.fstat(descriptor).st_size == end:
        os.ftruncate(descriptor, size)


def make_root(path: str, sync: bool) -> None:
    """Make a folder and those above it where they are missing; raises OSError."""
    missing = []
    folder = path
    while sync and not os.path.isdir(folder):
        missing.append(os.path.dirname(folder))
        folder = os.path.dirname(folder)
    os.makedirs(path, exist_ok=True)
    for folder in missing:
        sync_folder(folder)


def make_folders(base: str, path: str, sync: bool) -> None:
    """Make the folders between `base`, which must be there, and `path`; raises OSError.

    A base that was moved away meanwhile is not made again.
    """
    made = base
    for name in path[len(base) + 1 :].split("/") if path != base else ():
        parent, made = made, f"{made}/{name}"
        with suppress(FileExistsError):
            os.mkdir(made)
            if sync:
                sync_folder(parent)


def sync_folder(path: str) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: str) -> None:
    """Remove a file if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(path)


def remove_folder(path: str) -> None:
    """Remove a folder with all within; links within are removed, not followed."""
    shutil.rmtree(path)
