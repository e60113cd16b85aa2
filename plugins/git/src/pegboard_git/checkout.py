"""Reads a repository's place and HEAD from its files, which takes microseconds and runs nothing.

The layout is that of gitrepository-layout(5) and git-worktree(1); the git context calls it.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass

_HEX = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# What git-check-ref-format(1) allows, as far as a name could otherwise mislead a path or a reader.
_REF = re.compile(rb"ref:\s*(refs/[^\x00-\x20\x7f~^:?*\[\\]+)")
_BRANCHES = b"refs/heads/"
_LINKS = 5
_SMALL = 1 << 13
_LARGE = 1 << 27


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working copy: its top folder, its own git folder, and the one that it shares with other worktrees."""

    folder: str
    git_folder: str
    common_folder: str


@dataclass(frozen=True, slots=True)
class Head:
    """What is checked out: a commit, unless there is none yet, and a branch, unless HEAD is detached."""

    commit: str | None = None
    branch: str | None = None


def find(folder: str) -> Checkout | None:
    """Return the working copy that the absolute path of a folder lies in, or None."""
    while True:
        git_folder = _git_folder(folder)
        if git_folder is not None:
            shared = os.fsdecode(_content(os.path.join(git_folder, "commondir"), _SMALL).strip())
            return Checkout(folder, git_folder, os.path.normpath(os.path.join(git_folder, shared)))
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _git_folder(folder: str) -> str | None:
    place = os.path.join(folder, ".git")
    if not os.path.isdir(place):
        # Worktrees and submodules have a file that names the folder.
        mark, _, target = _content(place, _SMALL).partition(b"gitdir:")
        if mark or not target.strip() or b"\0" in target:
            return None
        place = os.path.join(folder, os.fsdecode(target.strip()))
    head = _content(os.path.join(place, "HEAD"), _SMALL).strip()
    return place if _HEX.fullmatch(head) or _REF.fullmatch(head) else None


def head_of(checkout: Checkout) -> Head | None:
    """Return what is checked out, or None where refs are not kept in files."""
    if os.path.isdir(os.path.join(checkout.common_folder, "reftable")):
        return None
    value = _content(os.path.join(checkout.git_folder, "HEAD"), _SMALL).strip()
    branch = None
    for _ in range(_LINKS):
        match = _REF.fullmatch(value)
        if match is None:
            break
        ref = match[1]
        if branch is None and ref.startswith(_BRANCHES):
            branch = ref.removeprefix(_BRANCHES).decode("utf-8", "replace")
        value = _value(checkout, ref)
    commit = value.decode() if _HEX.fullmatch(value) else None
    return Head(commit, branch)


def _value(checkout: Checkout, ref: bytes) -> bytes:
    if b".." in ref:
        return b""
    for folder in (checkout.git_folder, checkout.common_folder):
        value = _content(os.path.join(folder, os.fsdecode(ref)), _SMALL).strip()
        if value:
            return value
    packed = _content(os.path.join(checkout.common_folder, "packed-refs"), _LARGE)
    end = packed.find(b" " + ref + b"\n")
    return packed[packed.rfind(b"\n", 0, end) + 1 : end] if end >= 0 else b""


def _content(path: str, limit: int) -> bytes:
    """Return what a file holds, up to `limit` bytes; nothing if it is not there or is no file."""
    try:
        # A pipe in the place of a file must not block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    try:
        status = os.fstat(descriptor)
        return os.read(descriptor, min(limit, status.st_size)) if stat.S_ISREG(status.st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)
