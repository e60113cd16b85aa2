"""Asks the git program for what is not simple to read: settings, and whether files changed.

The git context calls it. It never waits long, and no repository can make it run a program: hooks, the file
system monitor, content filters, submodules and fetching of missing objects are all off.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass

from pegboard_git.checkout import Head
from pegboard_git.urls import without_secrets

_SECONDS = 0.5
_MOST_FILTERS = 50
_BRANCHES = "refs/heads/"

# Variables of a surrounding git (we may run in a hook) would speak of another repository; these do not.
_KEPT = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"})
_SET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # older versions: no protocol may fetch
    "GIT_TERMINAL_PROMPT": "0",
}
_PLAIN = ("-c", "core.fsmonitor=", "-c", f"core.hooksPath={os.devnull}")
_STATUS = (
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--untracked-files=no",
    "--ignore-submodules=dirty",
    "--no-renames",
    "--no-ahead-behind",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The remote's URL without secrets, and whether tracked files differ from the commit; None is unknown."""

    url: str | None = None
    dirty: bool | None = None


def ask(folder: str) -> Answer:
    """Return what the git program tells about the working copy at `folder` within half a second.

    Nothing is known where the program is missing, or refuses because the repository is another user's.
    """
    end = time.monotonic() + _SECONDS
    output = _run(folder, end, "config", "-z", "--get-regexp", r"^(remote\..*\.url|filter\..*)$")
    if output is None:
        return Answer()
    settings = [entry.partition(b"\n")[::2] for entry in output.split(b"\0") if entry]
    return Answer(_url(settings), _dirty(folder, end, [key for key, _ in settings]))


def head_of(folder: str) -> Head:
    """Return what is checked out in the working copy at `folder`, however its refs are kept."""
    end = time.monotonic() + _SECONDS
    output = _run(folder, end, "rev-parse", "HEAD", "--symbolic-full-name", "HEAD") or b""
    commit, _, ref = output.decode("utf-8", "replace").strip().partition("\n")
    return Head(commit or None, ref.removeprefix(_BRANCHES) if ref.startswith(_BRANCHES) else None)


def _url(settings: list[tuple[bytes, bytes]]) -> str | None:
    urls = [(key, value) for key, value in settings if key.startswith(b"remote.")]
    origin = [pair for pair in urls if pair[0] == b"remote.origin.url"]
    for _, value in origin or urls:
        return without_secrets(value.decode("utf-8", "replace"))
    return None


def _dirty(folder: str, end: float, keys: list[bytes]) -> bool | None:
    without_filters = _without_filters(keys)
    if without_filters is None:
        return None
    output = _run(folder, end, *without_filters, *_STATUS)
    # The header proves that the program ended well, whatever became of its exit status.
    if output is None or not output.startswith(b"# branch.oid"):
        return None
    return any(line and not line.startswith(b"# ") for line in output.split(b"\0"))


def _without_filters(keys: list[bytes]) -> list[str] | None:
    """Return the options that turn all configured content filters off, or None if that cannot be done."""
    names = {match[1] for key in keys if (match := re.fullmatch(rb"filter\.(.*)\.[^.]*", key, re.DOTALL))}
    if len(names) > _MOST_FILTERS or any(b"=" in name for name in names):
        return None
    options = []
    for name in map(os.fsdecode, names):
        for setting in ("clean=", "process=", "required=false"):
            options += ["-c", f"filter.{name}.{setting}"]
    return options


def _run(folder: str, end: float, *arguments: str) -> bytes | None:
    """Return what the git program writes, or None if it fails or is not done by the monotonic time `end`."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT
    }
    try:
        done = subprocess.run(
            ["git", "-C", folder, *_PLAIN, *arguments],
            env=environment | _SET,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=max(0.0, end - time.monotonic()),
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    # `git config` ends with 1 where nothing matches.
    return done.stdout if done.returncode in (0, 1) else None
