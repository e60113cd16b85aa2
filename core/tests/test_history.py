"""The history of a metric: a set of points in one order, in pages whose tokens survive new points."""

from __future__ import annotations

import base64
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard import history
from pegboard.entities import Metric
from pegboard.errors import InvalidParameterValue

points = st.builds(
    Metric,
    key=st.just("m"),
    value=st.one_of(st.floats(), st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, -math.inf])),
    timestamp=st.integers(0, 3),
    step=st.one_of(st.integers(-2, 2), st.sampled_from([2**63 - 1, -(2**63)])),
)
histories = st.lists(points, max_size=30)


def keys(metrics: list[Metric]) -> list[history.PointKey]:
    return [history.key(metric) for metric in metrics]


def test_the_order_is_step_timestamp_value_with_nan_lowest() -> None:
    ordered = [
        Metric("m", 5.0, 9, -1),
        Metric("m", math.nan, 1, 0),
        Metric("m", -math.inf, 1, 0),
        Metric("m", 0.0, 1, 0),
        Metric("m", math.inf, 1, 0),
        Metric("m", math.nan, 2, 0),
        Metric("m", 0.0, 0, 1),
    ]
    assert history.collapse(reversed(ordered)) == ordered
    assert history.latest(ordered) == ordered[-1]
    with pytest.raises(ValueError, match="empty"):
        history.latest([])


@given(histories)
def test_collapsing_makes_an_ordered_set(metrics: list[Metric]) -> None:
    collapsed = keys(history.collapse(metrics))
    assert collapsed == sorted(set(keys(metrics)))
    assert keys(history.collapse(metrics + metrics)) == collapsed
    if metrics:
        assert history.key(history.latest(metrics)) == collapsed[-1]


@given(histories, st.integers(1, 8))
def test_pages_one_behind_the_other_are_the_history(metrics: list[Metric], size: int) -> None:
    found: list[Metric] = []
    token = None
    while True:
        page = history.page(metrics, size, token)
        assert len(page) <= size
        found += page
        token = page.token
        if token is None:
            break
        assert len(page) == size
    assert keys(found) == keys(history.collapse(metrics))


@given(histories.filter(bool), histories, st.integers(1, 8))
def test_points_logged_meanwhile_neither_repeat_nor_hide_others(
    metrics: list[Metric], new: list[Metric], size: int
) -> None:
    first = history.page(metrics, size, None)
    rest = history.page(metrics + new, None, first.token) if first.token else []
    seen = keys([*first, *rest])
    assert len(seen) == len(set(seen))
    assert set(seen) >= set(keys(metrics))


def token(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "wrong",
    ["x", "é", "\ud800", 5, b"x", token(None), token({}), token([1, 2, True]), token([1, 2, True, "a"]),
     token([1.5, 2, True, 1.0]), token([1, 2, 3, 4.0]), token([1, 2, True, 1.0, 1]),
     base64.urlsafe_b64encode(b"[" * 100_000).decode(), base64.urlsafe_b64encode(b"9" * 5000).decode()],
    ids=lambda one: repr(one)[:20],
)  # fmt: skip
def test_what_is_no_token(wrong: object) -> None:
    with pytest.raises(InvalidParameterValue, match="no page token"):
        history.page([Metric("m", 1.0, 1)], 1, wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, -1, "3", 1.5, True])
def test_a_page_has_at_least_one_point(size: object) -> None:
    with pytest.raises(InvalidParameterValue, match="max_results"):
        history.page([Metric("m", 1.0, 1)], size, None)  # type: ignore[arg-type]


def test_no_size_is_all_and_an_empty_token_the_beginning() -> None:
    metrics = [Metric("m", float(i), 1, i) for i in range(5)]
    assert history.page(metrics, None, "") == metrics
    assert history.page(metrics, 5, None).token is None
    assert history.page([], 1, None) == []
