"""What the host keeps while somebody's code loads: its standard output, folder and signal handlers."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from pegboard import notices

#: After how many seconds a load says which plugin is loading.
SLOW_SECONDS = 3.0

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_loading = threading.local()
_redirect_lock = threading.Lock()
_redirected = 0


class _StdoutOfLoaders:
    """Standard output that sends what loading threads write to standard error, and the rest where it was."""

    def __init__(self, original: TextIO) -> None:
        self.original = original

    def write(self, text: str) -> int:
        return self._stream().write(text)

    def flush(self) -> None:
        self._stream().flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream(), name)

    def _stream(self) -> TextIO:
        return sys.stderr if getattr(_loading, "depth", 0) else self.original


def reset_after_fork() -> None:
    """Forget the redirections of the parent's threads, which the child does not have."""
    global _redirect_lock, _redirected
    _redirect_lock, _redirected = threading.Lock(), 0
    _loading.depth = 0
    if isinstance(sys.stdout, _StdoutOfLoaders):
        sys.stdout = sys.stdout.original


@contextmanager
def contained(plugin: str) -> Iterator[None]:
    """Run somebody's code at load: prints go to standard error, and what it changed of the host is put back.

    Args:
        plugin: The plugin's name and version, for notices; within another load, that one's are given.
    """
    if getattr(_loading, "depth", 0):
        yield
        return
    slow = threading.Timer(SLOW_SECONDS, _tell_slow, [plugin])
    slow.daemon = True
    slow.start()
    before = _host_state()
    try:
        with _prints_to_stderr():
            yield
    except KeyboardInterrupt:
        notices.once(f"interrupted:{plugin}", f"Interrupted while the plugin {plugin} was loading.")
        raise
    finally:
        slow.cancel()
        _put_back(before, plugin)


def _tell_slow(plugin: str) -> None:
    notices.once(
        f"slow:{plugin}",
        f"Still loading the plugin {plugin} after {SLOW_SECONDS:g} s. If it never ends, press Ctrl-C and set "
        f"PEGBOARD_DISABLE_PLUGINS={plugin.partition(' ')[0]}.",
    )


@contextmanager
def _prints_to_stderr() -> Iterator[None]:
    global _redirected
    _loading.depth = getattr(_loading, "depth", 0) + 1
    with _redirect_lock:
        _redirected += 1
        if not isinstance(sys.stdout, _StdoutOfLoaders) and sys.stdout is not None:
            sys.stdout = _StdoutOfLoaders(sys.stdout)
    try:
        yield
    finally:
        _loading.depth -= 1
        with _redirect_lock:
            _redirected -= 1
            if not _redirected and isinstance(sys.stdout, _StdoutOfLoaders):
                sys.stdout = sys.stdout.original


def _host_state() -> tuple[str | None, dict[int, Any]]:
    folder = None
    with suppress(OSError):
        folder = os.getcwd()
    return folder, {number: signal.getsignal(number) for number in _SIGNALS}


def _put_back(before: tuple[str | None, dict[int, Any]], plugin: str) -> None:
    folder, handlers = before
    changed = []
    with suppress(OSError):
        if folder is not None and os.getcwd() != folder:
            os.chdir(folder)
            changed.append("the working directory")
    for number, handler in handlers.items():
        # A handler that C code set shows as None and cannot be put back from here.
        if handler is not None and signal.getsignal(number) != handler:
            with suppress(ValueError):  # only the main thread may set one, and only it can have changed one
                signal.signal(number, handler)
                changed.append(f"the handler of {signal.Signals(number).name}")
    if changed:
        notices.once(
            f"changed:{plugin}",
            f"The plugin {plugin} changed {' and '.join(changed)} while it loaded; Pegboard put it back. "
            "Tell the plugin's authors.",
        )
