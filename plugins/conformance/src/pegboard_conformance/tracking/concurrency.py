"""Rules of threads, processes and providers that use one store at the same time.

They start at barriers and wait for no clock. What runs in a fresh process is a function at the top of this
module, which is given a provider of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from pegboard.contracts import TrackingStore
from pegboard.entities import Metric, Param, RunStatus, RunTag
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import check, equal
from pegboard_conformance.harness import PROCESSES, THREADS
from pegboard_conformance.tracking.data import MOMENT
from pegboard_conformance.tracking.harness import StoreHarness, points, rules

rule = rules()
T = TypeVar("T")

_POINTS = 40


def _log_points(store: TrackingStore, job: tuple[str, int, int]) -> int:
    """Log points one by one and in batches: some under a key of the job's own, some under one all share."""
    run_id, number, count = job
    for step in range(count):
        store.log_metric(run_id, Metric("shared", float(number), MOMENT, step))
        store.log_metric(run_id, Metric(f"own {number}", float(step), MOMENT, step))
    for step in range(count, 3 * count, 10):
        batch = [Metric("shared", float(number), MOMENT, step + i) for i in range(10)]
        store.log_batch(run_id, batch)
    return number


def _log_param(store: TrackingStore, job: tuple[Sequence[str], str]) -> list[str]:
    """Log a param to each run and tell for each what came of it."""
    run_ids, value = job
    outcomes = []
    for run_id in run_ids:
        try:
            store.log_param(run_id, Param("contested", value))
            outcomes.append("written")
        except InvalidParameterValue:
            outcomes.append("refused")
    return outcomes


def _set_tags(store: TrackingStore, job: tuple[str, int, int]) -> int:
    """Overwrite one tag that all share, and set tags of the job's own."""
    run_id, number, count = job
    for i in range(count):
        store.set_tag(run_id, RunTag("shared", _long(number)))
        store.set_tag(run_id, RunTag(f"own {number} {i}", "1"))
    return number


def _long(number: int) -> str:
    return chr(65 + number) * (3000 + 500 * number)


# Metrics


@rule
def threads_log_metrics(h: StoreHarness) -> None:
    """Points that several threads log to one run at once are all kept, also under one key."""
    run_id = h.run()
    h.all_in_threads(partial(_log_points, h.store), [(run_id, number, _POINTS) for number in range(THREADS)])
    _check_points(h.store, run_id, THREADS)


@rule(needs="durable")
def processes_log_metrics(h: StoreHarness) -> None:
    """Points that several processes log to one run at once are all kept, also under one key."""
    run_id = h.run()
    h.all_in_processes(_log_points, [(run_id, number, _POINTS) for number in range(PROCESSES)])
    _check_points(h.store, run_id, PROCESSES)
    _check_points(h.open(), run_id, PROCESSES)


def _check_points(store: TrackingStore, run_id: str, writers: int) -> None:
    own = [(step, MOMENT, float(step)) for step in range(_POINTS)]
    shared = [(step, MOMENT, float(number)) for step in range(3 * _POINTS) for number in range(writers)]
    for number in range(writers):
        equal(points(store, run_id, f"own {number}"), own, f"the points of writer {number}")
    equal(points(store, run_id, "shared"), shared, "the points under the shared key")
    equal(store.get_run(run_id).data.metrics["shared"], writers - 1.0, "the latest value")


@rule
def threads_replay_points(h: StoreHarness) -> None:
    """Points that several threads log at once and that are equal are one point each."""
    run_id = h.run()
    h.all_in_threads(partial(_log_points, h.store), [(run_id, 7, 20)] * 4)
    equal(points(h.store, run_id, "shared"), [(step, MOMENT, 7.0) for step in range(60)], "the points")


# Params


@rule
def threads_race_for_param(h: StoreHarness) -> None:
    """Of several threads that log a param with different values at once, one wins, the others are refused."""
    _check_race(h, 30, THREADS, lambda jobs: h.all_in_threads(partial(_log_param, h.store), jobs))


