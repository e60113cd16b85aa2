"""The list of providers that are wrong on purpose, each with the rule that must catch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T", bound=type)


@dataclass(frozen=True)
class Wrong:
    """A wrong provider; `open` takes a URI, and `rule` is the id of the rule that it breaks."""

    rule: str
    open: Callable[[str], Any]

    def __str__(self) -> str:
        return f"{getattr(self.open, '__name__', self.open)}-{self.rule}"


WRONG: list[Wrong] = []


def breaks(*rules: str) -> Callable[[T], T]:
    """Add the class to the list, once for each rule that must catch it."""

    def add(cls: T) -> T:
        WRONG.extend(Wrong(rule, cls) for rule in rules)
        return cls

    return add
