"""What a rule's test is given: providers of one place, threads and fresh processes that start at once."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pegboard_conformance import processes
from pegboard_conformance.place import Place

#: How many threads and processes the rules about them start.
THREADS = 8
PROCESSES = 3

T = TypeVar("T")
A = TypeVar("A")


class Harness:
    """The surroundings of one rule. Use as a context manager; its end closes what was opened.

    A place may be used by several rules one after the other: a rule makes what it needs under names of its
    own and expects no emptiness.

    Args:
        place: Where the provider under test lives.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._ends = ExitStack()
        self._provider: Any = None
        self._scratch: Path | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    @property
    def provider(self) -> Any:
        """The rule's own provider, opened when first used."""
        with self._lock:
            if self._provider is None:
                self._provider = self.open()
            return self._provider

    def open(self) -> Any:
        """Return a further provider for the same place."""
        provider = self.place.open()
        self._ends.callback(provider.close)
        return provider

    def reopen(self) -> Any:
        """Close the rule's provider and return a new one, which takes its place."""
        self.provider.close()
        self._provider = self.open()
        return self._provider

    @property
    def scratch(self) -> Path:
        """An empty folder of the rule, removed at its end."""
        with self._lock:
            if self._scratch is None:
                folder = self._ends.enter_context(tempfile.TemporaryDirectory(prefix="conformance-"))
                self._scratch = Path(folder)
            return self._scratch

    def name(self, text: str = "name") -> str:
        """Return a name that nothing else has."""
        return f"{text}-{uuid.uuid4().hex[:12]}"

    @contextmanager
    def variables(self, **values: str | None) -> Iterator[None]:
        """Set environment variables for a while; None unsets one."""
        before = {name: os.environ.get(name) for name in values}
        _set_variables(values)
        try:
            yield
        finally:
            _set_variables(before)

    @contextmanager
    def logged(self) -> Iterator[list[str]]:
        """Collect the warnings that Pegboard logs meanwhile."""
        lines: list[str] = []
        handler = _Collector(lines)
        logger = logging.getLogger("pegboard")
        logger.addHandler(handler)
        try:
            yield lines
        finally:
            logger.removeHandler(handler)

    def in_threads(self, function: Callable[[A], T], arguments: Sequence[A]) -> list[T | Exception]:
        """Call the function with each argument in a thread of its own, all at once.

        Returns:
            For each argument what the call returned, or the exception that it raised.
        """
        barrier = threading.Barrier(len(arguments))
        results: list[Any] = [None] * len(arguments)

        def run(index: int) -> None:
            barrier.wait()
            try:
                results[index] = function(arguments[index])
            except Exception as error:
                results[index] = error

        threads = [threading.Thread(target=run, args=(index,)) for index in range(len(arguments))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def in_processes(self, function: Callable[[Any, A], T], arguments: Sequence[A]) -> list[T | Exception]:
        """Call the function with a provider of its own and an argument in fresh processes, all at once.

        Args:
            function: A function at the top of a module.
            arguments: One for each process; they and the results are pickled.

        Returns:
            For each argument what the call returned, or the exception that it raised.
        """
        return processes.run(self.place, function, arguments)

    def all_in_threads(self, function: Callable[[A], T], arguments: Sequence[A]) -> list[T]:
        """Do as `in_threads`, but raise the first exception of a call."""
        return _all(self.in_threads(function, arguments))

    def all_in_processes(self, function: Callable[[Any, A], T], arguments: Sequence[A]) -> list[T]:
        """Do as `in_processes`, but raise the first exception of a call."""
        return _all(self.in_processes(function, arguments))

    def in_dying_process(
        self, function: Callable[[Any, A, Callable[[Any], None]], None], argument: A, kill_after: int = 0
    ) -> list[Any]:
        """Call the function with a provider, the argument and `acknowledge` in a process that is then killed.

        The process gets SIGKILL when the function returns, or after `kill_after` acknowledgements, unless
        the function brings another death about.

        Returns:
            What the function acknowledged.
        """
        return processes.run_and_kill(self.place, function, argument, kill_after)


class _Collector(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _all(results: Sequence[T | Exception]) -> list[T]:
    values = []
    for result in results:
        if isinstance(result, Exception):
            raise result
        values.append(result)
    return values


def _set_variables(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
