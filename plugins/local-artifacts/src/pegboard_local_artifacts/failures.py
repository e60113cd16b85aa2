"""What the file system refuses, as Pegboard's errors; the repository wraps its work in it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from pegboard.errors import InvalidParameterValue, PegboardException, PermissionDenied, StorageFull
from pegboard.validation import RESERVED_PREFIX

# EFBIG is the limit of a user (`ulimit -f`) or of the file system.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_MISPLACED = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP, errno.EXDEV)


@contextmanager
def explained(doing: str, place: str, missing: type[PegboardException]) -> Iterator[None]:
    """Raise Pegboard's error where the file system refuses what is done inside.

    Args:
        doing: What is done, such as `log to`, for the message.
        place: Where, if the error does not tell.
        missing: The error for a file that is not there, or not any more.

    Raises:
        StorageFull: The disk or quota has no room.
        PermissionDenied: Reading or writing is not allowed.
        InvalidParameterValue: The path is too long, goes through a file, or leads in a circle.
    """
    try:
        yield
    except OSError as error:
        place = _known_to_user(error) or place
        fact = f"Cannot {doing} '{place}': {error.strerror or error}."
        if error.errno in _FULL:
            raise StorageFull(f"{fact} Make room; nothing of the call was kept.") from error
        if error.errno in _DENIED:
            raise PermissionDenied(f"{fact} Change its permissions or use another place.") from error
        if error.errno == errno.ENOENT:
            raise missing(f"{fact} Check the path, and that nobody moves or deletes it meanwhile.") from error
        if error.errno in _MISPLACED:
            raise InvalidParameterValue(f"{fact} Use another path.") from error
        raise PegboardException(f"{fact} Check the disk.") from error


def _known_to_user(error: OSError) -> str:
    """Return the place that the error is about, or the folder of what is there under a reserved name."""
    places = [str(name) for name in (error.filename, error.filename2) if name]
    plain = [place for place in places if f"/{RESERVED_PREFIX}" not in place]
    return (plain or [place.partition(f"/{RESERVED_PREFIX}")[0] for place in places] or [""])[0]
