"""Rules of metrics: values, the history as a set, its order, its pages, the latest value."""

from __future__ import annotations

import math
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, cast

from pegboard.entities import Metric
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.data import BAD_KEYS, BAD_METRICS, GOOD_KEYS, MOMENT, ODD_NUMBERS
from pegboard_conformance.tracking.harness import StoreHarness, points, rules, state

rule = rules()

#: Points of one metric in the order that a history has.
_ORDERED = tuple(
    Metric("m", value, timestamp, step)
    for step, timestamp, value in (
        (-(2**63), 7, 1.0),
        (-5, 0, 0.5),
        (0, 0, math.nan),
        (0, 0, -math.inf),
        (0, 0, -1.5),
        (0, 0, 0.0),
        (0, 0, 2.0),
        (0, 0, 10.0),
        (0, 0, math.inf),
        (0, 1, -3.0),
        (0, 10, -4.0),
        (1, 0, 0.25),
        (2, 5, math.nan),
        (10, 5, -1.0),
        (2**63 - 1, 3, 9.0),
    )
)


@rule
def metric_values(h: StoreHarness) -> None:
    """A metric's value is a 64-bit float, kept to the last bit; NaN and both infinities are values."""
    run_id = h.run()
    for i, value in enumerate(ODD_NUMBERS):
        h.store.log_metric(run_id, Metric(f"m{i}", value, MOMENT, i))
    found = h.store.get_run(run_id).data.metrics
    for i, value in enumerate(ODD_NUMBERS):
        equal(found[f"m{i}"], value, "the latest value")
        equal(points(h.store, run_id, f"m{i}"), [(i, MOMENT, value)], "the history")


@rule
def metric_negative_zero(h: StoreHarness) -> None:
    """Negative zero is zero: both are one value, and one point."""
    run_id = h.run()
    h.store.log_batch(run_id, [Metric("z", -0.0, 1, 0), Metric("z", 0.0, 1, 0)])
    h.store.log_metric(run_id, Metric("z", -0.0, 1, 0))
    equal(points(h.store, run_id, "z"), [(0, 1, 0.0)], "the history")


@rule
def metric_kinds_of_numbers(h: StoreHarness) -> None:
    """Whatever is a number is taken as a float, and comes back as one; times and steps as integers."""
    run_id = h.run()
    numbers: tuple[Any, ...] = (3, Decimal("0.5"), Fraction(1, 4), 2**60)
    for i, number in enumerate(numbers):
        h.store.log_metric(run_id, Metric(f"m{i}", number, cast(Any, 5.0), cast(Any, 2.0)))
    for i, number in enumerate(numbers):
        (point,) = h.store.get_metric_history(run_id, f"m{i}")
        equal((point.step, point.timestamp, point.value), (2, 5, float(number)), "the point")
        equal([type(x) for x in (point.step, point.timestamp, point.value)], [int, int, float], "the types")
        equal(type(h.store.get_run(run_id).data.metrics[f"m{i}"]), float, "the type of the latest value")


@rule
def metric_steps_and_times(h: StoreHarness) -> None:
    """Steps are signed 64-bit integers, negative ones too; timestamps milliseconds from 0 on."""
    run_id = h.run()
    for step in (-(2**63), -1, 0, 1, 2**53 + 1, 2**63 - 1):
        for timestamp in (0, 1, MOMENT, 2**53 + 1, 2**63 - 1):
            key = f"m {step} {timestamp}"
            h.store.log_metric(run_id, Metric(key, 1.0, timestamp, step))
            equal(points(h.store, run_id, key), [(step, timestamp, 1.0)], "the history")


@rule
def metric_history_is_a_set(h: StoreHarness) -> None:
    """Points that are equal in key, timestamp, step and value are one point; a NaN equals a NaN."""
    run_id = h.run()
    batch = [Metric("m", value, 1, 0) for value in (1.0, math.nan, math.inf, 1.0, math.nan)]
    h.store.log_batch(run_id, batch)
    h.store.log_batch(run_id, batch)
    for metric in batch:
        h.store.log_metric(run_id, metric)
    equal(points(h.store, run_id, "m"), [(0, 1, math.nan), (0, 1, 1.0), (0, 1, math.inf)], "the history")


@rule
def metric_points_differ(h: StoreHarness) -> None:
    """Points that differ in step, timestamp or value alone are all kept."""
    run_id = h.run()
    wanted = [(0, 1, 1.0), (0, 1, 1.0000000000000002), (0, 2, 1.0), (1, 1, 1.0)]
    h.store.log_batch(run_id, [Metric("m", value, timestamp, step) for step, timestamp, value in wanted])
    equal(points(h.store, run_id, "m"), wanted, "the history")


@rule
def metric_history_order(h: StoreHarness) -> None:
    """A history is ordered by step, then timestamp, then value, NaN lowest, however it was logged."""
    wanted = [(m.step, m.timestamp, m.value) for m in _ORDERED]
    for seed in range(3):
        shuffled = Random(seed).sample(_ORDERED, len(_ORDERED))  # noqa: S311 (no secret)
        run_id = h.run()
        h.store.log_batch(run_id, shuffled[:7])
        for metric in shuffled[7:]:
            h.store.log_metric(run_id, metric)
        equal(points(h.store, run_id, "m"), wanted, "the history")


