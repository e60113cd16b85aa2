"""Fresh processes for rules about several openers and about death: started here, and their own main program.

A process is told over pipes what to call. It opens its provider, says that it is ready, waits for the word
to go, and answers; so all start at the same moment and none sleeps.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, cast

from pegboard_conformance.place import Place

_READY, _RESULT, _ERROR, _ACKNOWLEDGED = "ready", "result", "error", "acknowledged"
#: After how many seconds without an end a process is taken for hung and killed.
_DEADLINE = 120.0
_MAIN = "import pickle,sys; sys.path[:]=pickle.load(sys.stdin.buffer); from {} import main; main()"


class ProcessDied(Exception):
    """A process ended without an answer; the message has its exit code and what it printed."""


class _Child:
    def __init__(self, place: Place, function: Callable[..., Any], argument: Any, dying: bool) -> None:
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115 (closed in end)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _MAIN.format(__name__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.printed,
        )
        self.deadline = threading.Timer(_DEADLINE, self.process.kill)
        self.deadline.daemon = True
        self.deadline.start()
        self.stdin = cast(BinaryIO, self.process.stdin)
        self.stdout = cast(BinaryIO, self.process.stdout)
        # The path goes first: what follows may need it to be unpickled.
        pickle.dump(sys.path, self.stdin)
        pickle.dump((place, function, argument, dying), self.stdin)
        self.stdin.flush()

    def receive(self) -> tuple[str, Any]:
        try:
            return cast("tuple[str, Any]", pickle.load(self.stdout))  # noqa: S301 (from our own child)
        except EOFError:
            code = self.process.wait()
            self.printed.seek(0)
            printed = self.printed.read().decode(errors="replace")
            raise ProcessDied(f"the process ended with {code}: {printed[-2000:]}") from None

    def go(self) -> None:
        self.stdin.write(b"go\n")
        self.stdin.flush()

    def result(self) -> Any:
        try:
            return self.receive()[1]
        except ProcessDied as error:
            return error

    def end(self) -> None:
        self.deadline.cancel()
        self.process.kill()
        self.process.wait()
        for stream in (self.stdin, self.stdout, self.printed):
            with suppress(BrokenPipeError):
                stream.close()


def run(place: Place, function: Callable[..., Any], arguments: Sequence[Any]) -> list[Any]:
    """Call `function(provider, argument)` in one process for each argument, all at once."""
    children = [_Child(place, function, argument, False) for argument in arguments]
    try:
        for child in children:
            kind, error = child.receive()
            if kind != _READY:
                raise error
        for child in children:
            child.go()
        return [child.result() for child in children]
    finally:
        for child in children:
            child.end()


def run_and_kill(place: Place, function: Callable[..., Any], argument: Any, kill_after: int) -> list[Any]:
    """Call `function(provider, argument, acknowledge)` in a process that a signal ends."""
    child = _Child(place, function, argument, True)
    acknowledged: list[Any] = []
    try:
        kind, value = child.receive()
        if kind != _READY:
            raise value
        child.go()
        while True:
            try:
                kind, value = child.receive()
            except ProcessDied:
                if child.process.returncode >= 0:
                    raise
                return acknowledged
            if kind == _ERROR:
                raise value
            acknowledged.append(value)
            if len(acknowledged) == kill_after:
                child.process.kill()
    finally:
        child.end()


def main() -> None:
    """Be such a process: read what to do from standard input, answer on standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a provider prints must not mix with the answers

    def answer(kind: str, value: Any = None) -> None:
        answers.write(pickle.dumps((kind, value)))
        answers.flush()

    try:
        place, function, argument, dying = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our parent)
        provider = place.open()
        answer(_READY)
        if not sys.stdin.buffer.readline():
            return
        if dying:
            function(provider, argument, lambda value: answer(_ACKNOWLEDGED, value))
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(provider, argument)
        provider.close()
        answer(_RESULT, result)
    except Exception as error:
        answer(_ERROR, error)
