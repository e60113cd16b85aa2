"""What a rule is, and how the modules of a suite list theirs; read by both front ends and the reference."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of a contract and the test that enforces it.

    Args:
        id: The kind and the rule's name, such as `tracking-store/param-written-once`.
        kind: The kind whose providers keep the rule.
        sentence: What the contract says.
        test: Called with the kind's harness; raises AssertionError, or whatever, if the rule is broken.
        needs: The capability flag without which the rule does not apply.
        lacks: The capability flag with which the rule does not apply: it says what happens without.
    """

    id: str
    kind: str
    sentence: str
    test: Callable[[Any], None]
    needs: str | None = None
    lacks: str | None = None

    def not_applicable(self, capabilities: frozenset[str]) -> str | None:
        """Return why the rule does not apply to a provider with these flags, or None if it does."""
        if self.needs is not None and self.needs not in capabilities:
            return f"needs the capability '{self.needs}', which the provider does not declare"
        if self.lacks is not None and self.lacks in capabilities:
            return f"is for providers without the capability '{self.lacks}', which this one declares"
        return None


def explained(error: BaseException) -> str:
    """Return the message of what a test raised, with the notes that were added to it."""
    return "\n".join([str(error), *getattr(error, "__notes__", ())])


class NotApplicable(Exception):
    """Raised by a rule's test that cannot be tried in this place; the message says why."""


class Rules(list[Rule], Generic[H]):
    """A list of rules of one kind, filled by decorating the tests.

    The function's name becomes the rule's name, its docstring the sentence.

    Args:
        kind: The kind of the rules.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    @overload
    def __call__(self, test: Callable[[H], None]) -> Callable[[H], None]: ...

    @overload
    def __call__(
        self, *, needs: str | None = None, lacks: str | None = None
    ) -> Callable[[Callable[[H], None]], Callable[[H], None]]: ...

    def __call__(
        self,
        test: Callable[[H], None] | None = None,
        *,
        needs: str | None = None,
        lacks: str | None = None,
    ) -> Any:
        """Add a test as a rule, with the flag that it needs or is for the lack of."""

        def add(test: Callable[[H], None]) -> Callable[[H], None]:
            name = f"{self.kind}/{test.__name__}".replace("_", "-")
            sentence = " ".join((inspect.getdoc(test) or name).split())
            self.append(Rule(name, self.kind, sentence, test, needs, lacks))
            return test

        return add if test is None else add(test)
