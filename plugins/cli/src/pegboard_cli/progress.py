"""Progress on standard error while a person watches; nothing at all in a pipe."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pegboard.listing import harmless
from pegboard_cli.output import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress

#: What is done within so many seconds shows no progress.
DELAY = 0.5


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show what is under way until the block ends.

    Args:
        what: What the command does, such as `Reading runs`.
        total: How many steps there are, if that is known.

    Yields:
        The function to call with the number of steps that were done.
    """
    if not is_terminal(sys.stderr):
        yield lambda steps: None
        return
    shown = _Shown(harmless(what), total)
    timer = threading.Timer(DELAY, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield shown.advance
    finally:
        timer.cancel()
        shown.stop()


class _Shown:
    """A line of progress that a timer starts; whatever comes first, start or stop, it ends stopped."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._bar: Progress | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def start(self) -> None:
        with self._lock:
            if not self._stopped:
                self._bar = _bar(self._what, self._total, self._done)
                self._bar.start()

    def advance(self, steps: int) -> None:
        with self._lock:
            self._done += steps
            if self._bar is not None:
                what = f"{self._what}: {self._done:,}" if self._total is None else self._what
                self._bar.update(self._bar.task_ids[0], completed=self._done, description=what)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._bar is not None:
                self._bar.stop()


def _bar(what: str, total: int | None, done: int) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns: list[ProgressColumn] = [SpinnerColumn(), TextColumn("{task.description}", markup=False)]
    if total is not None:
        columns += [BarColumn(), MofNCompleteColumn()]
    bar = Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True, redirect_stdout=False
    )
    bar.add_task(what, total=total, completed=done)
    return bar
