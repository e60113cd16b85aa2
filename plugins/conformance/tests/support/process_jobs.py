"""What the tests of processes have done in fresh ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from contexts import PlainContext

from pegboard.errors import InvalidParameterValue


def answer(context: PlainContext, number: int) -> tuple[str, int]:
    if number < 0:
        raise InvalidParameterValue("too small")
    print("what is printed does not mix with the answer")
    return context.name, number


def process_id(_context: PlainContext, _: None) -> int:
    return os.getpid()


def exit_with(_context: PlainContext, code: int) -> None:
    os.write(2, b"last words")
    os._exit(code)


def tell(_context: PlainContext, count: int, acknowledge: Callable[[Any], None]) -> None:
    for number in range(count):
        acknowledge(number)


def refuse(_context: PlainContext, _: None, acknowledge: Callable[[Any], None]) -> None:
    raise InvalidParameterValue("no")