@rule(needs="durable")
def processes_race_for_param(h: StoreHarness) -> None:
    """Of several processes that log a param with different values at once, one wins, others are refused."""
    _check_race(h, 60, PROCESSES, lambda jobs: h.all_in_processes(_log_param, jobs))


def _check_race(
    h: StoreHarness,
    runs: int,
    writers: int,
    race: Callable[[list[tuple[list[str], str]]], list[list[str]]],
) -> None:
    experiment_id = h.experiment()
    run_ids = [h.run(experiment_id) for _ in range(runs)]
    values = [f"value {number} " + "x" * number * 100 for number in range(writers)]
    outcomes = race([(run_ids, value) for value in values])
    for run_id, of_run in zip(run_ids, zip(*outcomes, strict=True), strict=True):
        equal(sorted(of_run), ["refused"] * (writers - 1) + ["written"], "what came of the writers")
        wanted = {"contested": values[of_run.index("written")]}
        equal(h.store.get_run(run_id).data.params, wanted, "the params")


@rule
def threads_agree_on_param(h: StoreHarness) -> None:
    """Several threads may log a param with one value at once; none is refused."""
    run_ids = [h.run() for _ in range(10)]
    outcomes = h.all_in_threads(partial(_log_param, h.store), [(run_ids, "same")] * THREADS)
    equal(outcomes, [["written"] * 10] * THREADS, "what came of the writers")


# Tags


@rule
def threads_set_tags(h: StoreHarness) -> None:
    """Tags that several threads set at once are all there; of one tag, one of the values, whole."""
    run_id = h.run()
    h.all_in_threads(partial(_set_tags, h.store), [(run_id, number, 15) for number in range(THREADS)])
    _check_tags(h, run_id, THREADS)


@rule(needs="durable")
def processes_set_tags(h: StoreHarness) -> None:
    """Tags that several processes set at once are all there; of one tag, one of the values, whole."""
    run_id = h.run()
    h.all_in_processes(_set_tags, [(run_id, number, 15) for number in range(PROCESSES)])
    _check_tags(h, run_id, PROCESSES)


def _check_tags(h: StoreHarness, run_id: str, writers: int) -> None:
    tags = h.store.get_run(run_id).data.tags
    check(
        tags["shared"] in {_long(number) for number in range(writers)}, "the shared tag is none of the values"
    )
    missing = {f"own {number} {i}" for number in range(writers) for i in range(15)} - set(tags)
    check(not missing, f"these tags are lost: {sorted(missing)}")


@rule
def readers_see_whole_values(h: StoreHarness) -> None:
    """Who reads while others write sees no error and no half of a value, batch element or run."""
    experiment_id = h.experiment()
    run_id = h.run(experiment_id, tags=[RunTag("shared", _long(0))])
    wholes = {_long(number) for number in range(2)}

    def read(job: tuple[str, int, int]) -> None:
        for _ in range(job[2]):
            found = h.store.search_runs([experiment_id], "tags.shared LIKE '%'")
            check(len(found) == 1, "the run is not found while it is written to")
            for run in (found[0], h.store.get_run(run_id)):
                check(run.data.tags["shared"] in wholes, "a reader saw a tag that was never set")
            steps = [step for step, _, _ in points(h.store, run_id, "shared")]
            equal(steps, sorted(steps), "the steps that a reader saw")

    def write(job: tuple[str, int, int]) -> None:
        _set_tags(h.store, job)
        _log_points(h.store, job)
        h.store.update_run_info(run_id, RunStatus.FINISHED, MOMENT)

    jobs = [
        (write, (run_id, 0, 20)),
        (write, (run_id, 1, 20)),
        (read, (run_id, 0, 25)),
        (read, (run_id, 0, 25)),
    ]
    h.all_in_threads(lambda job: job[0](job[1]), jobs)
