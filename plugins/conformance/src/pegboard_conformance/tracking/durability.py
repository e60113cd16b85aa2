"""Rules of what outlives a provider and its process, for stores that declare `durable`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pegboard.contracts import TrackingStore
from pegboard.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    InputTag,
    LifecycleStage,
    Metric,
    Param,
    RunStatus,
    RunTag,
)
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import check, equal, refused
from pegboard_conformance.tracking.data import HOSTILE_TEXTS, MOMENT, ODD_NUMBERS
from pegboard_conformance.tracking.harness import StoreHarness, points, rules, state

rule = rules()
Acknowledge = Callable[[Any], None]


@rule(needs="durable")
def survives_reopening(h: StoreHarness) -> None:
    """A store that is closed and opened again has all that it had."""
    experiment_id = h.experiment(tags=[ExperimentTag(f"t{i}", text) for i, text in enumerate(HOSTILE_TEXTS)])
    run_id = h.run(experiment_id, tags=[RunTag(f"t{i}", text) for i, text in enumerate(HOSTILE_TEXTS)])
    metrics = [Metric(f"m{i % 5}", value, MOMENT, i) for i, value in enumerate(ODD_NUMBERS)]
    params = [Param(f"p{i}", text) for i, text in enumerate(HOSTILE_TEXTS)]
    h.store.log_batch(run_id, metrics, params)
    if "inputs" in h.store.capabilities:
        use = DatasetInput(Dataset("d", "1", "local", "s"), [InputTag("k", "v")])
        h.store.log_inputs(run_id, [use])
    h.store.update_run_info(run_id, RunStatus.FINISHED, MOMENT + 1, "renamed")
    gone = h.run(experiment_id, "gone")
    h.store.delete_run(gone)
    before = [state(h.store, each) for each in (run_id, gone)]
    experiment = h.store.get_experiment(experiment_id)
    h.reopen()
    equal([state(h.store, each) for each in (run_id, gone)], before, "the runs")
    equal(h.store.get_experiment(experiment_id), experiment, "the experiment")


@rule(needs="durable")
def others_see_writes(h: StoreHarness) -> None:
    """What one provider acknowledged, another that is open already sees, also what it read before."""
    other = h.open()
    run_id = h.run(name="old")
    experiment_id = h.store.get_run(run_id).info.experiment_id
    state(other, run_id)
    other.search_runs([experiment_id])
    for i in range(3):
        h.store.log_batch(run_id, [Metric("m", i, MOMENT, i)], [Param(f"p{i}", "1")], [RunTag("t", str(i))])
        h.store.update_run_info(run_id, run_name=f"new {i}")
        h.store.set_experiment_tag(experiment_id, ExperimentTag("t", str(i)))
        run = other.get_run(run_id)
        equal(run.data.metrics, {"m": float(i)}, "the metrics")
        equal(
            points(other, run_id, "m"), [(step, MOMENT, float(step)) for step in range(i + 1)], "the history"
        )
        equal(run.data.params, {f"p{number}": "1" for number in range(i + 1)}, "the params")
        equal((run.info.run_name, run.data.tags["t"]), (f"new {i}", str(i)), "name and tag")
        equal(other.get_experiment(experiment_id).tags, {"t": str(i)}, "the tags of the experiment")
        for filter_string in (
            f"metrics.m = {i}",
            f"params.p{i} = '1'",
            f"tags.t = '{i}'",
            f"run_name = 'new {i}'",
        ):
            equal(len(other.search_runs([experiment_id], filter_string)), 1, f"what {filter_string} finds")
        order = other.search_runs([experiment_id], order_by=["metrics.m DESC"])
        equal([run.data.metrics for run in order], [{"m": float(i)}], "the metrics that a search returns")


@rule(needs="durable")
def others_see_lifecycle(h: StoreHarness) -> None:
    """What one provider made, renamed, deleted and restored, another that is open already sees."""
    other = h.open()
    name = h.name("first")
    experiment_id = h.experiment(name)
    equal(other.get_experiment_by_name(name), h.store.get_experiment(experiment_id), "the experiment")
    h.store.rename_experiment(experiment_id, name + " renamed")
    equal(other.get_experiment_by_name(name), None, "what the old name finds")
    equal(other.get_experiment(experiment_id).name, name + " renamed", "the name")
    run_id = h.run(experiment_id)
    equal(len(other.search_runs([experiment_id])), 1, "the active runs")
    h.store.delete_experiment(experiment_id)
    equal(other.get_experiment(experiment_id).lifecycle_stage, LifecycleStage.DELETED, "the stage")
    equal(len(other.search_runs([experiment_id])), 0, "the active runs")
    refused(InvalidParameterValue, other.set_tag, run_id, RunTag("t", "1"))
    h.store.restore_experiment(experiment_id)
    other.set_tag(run_id, RunTag("t", "1"))
    h.store.delete_run(run_id)
    refused(InvalidParameterValue, other.set_tag, run_id, RunTag("t", "2"))
    equal(h.store.get_run(run_id).data.tags["t"], "1", "the tag")


@rule(needs="durable")
def others_keep_params(h: StoreHarness) -> None:
    """A param that one provider wrote, another cannot write with another value."""
    other, run_id = h.open(), h.run()
    other.get_run(run_id)
    h.store.log_param(run_id, Param("p", "1"))
    refused(InvalidParameterValue, other.log_param, run_id, Param("p", "2"))
    other.log_param(run_id, Param("p", "1"))
    equal(h.store.get_run(run_id).data.params, {"p": "1"}, "the params")


@rule(needs="durable")
def full_durability(h: StoreHarness) -> None:
    """With PEGBOARD_DURABILITY=full a store does the same, only safer."""
    with h.variables(PEGBOARD_DURABILITY="full"):
        store = h.reopen()
        run_id = h.run(tags=[RunTag("first", "1")])
        store.log_batch(run_id, [Metric("m", 1.0, MOMENT, 0)], [Param("p", "1")], [RunTag("t", "1")])
        store.log_metric(run_id, Metric("m", 2.0, MOMENT, 1))
        store.update_run_info(run_id, RunStatus.FINISHED, MOMENT + 1)
        store.set_experiment_tag(store.get_run(run_id).info.experiment_id, ExperimentTag("t", "1"))
        before = state(store, run_id)
    equal(state(h.open(), run_id), before, "the run")
    equal(before["history"], {"m": [(0, MOMENT, 1.0), (1, MOMENT, 2.0)]}, "the history")


def _write_all(store: TrackingStore, experiment_id: str, acknowledge: Acknowledge) -> None:
    """Do one of everything and tell each as soon as it is acknowledged."""
    acknowledge(("experiment", store.create_experiment(f"of a process, beside {experiment_id}")))
    run_id = store.create_run(experiment_id, "user", MOMENT, [RunTag("first", "1")], "name").info.run_id
    acknowledge(("run", run_id))
    store.log_metric(run_id, Metric("m", 1.0, MOMENT, 0))
    store.log_param(run_id, Param("p", "1"))
    store.set_tag(run_id, RunTag("t", "1"))
    store.log_batch(
        run_id, [Metric("m", 2.0, MOMENT, i) for i in range(1, 500)], [Param("q", "2")], [RunTag("u", "")]
    )
    store.set_experiment_tag(experiment_id, ExperimentTag("t", "1"))
    store.update_run_info(run_id, RunStatus.FINISHED, MOMENT + 1)
    gone = store.create_run(experiment_id, "user", MOMENT, (), "gone").info.run_id
    store.delete_run(gone)
    acknowledge(("all", gone))


@rule(needs="durable")
def survives_death(h: StoreHarness) -> None:
    """What was acknowledged is there after the process that wrote it got SIGKILL, and the store is usable."""
    experiment_id = h.experiment()
    acknowledged = dict(h.in_dying_process(_write_all, experiment_id))
    equal(set(acknowledged), {"experiment", "run", "all"}, "what was acknowledged")
    for store in (h.store, h.open()):
        run = store.get_run(acknowledged["run"])
        equal(run.data.params, {"p": "1", "q": "2"}, "the params")
        equal([run.data.tags.get(key) for key in ("first", "t", "u")], ["1", "1", ""], "the tags")
        wanted = [(0, MOMENT, 1.0), *((step, MOMENT, 2.0) for step in range(1, 500))]
        equal(points(store, run.info.run_id, "m"), wanted, "the history")
        equal((run.info.status, run.info.end_time), ("FINISHED", MOMENT + 1), "status and end time")
        equal(store.get_experiment(experiment_id).tags, {"t": "1"}, "the tags of the experiment")
        stage = store.get_experiment(acknowledged["experiment"]).lifecycle_stage
        equal(stage, LifecycleStage.ACTIVE, "the stage of the experiment that the process made")
        equal(
            store.get_run(acknowledged["all"]).info.lifecycle_stage, LifecycleStage.DELETED, "the other run"
        )
    h.store.log_metric(acknowledged["run"], Metric("m", 3.0, MOMENT, 500))
    h.experiment()


def _write_on(store: TrackingStore, run_id: str, acknowledge: Acknowledge) -> None:
    """Write without end, telling each write that is acknowledged."""
    for i in range(10**9):
        store.log_metric(run_id, Metric("single", float(i), MOMENT, i))
        batch = [Metric("batch", float(i), MOMENT, 10 * i + j) for j in range(10)]
        store.log_batch(run_id, batch, [Param(f"p{i}", _text(i))], [RunTag("t", _text(i))])
        acknowledge(i)


def _text(number: int) -> str:
    return f"{number} " * 200


@rule(needs="durable")
def survives_death_while_writing(h: StoreHarness) -> None:
    """A process that dies in the middle of writing loses nothing acknowledged and leaves nothing torn."""
    run_id = h.run()
    acknowledged = h.in_dying_process(_write_on, run_id, kill_after=25)
    last = acknowledged[-1]
    check(len(acknowledged) >= 25, "the process died too early")
    for store in (h.open(), h.store):
        run = store.get_run(run_id)
        single, batch = points(store, run_id, "single"), points(store, run_id, "batch")
        for i in range(last + 1):
            equal(single[i], (i, MOMENT, float(i)), "a point logged alone")
            equal(batch[10 * i : 10 * i + 10], [(10 * i + j, MOMENT, float(i)) for j in range(10)], "a batch")
            equal(run.data.params.get(f"p{i}"), _text(i), "a param")
        equal(len(batch) % 10, 0, "the points of a batch under one key that are left over")
        for key, value in run.data.params.items():
            equal(value, _text(int(key[1:])), "a param, acknowledged or not")
        number = int(run.data.tags["t"].split()[0])
        check(number >= last, f"the tag went back to {number}, though {last} was acknowledged")
        equal(run.data.tags["t"], _text(number), "the tag")
        for step, moment, value in single:
            equal((step, moment), (int(value), MOMENT), "a point, acknowledged or not")
        found = store.search_runs([run.info.experiment_id], "metrics.single >= 0")
        equal([each.info.run_id for each in found], [run_id], "the runs that are found")
    h.store.log_batch(run_id, [Metric("after", 1.0, 1, 0)], [Param("after", "1")], [RunTag("t", "after")])
    equal(h.store.get_run(run_id).data.tags["t"], "after", "the tag that is set afterwards")
