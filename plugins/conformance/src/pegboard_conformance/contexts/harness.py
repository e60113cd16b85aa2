"""What the tests of run-context rules are given: the context, and a watch over what it does."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from pegboard.contracts import RunContext
from pegboard_conformance.harness import Harness
from pegboard_conformance.rules import NotApplicable

#: The events of Python's audit hooks that cost milliseconds or more, each with a word for it.
COSTLY_EVENTS = {
    "subprocess.Popen": "programs started",
    "os.posix_spawn": "programs started",
    "os.spawn": "programs started",
    "os.system": "programs started",
    "os.fork": "forks",
    "os.forkpty": "forks",
    "socket.connect": "connections",
    "socket.getaddrinfo": "names looked up",
    "socket.gethostbyname": "names looked up",
}

_counter: Counter[str] | None = None
_hooked = threading.Lock()
_is_hooked = False


class ContextHarness(Harness):
    """The harness of run-context rules."""

    @property
    def context(self) -> RunContext:
        """The context under test."""
        return cast(RunContext, self.provider)

    def tags(self) -> dict[str, str]:
        """Return the context's tags.

        Raises:
            NotApplicable: The context does not apply here, so nobody asks it for tags.
        """
        if not self.context.in_context():
            raise NotApplicable("the context does not apply in these surroundings")
        return self.context.tags()


def both(h: ContextHarness) -> None:
    """Do what the kernel does with a context: ask whether it applies and, if so, for its tags."""
    if h.context.in_context():
        h.context.tags()


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the costly events of this process while the block runs."""
    global _counter, _is_hooked
    with _hooked:
        if not _is_hooked:
            sys.addaudithook(_hook)  # there is no way to remove one; it is idle outside of the block
            _is_hooked = True
    counter: Counter[str] = Counter()
    _counter = counter
    try:
        yield counter
    finally:
        _counter = None


def _hook(event: str, _: tuple[Any, ...]) -> None:
    if _counter is not None and event in COSTLY_EVENTS:
        _counter[COSTLY_EVENTS[event]] += 1


def surroundings() -> dict[str, Any]:
    """Return what belongs to the user's process and a context leaves as it is."""
    mask = os.umask(0o022)
    os.umask(mask)
    handlers: dict[str, Callable[..., Any] | int | None] = {
        each.name: signal.getsignal(each)
        for each in signal.valid_signals()
        if isinstance(each, signal.Signals)
    }
    return {
        "working folder": os.getcwd(),
        "environment": dict(os.environ),
        "signal handlers": handlers,
        "module search path": list(sys.path),
        "arguments": list(sys.argv),
        "umask": mask,
        "exception hook": sys.excepthook,
        "standard streams": (sys.stdin, sys.stdout, sys.stderr),
    }