@rule
def metric_latest(h: StoreHarness) -> None:
    """The latest value is the last by step, then timestamp, then value, NaN lowest; not the last logged."""
    for last in range(1, len(_ORDERED) + 1):
        run_id = h.run()
        logged = list(_ORDERED[:last])
        Random(last).shuffle(logged)  # noqa: S311 (no secret)
        for metric in logged[: len(logged) // 2]:
            h.store.log_metric(run_id, metric)
        h.store.log_batch(run_id, logged[len(logged) // 2 :])
        (latest,) = h.store.get_run(run_id).data.latest_metrics
        wanted = _ORDERED[last - 1]
        equal(
            (latest.key, latest.step, latest.timestamp, latest.value),
            ("m", wanted.step, wanted.timestamp, wanted.value),
            "the latest point",
        )


@rule
def metric_keys(h: StoreHarness) -> None:
    """Each key that keeps the rules can be a metric."""
    run_id = h.run()
    for i, key in enumerate(GOOD_KEYS):
        with case(key):
            h.store.log_metric(run_id, Metric(key, i, MOMENT, 0))
            equal(points(h.store, run_id, key), [(0, MOMENT, float(i))], "the history")
    wanted = {key: float(i) for i, key in enumerate(GOOD_KEYS)}
    equal(h.store.get_run(run_id).data.metrics, wanted, "the metrics")


@rule
def metric_wrong(h: StoreHarness) -> None:
    """A metric whose key, value, timestamp or step breaks a rule is refused and not written."""
    run_id = h.run()
    before = state(h.store, run_id)
    for metric in BAD_METRICS:
        with case(metric):
            refused(InvalidParameterValue, h.store.log_metric, run_id, metric, naming=["'bad'"])
    for key in BAD_KEYS:
        with case(key):
            refused(InvalidParameterValue, h.store.log_metric, run_id, Metric(cast(Any, key), 1.0, 1, 0))
    equal(state(h.store, run_id), before, "the run")
    equal(points(h.store, run_id, "bad"), [], "the history of the metric that was refused")


@rule
def metric_never_logged(h: StoreHarness) -> None:
    """A metric that was never logged has no points; one whose key breaks a rule has none or is refused."""
    run_id = h.run()
    h.store.log_metric(run_id, Metric("loss", 1.0, 1, 0))
    for key in ("never", "los", "loss2", "LOSS", "folder/loss"):
        equal(points(h.store, run_id, key), [], f"the history of {key!r}")
    for bad_key in BAD_KEYS:
        if isinstance(bad_key, str):
            with case(bad_key), suppress(InvalidParameterValue):
                equal(points(h.store, run_id, bad_key), [], "the history")


@rule
def metric_history_pages(h: StoreHarness) -> None:
    """A history comes in pages of the asked size, which together are all of it, the last without a token."""
    run_id = h.run()
    h.store.log_batch(run_id, _ORDERED)
    wanted = [(m.step, m.timestamp, m.value) for m in _ORDERED]
    for size in (1, 4, len(wanted) - 1, len(wanted), 1000):
        found: list[tuple[int, int, float]] = []
        token = None
        while True:
            page = h.store.get_metric_history(run_id, "m", size, token)
            found += [(m.step, m.timestamp, m.value) for m in page]
            token = page.token
            if token is None:
                break
            equal(len(page), size, "the size of a page that is not the last")
            check(len(found) < len(wanted), "there is a token after the last point")
        equal(found, wanted, f"all pages of {size}")
    equal(h.store.get_metric_history(run_id, "m").token, None, "the token of the whole history")


@rule
def metric_history_pages_under_insertion(h: StoreHarness) -> None:
    """Points that are logged between two pages neither repeat nor hide others."""
    run_id = h.run()
    steps = [0, 10, 20, 30, 40]
    h.store.log_batch(run_id, [Metric("m", 1.0, 1, step) for step in steps])
    page = h.store.get_metric_history(run_id, "m", 2)
    h.store.log_batch(run_id, [Metric("m", 1.0, 1, step) for step in (-5, 5, 15, 25, 50)])
    found = [m.step for m in page]
    while page.token is not None:
        page = h.store.get_metric_history(run_id, "m", 2, page.token)
        found += [m.step for m in page]
    equal(found, [0, 10, 15, 20, 25, 30, 40, 50], "the steps on all pages")


@rule
def metric_history_page_wrong(h: StoreHarness) -> None:
    """A page size below 1 and a token that no page gave are refused."""
    run_id = h.run()
    h.store.log_batch(run_id, _ORDERED)
    for size in (0, -1, 1.5, "2"):
        with case(size):
            refused(InvalidParameterValue, h.store.get_metric_history, run_id, "m", size)
    for token in ("nonsense", "AAAA", "e30=", "W10=", "\u00e9", "' OR 1=1", 7):
        with case(token):
            refused(InvalidParameterValue, h.store.get_metric_history, run_id, "m", 2, token)


@rule
def metric_of_each_run(h: StoreHarness) -> None:
    """Runs have metrics of their own, also under one key."""
    experiment_id = h.experiment()
    ids = [h.run(experiment_id) for _ in range(3)]
    for i, run_id in enumerate(ids[:2]):
        h.store.log_metric(run_id, Metric("m", i, 1, 0))
    equal([h.store.get_run(run_id).data.metrics for run_id in ids], [{"m": 0.0}, {"m": 1.0}, {}], "metrics")


@rule
def metric_long_history(h: StoreHarness) -> None:
    """A history of thousands of points comes back whole and in order."""
    run_id = h.run()
    for start in range(0, 5000, 1000):
        batch = [Metric("m", step / 7, MOMENT + step, step) for step in range(start, start + 1000)]
        h.store.log_batch(run_id, batch[::-1])
    wanted = [(step, MOMENT + step, step / 7) for step in range(5000)]
    equal(points(h.store, run_id, "m"), wanted, "the history")
    equal(h.store.get_run(run_id).data.metrics, {"m": 4999 / 7}, "the latest value")
