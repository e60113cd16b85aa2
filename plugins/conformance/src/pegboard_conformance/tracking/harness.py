"""What the tests of tracking-store rules are given, and the data that many of them share."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, cast

from pegboard.contracts import TrackingStore
from pegboard.entities import (
    ExperimentTag,
    Metric,
    Param,
    Run,
    RunStatus,
    RunTag,
    ViewType,
)
from pegboard_conformance.checks import equal
from pegboard_conformance.harness import Harness
from pegboard_conformance.rules import Rules
from pegboard_conformance.tracking.data import MOMENT, RUN_NAME_TAG


class StoreHarness(Harness):
    """The harness of tracking-store rules, with the verbs that most of them need."""

    @property
    def store(self) -> TrackingStore:
        """The store under test."""
        return cast(TrackingStore, self.provider)

    def experiment(self, name: str | None = None, tags: Sequence[ExperimentTag] = ()) -> str:
        """Make an experiment and return its id."""
        return self.store.create_experiment(name or self.name("experiment"), None, tags)

    def run(
        self,
        experiment_id: str | None = None,
        name: str | None = "run",
        tags: Sequence[RunTag] = (),
        start_time: int = MOMENT,
    ) -> str:
        """Start a run, in an experiment of its own unless one is given, and return its id."""
        experiment_id = experiment_id or self.experiment()
        return self.store.create_run(experiment_id, "user", start_time, tags, name).info.run_id

    def runs_of(self, experiment_id: str, view: int = ViewType.ALL, **arguments: Any) -> list[Run]:
        """Return all runs of an experiment."""
        return self.store.search_runs([experiment_id], run_view_type=view, **arguments).to_list()

    def order(self, experiment_id: str, order_by: Sequence[str] = ()) -> str:
        """Return the names of the experiment's active runs in an order, for names of one letter."""
        runs = self.store.search_runs([experiment_id], order_by=order_by)
        return "".join(run.info.run_name or "" for run in runs)

    def count_experiments(self) -> int:
        """Return how many experiments there are, deleted ones too."""
        count, token = 0, None
        while True:
            page = self.store.search_experiments(ViewType.ALL, 50_000, page_token=token)
            count, token = count + len(page), page.token
            if token is None:
                return count

    def check_name(self, run_id: str, name: str) -> None:
        """Fail unless the run has this name, and as its tag too."""
        run = self.store.get_run(run_id)
        names = (run.info.run_name, run.data.tags.get(RUN_NAME_TAG))
        equal(names, (name, name), "name and tag of the run")

    def found(self, experiment_id: str, filter_string: str) -> set[str]:
        """Return the names of the experiment's active runs that match a filter."""
        return {run.info.run_name or "" for run in self.store.search_runs([experiment_id], filter_string)}

    def unknown_run(self) -> str:
        """Return a well-formed id that no run has."""
        return uuid.uuid4().hex

    def unknown_experiment(self) -> str:
        """Return a well-formed id that no experiment has."""
        return str(10**17 + uuid.uuid4().int % (9 * 10**17))


def rules() -> Rules[StoreHarness]:
    """Return an empty list of tracking-store rules, for a module to fill."""
    return Rules("tracking_store")


def state(store: TrackingStore, run_id: str) -> dict[str, Any]:
    """Return all that can be observed of a run, for comparing."""
    run = store.get_run(run_id)
    return {
        "info": dict(run.info),
        "metrics": run.data.metrics,
        "params": run.data.params,
        "tags": run.data.tags,
        "inputs": sorted(str(use.to_dictionary()) for use in run.inputs.dataset_inputs),
        "history": {key: points(store, run_id, key) for key in run.data.metrics},
    }


def points(store: TrackingStore, run_id: str, key: str) -> list[tuple[int, int, float]]:
    """Return a metric's history as (step, timestamp, value), in the order of the store."""
    return [(m.step, m.timestamp, m.value) for m in store.get_metric_history(run_id, key)]


def run_writes(store: TrackingStore) -> dict[str, Callable[[Any], object]]:
    """Return the calls that write to a run, each taking its id; those of capabilities only if declared."""
    writes: dict[str, Callable[[Any], object]] = {
        "update_run_info": lambda run_id: store.update_run_info(run_id, RunStatus.FINISHED, 5, "new"),
        "log_batch metric": lambda run_id: store.log_batch(run_id, metrics=[Metric("w", 1.0, 1, 0)]),
        "log_batch param": lambda run_id: store.log_batch(run_id, params=[Param("w", "1")]),
        "log_batch tag": lambda run_id: store.log_batch(run_id, tags=[RunTag("w", "1")]),
        "log_metric": lambda run_id: store.log_metric(run_id, Metric("w", 1.0, 1, 0)),
        "log_param": lambda run_id: store.log_param(run_id, Param("w", "1")),
        "set_tag": lambda run_id: store.set_tag(run_id, RunTag("w", "1")),
        "delete_tag": lambda run_id: store.delete_tag(run_id, RUN_NAME_TAG),
    }
    if "inputs" in store.capabilities:
        writes["log_inputs"] = lambda run_id: store.log_inputs(run_id, [])
    return writes


def experiment_writes(store: TrackingStore) -> dict[str, Callable[[Any], object]]:
    """Return the calls that write to an active experiment, each taking its id."""
    return {
        "rename_experiment": lambda id: store.rename_experiment(id, f"renamed {uuid.uuid4().hex}"),
        "set_experiment_tag": lambda id: store.set_experiment_tag(id, ExperimentTag("w", "1")),
        "delete_experiment_tag": lambda id: store.delete_experiment_tag(id, "w"),
        "create_run": lambda id: store.create_run(id, "user", MOMENT, (), "run"),
    }
