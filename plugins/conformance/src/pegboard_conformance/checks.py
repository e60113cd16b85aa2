"""The checks that rules are written with; they work without pytest and under `python -O`.

The variable `__tracebackhide__` keeps their own frames out of pytest's tracebacks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from pegboard.errors import PegboardException

E = TypeVar("E", bound=PegboardException)


def check(condition: object, what: str) -> None:
    """Fail with `what` unless the condition is true."""
    __tracebackhide__ = True
    if not condition:
        raise AssertionError(what)


def equal(actual: object, wanted: object, what: str) -> None:
    """Fail unless both are equal; a NaN equals a NaN, also within tuples, lists and dictionaries."""
    __tracebackhide__ = True
    if not same(actual, wanted):
        raise AssertionError(f"{what}: got {_shown(actual)}, but it must be {_shown(wanted)}")


def same(one: object, other: object) -> bool:
    """Tell whether both are equal, taking NaN for equal to itself."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


def refused(
    error_class: type[E], call: Callable[..., Any], *args: Any, naming: Collection[str] = (), **kwargs: Any
) -> E:
    """Call and fail unless exactly this class of error, or a subclass with its code, is raised.

    Args:
        error_class: The error that must be raised, with the error code of the class.
        call: What is called with the other arguments.
        *args: Arguments of the call.
        naming: Texts that the message must contain.
        **kwargs: Arguments of the call.
    """
    __tracebackhide__ = True
    shown = f"{_name(call)}({', '.join(map(_shown, (*args, *kwargs.values())))})"
    try:
        result = call(*args, **kwargs)
    except error_class as error:
        check(
            error.error_code == error_class.error_code,
            f"{shown} raised the code {error.error_code}, not {error_class.error_code}",
        )
        for text in naming:
            check(text in str(error), f"the error of {shown} must name {text!r}, but says: {error}")
        return error
    except Exception as error:
        raise AssertionError(
            f"{shown} raised {type(error).__name__}: {error}; it must raise {error_class.__name__}"
        ) from error
    raise AssertionError(f"{shown} returned {_shown(result)}; it must raise {error_class.__name__}")


@contextmanager
def case(name: object) -> Iterator[None]:
    """Put the name of the case before the message of what fails within."""
    __tracebackhide__ = True
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"[{_shown(name)}] {error}") from error.__cause__
    except Exception as error:
        raise AssertionError(f"[{_shown(name)}] {type(error).__name__}: {error}") from error


def _name(call: Callable[..., Any]) -> str:
    return str(getattr(call.func if isinstance(call, partial) else call, "__name__", call))


def _shown(value: object) -> str:
    text = value if isinstance(value, str) and value.isidentifier() else repr(value)
    return text if len(text) <= 300 else f"{text[:200]}… ({len(text)} characters)"
