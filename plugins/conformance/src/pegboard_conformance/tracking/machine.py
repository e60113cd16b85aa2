"""The rule that a store does what a plain model of the contract does, tried with random programs."""

# ruff: noqa: D102 (the steps are named after what they call)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    run_state_machine_as_test,
)
from hypothesis.stateful import rule as step

from pegboard.entities import ExperimentTag, LifecycleStage, Metric, Param, RunTag, ViewType
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import equal, refused
from pegboard_conformance.scale import SCALE
from pegboard_conformance.tracking.harness import StoreHarness, points, rules
from pegboard_conformance.tracking.model import RUN_NAME, Condition, ErrorClass, Model, Order
from pegboard_conformance.tracking.strategies import (
    BAD_ELEMENTS,
    KEYS,
    NAMES,
    ORDERS,
    POINTS,
    SELDOM,
    TAGS,
    TEXTS,
    conditions,
    written,
)

rule = rules()

_VIEWS = {
    ViewType.ACTIVE_ONLY: (LifecycleStage.ACTIVE,),
    ViewType.DELETED_ONLY: (LifecycleStage.DELETED,),
    ViewType.ALL: (LifecycleStage.ACTIVE, LifecycleStage.DELETED),
}


class StoreMachine(RuleBasedStateMachine):
    """Does random things to a store and to the model, and compares all that can be observed."""

    experiments: Bundle[str] = Bundle("experiments")
    runs: Bundle[str] = Bundle("runs")

    def __init__(self, h: StoreHarness) -> None:
        super().__init__()
        self.h = h
        self.prefix = h.name("machine") + "/"
        self.model = Model("nested-keys" in h.store.capabilities)

    def both(self, error: ErrorClass | None, call: Callable[..., Any], *args: Any) -> Any:
        """Call the store, which must raise what the model said."""
        return call(*args) if error is None else refused(error, call, *args)

    @initialize(target=runs)
    def first_run(self) -> str:
        return str(self.create_run(self._create_experiment("of the first run"), "first", 0, []))

    @initialize(target=experiments)
    def first_experiment(self) -> str:
        return self._create_experiment("first")

    @precondition(lambda self: len(self.model.experiments) < 4)
    @step(target=experiments, name=NAMES)
    def create_experiment(self, name: str) -> Any:
        error = self.model.can_name(self.prefix + name)
        if error is not None:
            refused(error, self.h.store.create_experiment, self.prefix + name)
            return multiple()
        return self._create_experiment(name)

    def _create_experiment(self, name: str) -> str:
        experiment_id = self.h.store.create_experiment(self.prefix + name)
        self.model.create_experiment(experiment_id, self.prefix + name)
        return experiment_id

    @step(experiment=experiments, name=NAMES)
    def rename_experiment(self, experiment: str, name: str) -> None:
        if self.model.experiments[experiment]["name"] == self.prefix + name:
            name += " other"
        error = self.model.rename_experiment(experiment, self.prefix + name)
        self.both(error, self.h.store.rename_experiment, experiment, self.prefix + name)

    @step(experiment=experiments, twice=SELDOM)
    def delete_or_restore_experiment(self, experiment: str, twice: bool) -> None:
        deleted = self.model.experiments[experiment]["stage"] == "deleted"
        if deleted != twice:
            self.both(self.model.restore_experiment(experiment), self.h.store.restore_experiment, experiment)
        else:
            self.both(self.model.delete_experiment(experiment), self.h.store.delete_experiment, experiment)

    @step(experiment=experiments, key=KEYS, value=TEXTS)
    def set_experiment_tag(self, experiment: str, key: str, value: str) -> None:
        error = self.model.set_experiment_tag(experiment, key, value)
        self.both(error, self.h.store.set_experiment_tag, experiment, ExperimentTag(key, value))

    @step(experiment=experiments, key=KEYS)
    def delete_experiment_tag(self, experiment: str, key: str) -> None:
        error = self.model.delete_experiment_tag(experiment, key)
        self.both(error, self.h.store.delete_experiment_tag, experiment, key)

    @precondition(lambda self: len(self.model.runs) < 5)
    @step(
        target=runs,
        experiment=experiments,
        name=NAMES,
        start=st.sampled_from((0, 5, 1000)),
        tags=TAGS,
    )
    def create_run(self, experiment: str, name: str, start: int, tags: list[tuple[str, str]]) -> Any:
        error = self.model.can_create_run(experiment, dict(tags))
        entities = [RunTag(*tag) for tag in tags]
        run = self.both(error, self.h.store.create_run, experiment, "user", start, entities, name)
        if error is not None:
            return multiple()
        self.model.create_run(run.info.run_id, experiment, name, start, dict(tags))
        return run.info.run_id

    @step(
        run=runs,
        status=st.sampled_from((None, 1, 2, 3, 4, 5)),
        end=st.sampled_from((None, 5, 2000)),
        name=st.one_of(st.none(), NAMES),
    )
    def update_run(self, run: str, status: int | None, end: int | None, name: str | None) -> None:
        if status in (1, 2):
            end = None
        error = self.model.update_run(run, status, end, name)
        self.both(error, self.h.store.update_run_info, run, status, end, name)

    @step(run=runs, twice=SELDOM)
    def delete_or_restore_run(self, run: str, twice: bool) -> None:
        record = self.model.runs[run]
        if (record["stage"] == "deleted") != twice:
            if self.model.experiments[record["experiment"]]["stage"] == "active":
                self.model.restore_run(run)
                self.h.store.restore_run(run)
        else:
            self.model.delete_run(run)
            self.h.store.delete_run(run)

    @step(
        run=runs,
        metrics=st.lists(st.tuples(KEYS, POINTS), max_size=4),
        params=st.lists(st.tuples(KEYS, TEXTS), max_size=2),
        tags=st.lists(st.one_of(st.tuples(KEYS, TEXTS), st.tuples(st.just(RUN_NAME), NAMES)), max_size=2),
        bad=st.one_of(st.none(), st.none(), st.none(), BAD_ELEMENTS),
    )
    def log_batch(
        self,
        run: str,
        metrics: list[tuple[str, tuple[int, int, float]]],
        params: list[tuple[str, str]],
        tags: list[tuple[str, str]],
        bad: Metric | Param | RunTag | None,
    ) -> None:
        batch: list[list[Any]] = [
            [Metric(key, value, timestamp, at) for key, (at, timestamp, value) in metrics],
            [Param(*param) for param in params],
            [RunTag(*tag) for tag in tags],
        ]
        if bad is not None:
            batch[(Metric, Param, RunTag).index(type(bad))].append(bad)
            refused(InvalidParameterValue, self.h.store.log_batch, run, *batch)
        else:
            self.both(self.model.log_batch(run, metrics, params, tags), self.h.store.log_batch, run, *batch)

    @step(run=runs, key=KEYS, point=POINTS)
    def log_metric(self, run: str, key: str, point: tuple[int, int, float]) -> None:
        at, timestamp, value = point
        error = self.model.log_batch(run, [(key, point)], [], [])
        self.both(error, self.h.store.log_metric, run, Metric(key, value, timestamp, at))

    @step(run=runs, key=KEYS, value=TEXTS)
    def log_param(self, run: str, key: str, value: str) -> None:
        error = self.model.log_batch(run, [], [(key, value)], [])
        self.both(error, self.h.store.log_param, run, Param(key, value))

    @step(run=runs, key=KEYS, value=TEXTS)
    def set_tag(self, run: str, key: str, value: str) -> None:
        error = self.model.log_batch(run, [], [], [(key, value)])
        self.both(error, self.h.store.set_tag, run, RunTag(key, value))

    @step(run=runs, key=KEYS)
    def delete_tag(self, run: str, key: str) -> None:
        self.both(self.model.delete_tag(run, key), self.h.store.delete_tag, run, key)

    @step()
    def reopen(self) -> None:
        if "durable" in self.h.store.capabilities:
            self.h.reopen()

    @step(
        conditions=st.lists(conditions(), max_size=2),
        orders=st.lists(ORDERS, max_size=2),
        view=st.sampled_from(tuple(_VIEWS)),
        size=st.sampled_from((1, 2, 1000)),
    )
    def search(self, conditions: list[Condition], orders: list[Order], view: int, size: int) -> None:
        ids = list(self.model.experiments)
        filter_string = " AND ".join(map(written, conditions))
        order_by = [f"{o.entity}.`{o.key}` {'ASC' if o.ascending else 'DESC'}" for o in orders]
        wanted = self.model.search(ids, conditions, _VIEWS[view], orders)
        found: list[str] = []
        token = None
        while len(found) <= len(wanted):
            page = self.h.store.search_runs(ids, filter_string, view, size, order_by, token)
            found += [run.info.run_id for run in page]
            token = page.token
            if token is None:
                break
        equal(found, wanted, f"the runs found by {filter_string!r}, ordered by {order_by}, {size} a page")

    @invariant()
    def same_experiments(self) -> None:
        where = f"name LIKE '{self.prefix}%'"
        found = {
            e.experiment_id: {"name": e.name, "stage": e.lifecycle_stage, "tags": e.tags}
            for e in self.h.store.search_experiments(ViewType.ALL, 1000, where)
        }
        equal(found, self.model.experiments, "the experiments")
        for experiment_id, wanted in self.model.experiments.items():
            equal(self.h.store.get_experiment(experiment_id).lifecycle_stage, wanted["stage"], "the stage")

    @invariant()
    def same_runs(self) -> None:
        for run_id, wanted in self.model.runs.items():
            run = self.h.store.get_run(run_id)
            info = run.info
            equal(
                (
                    info.experiment_id,
                    info.run_name,
                    info.status,
                    info.start_time,
                    info.end_time,
                    info.lifecycle_stage,
                ),
                tuple(wanted[field] for field in ("experiment", "name", "status", "start", "end", "stage")),
                "the info",
            )
            equal(run.data.metrics, self.model.latest(run_id), "the metrics")
            equal((run.data.params, run.data.tags), (wanted["params"], wanted["tags"]), "params and tags")
            for key in wanted["metrics"]:
                equal(points(self.h.store, run_id, key), self.model.history(run_id, key), "the history")


@rule
def does_what_the_model_does(h: StoreHarness) -> None:
    """Whatever is done in whatever order, a store shows what a plain model of the contract shows."""
    for programs, steps in ((10, 4), (15, 12), (45, 30)):  # what fails in a short one is easier to read
        run_state_machine_as_test(
            lambda: StoreMachine(h),  # type: ignore[arg-type]
            settings=settings(
                max_examples=programs * SCALE.get(),
                stateful_step_count=steps,
                derandomize=True,
                deadline=None,
                database=None,
                # Shrinking a program takes minutes.
                phases=(Phase.explicit, Phase.generate),
                suppress_health_check=list(HealthCheck),
            ),
        )
