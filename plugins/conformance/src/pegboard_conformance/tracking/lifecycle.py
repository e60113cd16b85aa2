"""Rules of deleting and restoring experiments and runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pegboard.entities import ExperimentTag, LifecycleStage, Metric, Param, RunTag, ViewType
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.data import BAD_IDS, MOMENT
from pegboard_conformance.tracking.harness import (
    StoreHarness,
    experiment_writes,
    points,
    rules,
    run_writes,
    state,
)

rule = rules()
_ACTIVE, _DELETED = LifecycleStage.ACTIVE, LifecycleStage.DELETED


@rule
def delete_run(h: StoreHarness) -> None:
    """A deleted run is told as deleted, and the others of its experiment stay active."""
    experiment_id = h.experiment()
    gone, kept = h.run(experiment_id, "gone"), h.run(experiment_id, "kept")
    h.store.delete_run(gone)
    equal(_stages(h, experiment_id), {"gone": _DELETED, "kept": _ACTIVE}, "the stages of the runs")
    equal(h.store.get_run(kept).info.lifecycle_stage, _ACTIVE, "the stage of the other run")


@rule
def delete_run_twice(h: StoreHarness) -> None:
    """Deleting a deleted run and restoring an active one are without effect."""
    run_id = h.run()
    before = state(h.store, run_id)
    h.store.restore_run(run_id)
    equal(state(h.store, run_id), before, "the run after it was restored while active")
    h.store.delete_run(run_id)
    deleted = state(h.store, run_id)
    h.store.delete_run(run_id)
    equal(state(h.store, run_id), deleted, "the run after it was deleted twice")


@rule
def deleted_run_is_read(h: StoreHarness) -> None:
    """A deleted run can be read with all that it logged."""
    run_id = _full_run(h)
    before = state(h.store, run_id)
    h.store.delete_run(run_id)
    before["info"]["lifecycle_stage"] = _DELETED
    equal(state(h.store, run_id), before, "the deleted run")
    equal(points(h.store, run_id, "m"), [(0, MOMENT, 1.0), (1, MOMENT, 2.0)], "its history")


@rule
def deleted_run_refuses_writes(h: StoreHarness) -> None:
    """A deleted run refuses each write with InvalidParameterValue and stays as it was."""
    run_id = _full_run(h)
    h.store.delete_run(run_id)
    before = state(h.store, run_id)
    for name, write in run_writes(h.store).items():
        with case(name):
            refused(InvalidParameterValue, write, run_id, naming=[run_id])
    equal(state(h.store, run_id), before, "the deleted run")


@rule
def restore_run(h: StoreHarness) -> None:
    """A restored run is active, has all that it logged, and takes writes again."""
    run_id = _full_run(h)
    before = state(h.store, run_id)
    h.store.delete_run(run_id)
    h.store.restore_run(run_id)
    equal(state(h.store, run_id), before, "the restored run")
    h.store.log_metric(run_id, Metric("m", 3.0, MOMENT, 2))
    equal(h.store.get_run(run_id).data.metrics, {"m": 3.0}, "the metrics")


@rule
def unknown_run_id(h: StoreHarness) -> None:
    """A run id that is not there raises ResourceDoesNotExist in every method that takes one."""
    known = h.run()
    for run_id in (h.unknown_run(), known[:-1], known[:8], known + "0", known.upper(), "no-such"):
        for name, call in _run_calls(h).items():
            with case((name, run_id)):
                refused(ResourceDoesNotExist, call, run_id, naming=[run_id])


@rule
def malformed_run_id(h: StoreHarness) -> None:
    """A run id that has not the form of one is refused in every method that takes one."""
    h.run()
    for run_id in BAD_IDS:
        for name, call in _run_calls(h).items():
            with case((name, run_id)):
                refused(InvalidParameterValue, call, run_id)


@rule
def experiment_id_is_no_run_id(h: StoreHarness) -> None:
    """The id of an experiment is no run's, and the id of a run no experiment's."""
    run_id = h.run()
    experiment_id = h.store.get_run(run_id).info.experiment_id
    refused(ResourceDoesNotExist, h.store.get_run, experiment_id)
    refused(ResourceDoesNotExist, h.store.get_experiment, run_id)
    equal(h.runs_of(run_id), [], "the runs of an experiment with the run's id")


@rule
def delete_experiment(h: StoreHarness) -> None:
    """A deleted experiment is told as deleted, keeps its fields, and its active runs are deleted with it."""
    experiment_id = h.experiment(tags=[ExperimentTag("t", "1")])
    before = h.store.get_experiment(experiment_id)
    run_id = h.run(experiment_id)
    h.store.delete_experiment(experiment_id)
    after = h.store.get_experiment(experiment_id)
    equal(after.lifecycle_stage, _DELETED, "the stage of the experiment")
    equal(
        (after.name, after.tags, after.artifact_location, after.creation_time),
        (before.name, before.tags, before.artifact_location, before.creation_time),
        "name, tags, artifact location and creation time",
    )
    equal(h.store.get_run(run_id).info.lifecycle_stage, _DELETED, "the stage of its run")


@rule
def deleted_experiment_runs_are_read(h: StoreHarness) -> None:
    """The runs of a deleted experiment can be read and searched with all that they logged."""
    run_id = _full_run(h)
    before = state(h.store, run_id)
    before["info"]["lifecycle_stage"] = _DELETED
    experiment_id = before["info"]["experiment_id"]
    h.store.delete_experiment(experiment_id)
    equal(state(h.store, run_id), before, "the run")
    for view, wanted in (
        (ViewType.DELETED_ONLY, [run_id]),
        (ViewType.ALL, [run_id]),
        (ViewType.ACTIVE_ONLY, []),
    ):
        equal([run.info.run_id for run in h.runs_of(experiment_id, view)], wanted, f"runs in view {view}")
    for name, write in run_writes(h.store).items():
        with case(name):
            refused(InvalidParameterValue, write, run_id)


@rule
def deleted_experiment_refuses_writes(h: StoreHarness) -> None:
    """A deleted experiment refuses each write with InvalidParameterValue and stays as it was."""
    experiment_id = h.experiment(tags=[ExperimentTag("w", "old")])
    h.store.delete_experiment(experiment_id)
    before = h.store.get_experiment(experiment_id)
    for name, write in experiment_writes(h.store).items():
        with case(name):
            refused(InvalidParameterValue, write, experiment_id, naming=[experiment_id])
    equal(h.store.get_experiment(experiment_id), before, "the deleted experiment")
    equal(h.runs_of(experiment_id), [], "its runs")


@rule
def delete_deleted_experiment(h: StoreHarness) -> None:
    """Deleting a deleted experiment and restoring an active one raise ResourceDoesNotExist."""
    experiment_id = h.experiment()
    refused(ResourceDoesNotExist, h.store.restore_experiment, experiment_id, naming=[experiment_id])
    h.store.delete_experiment(experiment_id)
    refused(ResourceDoesNotExist, h.store.delete_experiment, experiment_id, naming=[experiment_id])


@rule
def restore_experiment(h: StoreHarness) -> None:
    """A restored experiment is active with its tags, and takes writes again."""
    experiment_id = h.experiment(tags=[ExperimentTag("t", "1")])
    h.store.delete_experiment(experiment_id)
    h.store.restore_experiment(experiment_id)
    h.store.set_experiment_tag(experiment_id, ExperimentTag("again", "2"))
    experiment = h.store.get_experiment(experiment_id)
    equal(experiment.lifecycle_stage, _ACTIVE, "the stage")
    equal(experiment.tags, {"t": "1", "again": "2"}, "the tags")
    h.run(experiment_id)


@rule
def restore_exactly_the_runs(h: StoreHarness) -> None:
    """Restoring an experiment restores exactly the runs that were deleted with it."""
    experiment_id = h.experiment()
    before, with_it = h.run(experiment_id, "before"), h.run(experiment_id, "with it")
    h.store.delete_run(before)
    h.store.delete_experiment(experiment_id)
    h.store.delete_run(with_it)  # without effect: it is deleted already
    h.store.restore_experiment(experiment_id)
    equal(_stages(h, experiment_id), {"before": _DELETED, "with it": _ACTIVE}, "the stages of the runs")
    h.store.set_tag(with_it, RunTag("t", "1"))


@rule
def restore_exactly_the_runs_again(h: StoreHarness) -> None:
    """What was deleted with an experiment is decided anew each time that it is deleted."""
    experiment_id = h.experiment()
    first, second = h.run(experiment_id, "first"), h.run(experiment_id, "second")
    h.store.delete_run(first)
    h.store.delete_experiment(experiment_id)
    h.store.restore_experiment(experiment_id)
    h.store.restore_run(first)
    h.store.delete_run(second)
    h.store.delete_experiment(experiment_id)
    h.store.restore_experiment(experiment_id)
    equal(_stages(h, experiment_id), {"first": _ACTIVE, "second": _DELETED}, "the stages of the runs")


@rule
def delete_one_experiment(h: StoreHarness) -> None:
    """Deleting an experiment leaves other experiments and their runs as they are."""
    gone, kept = h.experiment(), h.experiment()
    run_id = h.run(kept)
    h.run(gone)
    h.store.delete_experiment(gone)
    equal(h.store.get_experiment(kept).lifecycle_stage, _ACTIVE, "the stage of the other experiment")
    equal(h.store.get_run(run_id).info.lifecycle_stage, _ACTIVE, "the stage of its run")
    h.store.set_tag(run_id, RunTag("t", "1"))


def _stages(h: StoreHarness, experiment_id: str) -> dict[str | None, str]:
    stages = {run.info.run_name: run.info.lifecycle_stage for run in h.runs_of(experiment_id)}
    for view, wanted in ((ViewType.ACTIVE_ONLY, _ACTIVE), (ViewType.DELETED_ONLY, _DELETED)):
        names = {run.info.run_name for run in h.runs_of(experiment_id, view)}
        check(
            names == {name for name, stage in stages.items() if stage == wanted},
            f"the {wanted} runs among all are {stages}, but the view of them shows {names}",
        )
    return stages


def _full_run(h: StoreHarness) -> str:
    run_id = h.run()
    metrics = [Metric("m", 1.0, MOMENT, 0), Metric("m", 2.0, MOMENT, 1)]
    h.store.log_batch(run_id, metrics, [Param("p", "1")], [RunTag("t", "1")])
    return run_id


def _run_calls(h: StoreHarness) -> dict[str, Callable[[Any], object]]:
    return {
        **run_writes(h.store),
        "get_run": h.store.get_run,
        "delete_run": h.store.delete_run,
        "restore_run": h.store.restore_run,
        "get_metric_history": lambda run_id: h.store.get_metric_history(run_id, "m"),
    }
