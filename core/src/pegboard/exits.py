"""What runs when a process ends, children of `multiprocessing` included, which skip `atexit`."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable

_registered: set[Callable[[], None]] = set()
os.register_at_fork(after_in_child=_registered.clear)


def at_exit(function: Callable[[], None], priority: int) -> None:
    """Run a function once when this process ends; a forked child registers anew what it needs.

    Args:
        function: What to run; it must bear being run twice.
        priority: Among children of `multiprocessing`, the higher runs first; elsewhere the last registered.
    """
    if function in _registered:
        return
    _registered.add(function)
    # A fork inherits the parent's registration; registering again moves the function to the front.
    atexit.unregister(function)
    atexit.register(function)
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, function, exitpriority=priority)
