"""Rules of a tracking store as a provider: its flags, its life, its threads."""

from __future__ import annotations

import random

from pegboard.contracts import TrackingStore
from pegboard.entities import Metric, RunTag
from pegboard.errors import Unsupported
from pegboard_conformance.checks import check, equal, refused
from pegboard_conformance.tracking.data import MOMENT
from pegboard_conformance.tracking.harness import StoreHarness, points, rules

rule = rules()


@rule
def is_a_tracking_store(h: StoreHarness) -> None:
    """A tracking store is an instance of the contract's class."""
    check(isinstance(h.store, TrackingStore), f"{type(h.store)} does not derive from TrackingStore")


@rule
def capabilities_are_known(h: StoreHarness) -> None:
    """A store declares only capability flags that the contract has."""
    unknown = set(h.store.capabilities) - set(TrackingStore.known_capabilities)
    check(not unknown, f"unknown capabilities: {sorted(unknown)}")


@rule
def close_twice(h: StoreHarness) -> None:
    """A store may be closed twice."""
    h.experiment()
    h.store.close()
    h.store.close()


@rule
def close_one_of_two(h: StoreHarness) -> None:
    """Closing one provider leaves others of the same store open."""
    run_id = h.run()
    h.open().close()
    h.store.set_tag(run_id, RunTag("after", "close"))
    equal(h.store.get_run(run_id).data.tags["after"], "close", "the tag")


@rule
def any_thread(h: StoreHarness) -> None:
    """Any thread may call any method, whichever opened the store."""
    experiment_id = h.experiment()

    def use(number: int) -> str:
        run_id = h.run(experiment_id, f"run {number}")
        h.store.log_metric(run_id, Metric("m", number, MOMENT, 0))
        equal(h.store.get_run(run_id).data.metrics, {"m": float(number)}, "the metrics")
        equal(points(h.store, run_id, "m"), [(0, MOMENT, float(number))], "the history")
        return run_id

    for result in h.in_threads(use, range(3)):
        if isinstance(result, Exception):
            raise result
    equal({run.info.run_name for run in h.runs_of(experiment_id)}, {"run 0", "run 1", "run 2"}, "the runs")


@rule
def seeded_random(h: StoreHarness) -> None:
    """Ids do not depend on the seed of the user's `random`, and making them leaves its state alone."""
    before = random.getstate()
    try:
        ids = set()
        for _ in range(3):
            random.seed(42)
            seeded = random.getstate()
            experiment_id = h.experiment()
            ids |= {experiment_id, h.run(experiment_id, None)}
            check(random.getstate() == seeded, "the state of `random` has changed")
    finally:
        random.setstate(before)
    equal(len(ids), 6, "the number of different ids")


@rule(lacks="inputs")
def without_inputs(h: StoreHarness) -> None:
    """Without the capability `inputs`, log_inputs raises the contract's Unsupported and nothing else."""
    _unsupported(h, "inputs", "log_inputs", h.run(), [])


@rule(lacks="purge")
def without_purge(h: StoreHarness) -> None:
    """Without the capability `purge`, its four methods raise the contract's Unsupported, nothing else."""
    run_id = h.run()
    experiment_id = h.store.get_run(run_id).info.experiment_id
    h.store.delete_experiment(experiment_id)
    _unsupported(h, "purge", "deleted_runs")
    _unsupported(h, "purge", "deleted_experiments")
    _unsupported(h, "purge", "purge_run", run_id)
    _unsupported(h, "purge", "purge_experiment", experiment_id)
    equal(h.store.get_run(run_id).info.run_id, run_id, "the run that was to be purged")


@rule(lacks="import")
def without_import(h: StoreHarness) -> None:
    """Without the capability `import`, its two methods raise the contract's Unsupported and nothing else."""
    run = h.store.get_run(h.run())
    _unsupported(h, "import", "import_experiment", h.store.get_experiment(run.info.experiment_id))
    _unsupported(h, "import", "import_run", run, [])


def _unsupported(h: StoreHarness, capability: str, method: str, *args: object) -> None:
    error = refused(Unsupported, getattr(h.store, method), *args)
    equal(str(error), str(h.store.unsupported(capability)), f"the error of {method}")
