"""The history of a metric: a set of points in one order, used by every store that keeps points as lines."""

from __future__ import annotations

import base64
import json
import math
import operator
from collections.abc import Iterable

from pegboard.entities import Metric, PagedList
from pegboard.errors import InvalidParameterValue
from pegboard.validation import check_integer

PointKey = tuple[int, int, bool, float]


def key(metric: Metric) -> PointKey:
    """Return what orders and identifies a point within its metric; all NaNs are one value, the lowest."""
    value = metric.value
    if math.isnan(value):
        return (metric.step, metric.timestamp, False, 0.0)
    return (metric.step, metric.timestamp, True, value)


def collapse(metrics: Iterable[Metric]) -> list[Metric]:
    """Return the points of one metric without repeats, ordered by step, timestamp and value."""
    points: dict[PointKey, Metric] = {}
    for metric in metrics:
        points.setdefault(key(metric), metric)
    return [points[point] for point in sorted(points)]


def latest(metrics: Iterable[Metric]) -> Metric:
    """Return the last point of a metric in its order.

    Raises:
        ValueError: There is no point.
    """
    return max(metrics, key=key)


def page(metrics: Iterable[Metric], max_results: int | None, page_token: str | None) -> PagedList[Metric]:
    """Return the page behind a token of the collapsed history of one metric.

    Args:
        metrics: All points, in any order, repeats included.
        max_results: The size of the page; None for all.
        page_token: The token of the page before; None or empty for the first.

    Raises:
        InvalidParameterValue: The size or the token is wrong.
    """
    points = list(metrics)
    if not _is_rising(points):
        points = collapse(points)
    if page_token:
        after = decode_token(page_token)
        points = [point for point in points if key(point) > after]
    if max_results is None or len(points) <= check_integer("max_results", max_results, 1):
        return PagedList(points)
    return PagedList(points[:max_results], encode_token(points[max_results - 1]))


def _is_rising(points: list[Metric]) -> bool:
    """Tell whether each point has a higher step than the one before, as those of nearly all metrics have."""
    steps = [point.step for point in points]
    return all(map(operator.lt, steps, steps[1:]))


def encode_token(last: Metric) -> str:
    """Return the token that points behind a point."""
    return base64.urlsafe_b64encode(json.dumps(key(last)).encode()).decode()


def decode_token(token: str) -> PointKey:
    """Return the key of the point that a token points behind.

    Raises:
        InvalidParameterValue: The text is no token.
    """
    try:
        step, timestamp, is_number, value = json.loads(base64.urlsafe_b64decode(token.encode()))
        if not (type(step) is type(timestamp) is int and type(is_number) is bool and type(value) is float):
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise InvalidParameterValue(
            f"{token!r} is no page token of a metric history. Pass the token of the page before, or none."
        ) from None
    return (step, timestamp, is_number, value)
