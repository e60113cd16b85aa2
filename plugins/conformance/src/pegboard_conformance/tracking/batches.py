"""Rules of batches: all or nothing, limits, replays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

from pegboard.entities import Metric, Param, RunTag
from pegboard.errors import InvalidParameterValue
from pegboard.validation import (
    MAX_ENTITIES_PER_BATCH,
    MAX_METRICS_PER_BATCH,
    MAX_PARAMS_PER_BATCH,
    MAX_TAGS_PER_BATCH,
)
from pegboard_conformance.checks import case, equal, refused
from pegboard_conformance.tracking.data import BAD_KEYS, BAD_METRICS, MOMENT, NO_TEXTS, RUN_NAME_TAG
from pegboard_conformance.tracking.harness import StoreHarness, points, rules, state

rule = rules()


class _Batch(NamedTuple):
    metrics: Sequence[Metric] = ()
    params: Sequence[Param] = ()
    tags: Sequence[RunTag] = ()


_GOOD = _Batch(
    [Metric("m1", 1.0, MOMENT, 0), Metric("m2", 2.0, MOMENT, 0)],
    [Param("p1", "1"), Param("p2", "2")],
    [RunTag("t1", "1"), RunTag(RUN_NAME_TAG, "renamed")],
)


@rule
def batch(h: StoreHarness) -> None:
    """A batch logs metrics, params and tags together."""
    run_id = h.run()
    h.store.log_batch(run_id, *_GOOD)
    run = h.store.get_run(run_id)
    equal(run.data.metrics, {"m1": 1.0, "m2": 2.0}, "the metrics")
    equal(run.data.params, {"p1": "1", "p2": "2"}, "the params")
    equal(run.data.tags, {"t1": "1", RUN_NAME_TAG: "renamed"}, "the tags")


@rule
def batch_empty(h: StoreHarness) -> None:
    """An empty batch is accepted and changes nothing."""
    run_id = h.run()
    before = state(h.store, run_id)
    h.store.log_batch(run_id)
    h.store.log_batch(run_id, [], [], [])
    equal(state(h.store, run_id), before, "the run")


@rule
def batch_replayed(h: StoreHarness) -> None:
    """A batch that is logged again changes nothing."""
    run_id = h.run()
    h.store.log_batch(run_id, *_GOOD)
    before = state(h.store, run_id)
    for _ in range(2):
        h.store.log_batch(run_id, *_GOOD)
    equal(state(h.store, run_id), before, "the run")


@rule
def batch_with_bad_metric(h: StoreHarness) -> None:
    """A batch with one wrong metric, wherever it stands, writes nothing."""
    metrics = [*BAD_METRICS, *(Metric(cast(Any, key), 1.0, 1, 0) for key in BAD_KEYS)]
    _none_written(h, (_Batch(metrics=[metric]) for metric in metrics))


@rule
def batch_with_bad_param(h: StoreHarness) -> None:
    """A batch with one wrong param, wherever it stands, writes nothing."""
    params = [Param(cast(Any, key), "v") for key in BAD_KEYS]
    params += [Param("k", cast(Any, value)) for value in NO_TEXTS]
    _none_written(h, (_Batch(params=[param]) for param in params))


@rule
def batch_with_bad_tag(h: StoreHarness) -> None:
    """A batch with one wrong tag, wherever it stands, writes nothing."""
    tags = [RunTag(cast(Any, key), "v") for key in BAD_KEYS]
    tags += [RunTag("k", cast(Any, value)) for value in NO_TEXTS]
    _none_written(h, (_Batch(tags=[tag]) for tag in tags))


@rule
def batch_with_param_conflict(h: StoreHarness) -> None:
    """A batch with a param that has another value already, wherever it stands, writes nothing."""
    _none_written(h, [_Batch(params=[Param("taken", "other")])])


@rule
def batch_at_limits(h: StoreHarness) -> None:
    """A batch may have 1,000 metrics, or 100 params, or 100 tags, or 1,000 elements in all."""
    for sizes in (
        (MAX_METRICS_PER_BATCH, 0, 0),
        (0, MAX_PARAMS_PER_BATCH, 0),
        (0, 0, MAX_TAGS_PER_BATCH),
        (MAX_ENTITIES_PER_BATCH - 200, 100, 100),
    ):
        run_id = h.run()
        h.store.log_batch(run_id, *_sized(*sizes))
        run = h.store.get_run(run_id)
        found = (len(run.data.metrics), len(run.data.params), len(run.data.tags) - 1)
        equal(found, sizes, "the numbers of metrics, params and tags")


@rule
def batch_over_limits(h: StoreHarness) -> None:
    """A batch one over a limit is refused, naming size and limit, and writes nothing."""
    run_id = h.run()
    before = state(h.store, run_id)
    for sizes, wrong in (
        ((MAX_METRICS_PER_BATCH + 1, 0, 0), (1001, 1000)),
        ((0, MAX_PARAMS_PER_BATCH + 1, 0), (101, 100)),
        ((0, 0, MAX_TAGS_PER_BATCH + 1), (101, 100)),
        ((MAX_ENTITIES_PER_BATCH - 199, 100, 100), (1001, 1000)),
    ):
        naming = [str(number) for number in wrong]
        refused(InvalidParameterValue, h.store.log_batch, run_id, *_sized(*sizes), naming=naming)
    equal(state(h.store, run_id), before, "the run")


@rule
def batch_of_one_history(h: StoreHarness) -> None:
    """A batch may hold many points of one metric, in any order."""
    run_id = h.run()
    h.store.log_batch(run_id, [Metric("m", step, MOMENT, step) for step in range(999, -1, -1)])
    equal([step for step, _, _ in points(h.store, run_id, "m")], list(range(1000)), "the steps")


@rule
def batch_leaves_arguments(h: StoreHarness) -> None:
    """A batch changes none of the lists and entities that it is given."""
    run_id = h.run()
    given = [list(part) for part in _GOOD]
    h.store.log_batch(run_id, given[0], given[1], given[2])  # type: ignore[arg-type]
    equal(given, [list(part) for part in _GOOD], "the arguments")


def _sized(metrics: int, params: int, tags: int) -> _Batch:
    return _Batch(
        [Metric(f"m{i}", float(i), MOMENT, i) for i in range(metrics)],
        [Param(f"p{i}", str(i)) for i in range(params)],
        [RunTag(f"t{i}", str(i)) for i in range(tags)],
    )


def _placed(bad: _Batch) -> Iterator[_Batch]:
    """Yield a good batch with the bad element last in its list, first, and between."""
    for at in (2, 0, 1):
        yield _Batch(
            [*_GOOD.metrics[:at], *bad.metrics, *_GOOD.metrics[at:]],
            [*_GOOD.params[:at], *bad.params, *_GOOD.params[at:]],
            [*_GOOD.tags[:at], *bad.tags, *_GOOD.tags[at:]],
        )


def _none_written(h: StoreHarness, bad: Iterator[_Batch] | list[_Batch]) -> None:
    run_id = h.run()
    h.store.log_batch(run_id, [Metric("m1", 5.0, 1, 0)], [Param("taken", "1")], [RunTag("t1", "old")])
    before = state(h.store, run_id)
    for element in bad:
        for whole in _placed(element):
            with case(element):
                refused(InvalidParameterValue, h.store.log_batch, run_id, *whole)
    equal(state(h.store, run_id), before, "the run")
    for key in ("m2", "bad"):
        equal(points(h.store, run_id, key), [], f"the history of {key}")
    equal(
        h.store.search_runs([before["info"]["experiment_id"]], "params.p1 = '1'").to_list(),
        [],
        "the runs with a param of a refused batch",
    )
