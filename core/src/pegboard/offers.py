"""One scan of installed metadata into offers: what plugins there are, without importing one.

A distribution whose metadata cannot be read is an outcome with an error, never an exception.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import importlib_metadata

from pegboard.kinds import GROUP_PREFIX


@dataclass(frozen=True, slots=True, eq=False)
class Plugin:
    """A distribution that registers entry points under Pegboard's groups.

    Args:
        distribution: Its name, as its metadata spells it.
        headers: The headers of its metadata by lower-case name.
        error: What is wrong with its metadata, if anything is.
    """

    distribution: str
    headers: Mapping[str, list[str]]
    error: str | None = None
    offers: list[Offer] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The distribution's normalized name, by which names are compared."""
        return normalized(self.distribution)

    @property
    def version(self) -> str:
        """The version, or `unknown`."""
        return self._field("version") or "unknown"

    @property
    def summary(self) -> str:
        """The one-line description, or nothing."""
        return " ".join((self._field("summary") or "").split())

    @property
    def requirements(self) -> list[str]:
        """The requirements, as the metadata states them."""
        return self.headers.get("requires-dist", [])

    def _field(self, name: str) -> str | None:
        values = self.headers.get(name)
        return values[0] if values else None

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """What metadata alone tells of a provider, a kind or a command.

    Args:
        group: The entry-point group, such as `pegboard.tracking_store`.
        name: The scheme or name, as registered.
        entry_point: The entry point itself.
        plugin: The distribution that registers it.
    """

    group: str
    name: str
    entry_point: importlib_metadata.EntryPoint
    plugin: Plugin

    @property
    def kind(self) -> str:
        """The kind's name: the group without its prefix."""
        return self.group.removeprefix(GROUP_PREFIX)

    @property
    def target(self) -> str:
        """What the entry point names: a module, or a module and an attribute."""
        return self.entry_point.value

    def __str__(self) -> str:
        return f"{self.kind} '{self.name}' of {self.plugin}"


def normalized(name: str) -> str:
    """Return a distribution's name as names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


_lock = threading.Lock()
_plugins: list[Plugin] | None = None
_scanned_path: tuple[Any, ...] | None = None


def plugins(rescan: bool = False) -> list[Plugin]:
    """Return all plugins, ordered by name, scanned once a process.

    Args:
        rescan: Scan again if `sys.path` or its folders changed since, as after an install from a notebook.
    """
    global _plugins, _scanned_path
    with _lock:
        if _plugins is None or (rescan and _scanned_path != _path_state()):
            _scanned_path = _path_state()
            _plugins = sorted(_scan(), key=lambda plugin: plugin.key)
        return _plugins


def offers(group: str, rescan: bool = False) -> list[Offer]:
    """Return the offers of an entry-point group, ordered by name, then distribution."""
    found = [offer for plugin in plugins(rescan) for offer in plugin.offers if offer.group == group]
    return sorted(found, key=lambda offer: (offer.name, offer.plugin.key))


def _path_state() -> tuple[Any, ...]:
    states = []
    for folder in sys.path:
        try:
            states.append((folder, os.stat(folder or ".").st_mtime_ns))
        except OSError:
            states.append((folder, 0))
    return tuple(states)


def _scan() -> Iterator[Plugin]:
    seen: set[str] = set()
    for candidate in importlib_metadata.distributions():
        error: str | None = None
        headers: dict[str, list[str]] = {}
        try:
            text = candidate.read_text("entry_points.txt")
            # Parsing is what costs, and of some hundred distributions few are plugins.
            if not text or GROUP_PREFIX not in text:
                continue
            headers = _headers(candidate)
            name = headers.get("name", [""])[0] or _folder_name(candidate)
        except Exception as problem:  # a broken distribution is a row in the listing
            name, error = _folder_name(candidate), f"its metadata cannot be read: {problem!r}"
        if normalized(name) in seen:
            continue
        seen.add(normalized(name))
        if error is not None:
            yield Plugin(name, headers, error)
            continue
        # The first of a name on the path is what imports find; it may be another one than the candidate.
        first = _first_on_path(name, candidate)
        yield from _read(name, first, headers if first is candidate else {})


def _headers(distribution: Any) -> dict[str, list[str]]:
    """Return the headers of a distribution's metadata by lower-case name, values unfolded.

    The parser of `email`, whose form it is, would cost a sixth of the time of `pegboard --help`.
    """
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    headers: dict[str, list[str]] = {}
    values: list[str] = []
    for line in text.splitlines():
        if not line.strip():
            break  # the long description follows
        if line[0] in " \t" and values:
            values[-1] += " " + line.strip()
            continue
        name, _, value = line.partition(":")
        values = headers.setdefault(name.strip().lower(), [])
        values.append(value.strip())
    return headers


def _first_on_path(name: str, candidate: Any) -> Any:
    try:
        first = importlib_metadata.distribution(name)
        return candidate if first.locate_file("") == candidate.locate_file("") else first
    except Exception:  # absent by that name or broken: the candidate speaks for itself
        return candidate


def _read(name: str, distribution: Any, headers: dict[str, list[str]]) -> Iterator[Plugin]:
    try:
        headers = headers or _headers(distribution)
        points = [point for point in distribution.entry_points if point.group.startswith(GROUP_PREFIX)]
    except Exception as problem:  # as in the scan
        yield Plugin(name, headers, f"its metadata cannot be read: {problem!r}")
        return
    if not points:
        return
    plugin = Plugin(name, headers)
    plugin.offers.extend(Offer(point.group, point.name, point, plugin) for point in points)
    yield plugin


def _folder_name(distribution: Any) -> str:
    path = str(getattr(distribution, "_path", "") or "unknown")
    return os.path.basename(path).removesuffix(".dist-info").removesuffix(".egg-info").partition("-")[0]
