"""How much the rules with random programs try: the one setting of this package."""

from __future__ import annotations

from pegboard.settings import Setting


def _scale(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("it must be a whole number from 1 up")
    return int(text)


SCALE = Setting[int](
    "conformance_scale", _scale, 1, "How many times as many random programs the conformance suites try."
)
