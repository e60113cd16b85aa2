"""Notices to the user, each given once a process, on standard error through the logger `pegboard`."""

from __future__ import annotations

import logging

_given: set[str] = set()


def once(key: str, message: str) -> None:
    """Give a notice unless one with this key was given before.

    Args:
        key: What the notice is about, such as a plugin's name.
        message: What happened and what to do.
    """
    if key not in _given:
        _given.add(key)
        logging.getLogger("pegboard").warning("%s", message)
