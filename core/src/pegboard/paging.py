"""Order and pages: tokens that point at the last row seen, so that rows made meanwhile move nothing.

Used by stores that order in Python; stores that order elsewhere use the tokens alone.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pegboard.entities import PagedList
from pegboard.errors import InvalidParameterValue
from pegboard.search import OrderBy, Target, parse_order_by
from pegboard.validation import check_page_size

T = TypeVar("T")

#: The most results that one page of a search may have.
MAX_RESULTS = 50_000

_VALUE, _NAN, _MISSING = 0, 1, 2


class _Descending:
    """A value that orders the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and bool(other.value == self.value)

    __hash__ = None  # type: ignore[assignment]


def sort_key(orders: Sequence[OrderBy], values: Sequence[Any]) -> tuple[Any, ...]:
    """Return what a row sorts by: values, then NaN, then missing ones, in both directions.

    Args:
        orders: The columns of the order.
        values: The row's value of each column; None where it has none.
    """
    key: list[Any] = []
    for order, value in zip(orders, values, strict=True):
        if value is None:
            key += (_MISSING, 0)
        elif value != value:
            key += (_NAN, 0)
        elif order.ascending:
            key += (_VALUE, value)
        elif order.column.type == "number":
            key += (_VALUE, -value)
        else:
            key += (_VALUE, _Descending(value))
    return tuple(key)


def encode_token(orders: Sequence[OrderBy], values: Sequence[Any]) -> str:
    """Return the token that points behind the row with these values of the order's columns."""
    text = json.dumps([_fingerprint(orders), *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def decode_token(orders: Sequence[OrderBy], token: str) -> list[Any]:
    """Return the values of the order's columns that a token holds.

    Raises:
        InvalidParameterValue: The text is no token, or one of another order.
    """
    values: list[Any] = []
    try:
        fingerprint, *values = json.loads(base64.urlsafe_b64decode(token.encode()))
        fits = fingerprint == _fingerprint(orders) and all(map(_fits, orders, values))
    except (ValueError, TypeError, AttributeError, RecursionError):
        fits = False
    if not fits or len(values) != len(orders):
        raise InvalidParameterValue(
            f"{token!r} is no page token of this search. Pass the token of the page before, with the same "
            "order, or none for the first page."
        )
    return values


def _fits(order: OrderBy, value: Any) -> bool:
    return value is None or isinstance(value, str if order.column.type == "text" else (int, float))


def _fingerprint(orders: Sequence[OrderBy]) -> str:
    text = "\n".join(f"{order.column} {order.ascending}" for order in orders)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def page(
    rows: Iterable[T],
    order_by: Sequence[str] | None,
    max_results: int,
    page_token: str | None,
    target: Target,
) -> PagedList[T]:
    """Order rows and return the page behind a token.

    Args:
        rows: All rows that match.
        order_by: Columns as for `search.parse_order_by`.
        max_results: The size of the page, 1 to 50,000.
        page_token: The token of the page before; None or empty for the first.
        target: What the rows are.

    Raises:
        InvalidParameterValue: An order-by column, the size or the token is wrong.
    """
    size = check_page_size(max_results, MAX_RESULTS)
    orders = parse_order_by(order_by, target)

    def values(row: T) -> list[Any]:
        return [target.value(row, order.column) for order in orders]

    after = sort_key(orders, decode_token(orders, page_token)) if page_token else None
    keyed = ((sort_key(orders, values(row)), row) for row in rows)
    if after is not None:
        keyed = ((key, row) for key, row in keyed if key > after)
    found = heapq.nsmallest(size + 1, keyed, key=lambda pair: pair[0])
    items = [row for _, row in found[:size]]
    return PagedList(items, encode_token(orders, values(items[-1])) if len(found) > size else None)
