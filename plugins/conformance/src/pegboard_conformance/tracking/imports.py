"""Rules of making experiments and runs with given fields, for stores that declare `import`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, cast

from pegboard.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    InputTag,
    LifecycleStage,
    Metric,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunTag,
)
from pegboard.errors import InvalidParameterValue, ResourceAlreadyExists, ResourceDoesNotExist
from pegboard_conformance.checks import case, equal, refused
from pegboard_conformance.tracking.data import BAD_IDS, BAD_TEXTS, MOMENT, RUN_NAME_TAG
from pegboard_conformance.tracking.harness import StoreHarness, points, rules, state

rule = rules()


def _experiment(h: StoreHarness, stage: str = LifecycleStage.ACTIVE, **changes: Any) -> Experiment:
    fields: dict[str, Any] = {
        "experiment_id": h.unknown_experiment(),
        "name": h.name("imported"),
        "artifact_location": "s3://bucket/imported",
        "lifecycle_stage": stage,
        "tags": {"t": "1", "text": "\u00e9\n"},
        "creation_time": MOMENT,
        "last_update_time": MOMENT + 1,
    }
    return Experiment(**fields | changes)


def _run(h: StoreHarness, experiment_id: str, tags: dict[str, str] | None = None, **changes: Any) -> Run:
    fields: dict[str, Any] = {
        "run_id": h.unknown_run(),
        "experiment_id": experiment_id,
        "user_id": "somebody",
        "status": "FAILED",
        "start_time": MOMENT,
        "end_time": MOMENT + 5,
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "artifact_uri": "s3://elsewhere/artifacts",
        "run_name": "imported",
    }
    all_tags = {"t": "1", RUN_NAME_TAG: "imported", **(tags or {})}
    return Run(RunInfo(**fields | changes), RunData((), {"p": "1", "q": ""}, all_tags))


def _points() -> Iterator[Metric]:
    yield from (Metric("m", step, MOMENT, step) for step in range(3000))
    yield from (Metric("n", value, 1, 0) for value in (2.0, math.nan, math.inf, 2.0))


@rule(needs="import")
def import_experiment(h: StoreHarness) -> None:
    """An imported experiment has exactly the fields that were given, and takes runs if it is active."""
    experiment = _experiment(h)
    h.store.import_experiment(experiment)
    equal(h.store.get_experiment(experiment.experiment_id), experiment, "the experiment")
    found = h.store.get_experiment_by_name(experiment.name)
    equal(found, experiment, "the experiment found by name")
    h.run(experiment.experiment_id)


@rule(needs="import")
def import_experiment_ids(h: StoreHarness) -> None:
    """An imported experiment may have any well-formed id, such as the small numbers of other stores."""
    for experiment_id in (str(int(h.unknown_experiment()) % 10**7 + 1), h.name("Id_-"), h.unknown_run()):
        experiment = _experiment(h, experiment_id=experiment_id)
        with case(experiment_id):
            h.store.import_experiment(experiment)
            equal(h.store.get_experiment(experiment_id), experiment, "the experiment")
            run_id = h.run(experiment_id)
            equal([run.info.run_id for run in h.runs_of(experiment_id)], [run_id], "its runs")


@rule(needs="import")
def import_deleted_experiment(h: StoreHarness) -> None:
    """A deleted experiment is imported as deleted, and can be restored."""
    experiment = _experiment(h, LifecycleStage.DELETED)
    h.store.import_experiment(experiment)
    equal(h.store.get_experiment(experiment.experiment_id), experiment, "the experiment")
    h.store.restore_experiment(experiment.experiment_id)
    h.run(experiment.experiment_id)


@rule(needs="import")
def import_taken_experiment(h: StoreHarness) -> None:
    """An experiment whose id or name is taken is not imported."""
    experiment_id = h.experiment()
    there = h.store.get_experiment(experiment_id)
    refused(ResourceAlreadyExists, h.store.import_experiment, _experiment(h, experiment_id=experiment_id))
    refused(ResourceAlreadyExists, h.store.import_experiment, _experiment(h, name=there.name))
    equal(h.store.get_experiment(experiment_id), there, "the experiment that was there")


@rule(needs="import")
def import_wrong_experiment(h: StoreHarness) -> None:
    """An experiment with a field that breaks a rule is refused and not made."""
    wrong = [_experiment(h, name=name) for name in ("", *BAD_TEXTS)]
    wrong += [_experiment(h, tags={key: "v"}) for key in ("", "../x", "nul\0")]
    wrong += [_experiment(h, tags={"k": text}) for text in BAD_TEXTS]
    for experiment in wrong:
        with case(experiment):
            refused(InvalidParameterValue, h.store.import_experiment, experiment)
            refused(ResourceDoesNotExist, h.store.get_experiment, experiment.experiment_id)
    for experiment_id in BAD_IDS:
        with case(experiment_id):
            refused(
                InvalidParameterValue, h.store.import_experiment, _experiment(h, experiment_id=experiment_id)
            )


@rule(needs="import")
def import_run(h: StoreHarness) -> None:
    """An imported run has exactly the fields, params, tags and inputs that were given; a place of its own."""
    experiment_id = h.experiment()
    run = _run(h, experiment_id)
    use = DatasetInput(Dataset("train", "d", "local", "{}"), [InputTag("mlflow.data.context", "training")])
    run.inputs = RunInputs([use])
    h.store.import_run(run, [])
    found = h.store.get_run(run.info.run_id)
    mine = h.store.get_run(h.run(experiment_id, start_time=MOMENT - 1))
    own_uri = (mine.info.artifact_uri or "").replace(mine.info.run_id, run.info.run_id)
    equal(dict(found.info), dict(run.info) | {"artifact_uri": own_uri}, "the info")
    equal((found.data.params, found.data.tags), (run.data.params, run.data.tags), "params and tags")
    if "inputs" in h.store.capabilities:
        equal(found.inputs, run.inputs, "the inputs")
    equal([r.info.run_id for r in h.runs_of(experiment_id)], [run.info.run_id, mine.info.run_id], "the runs")


@rule(needs="import")
def import_history(h: StoreHarness) -> None:
    """An imported run has the whole history that was given, of any length, and its latest values."""
    run = _run(h, h.experiment())
    run.data.latest_metrics.append(Metric("ignored", 1.0, 1, 0))
    h.store.import_run(run, _points())
    run_id = run.info.run_id
    equal(points(h.store, run_id, "m"), [(step, MOMENT, float(step)) for step in range(3000)], "the history")
    equal(points(h.store, run_id, "n"), [(0, 1, math.nan), (0, 1, 2.0), (0, 1, math.inf)], "the history")
    equal(h.store.get_run(run_id).data.metrics, {"m": 2999.0, "n": math.inf}, "the latest values")


@rule(needs="import")
def import_run_goes_on(h: StoreHarness) -> None:
    """An imported run that is active takes writes like any other."""
    run = _run(h, h.experiment(), status="RUNNING", end_time=None)
    h.store.import_run(run, [Metric("m", 1.0, MOMENT, 0)])
    h.store.log_metric(run.info.run_id, Metric("m", 2.0, MOMENT, 1))
    h.store.set_tag(run.info.run_id, RunTag("t", "2"))
    found = h.store.get_run(run.info.run_id)
    equal((found.data.metrics, found.data.tags["t"]), ({"m": 2.0}, "2"), "metrics and tag")


@rule(needs="import")
def import_deleted_run(h: StoreHarness) -> None:
    """A deleted run is imported as deleted, refuses writes, and can be restored."""
    run = _run(h, h.experiment(), lifecycle_stage=LifecycleStage.DELETED)
    h.store.import_run(run, [Metric("m", 1.0, MOMENT, 0)])
    run_id = run.info.run_id
    equal(h.store.get_run(run_id).info.lifecycle_stage, LifecycleStage.DELETED, "the stage")
    refused(InvalidParameterValue, h.store.set_tag, run_id, RunTag("t", "2"))
    h.store.restore_run(run_id)
    h.store.set_tag(run_id, RunTag("t", "2"))


@rule(needs="import")
def import_taken_run(h: StoreHarness) -> None:
    """A run whose id is taken, also in another experiment, is not imported; the one that is there stays."""
    run_id = h.run()
    before = state(h.store, run_id)
    for experiment_id in (before["info"]["experiment_id"], h.experiment()):
        run = _run(h, experiment_id, run_id=run_id)
        refused(ResourceAlreadyExists, h.store.import_run, run, [Metric("m", 1.0, 1, 0)], naming=[run_id])
    equal(state(h.store, run_id), before, "the run that was there")


@rule(needs="import")
def import_wrong_run(h: StoreHarness) -> None:
    """A run with a field that breaks a rule, or of no experiment, is refused and nothing of it made."""
    experiment_id = h.experiment()
    refused(ResourceDoesNotExist, h.store.import_run, _run(h, h.unknown_experiment()), [])
    wrong: list[tuple[Run, list[Metric]]] = [(_run(h, experiment_id, tags={"../x": "v"}), [])]
    wrong += [(_run(h, experiment_id, tags={"k": text}), []) for text in BAD_TEXTS]
    wrong += [(_run(h, experiment_id, status="DONE"), [])]
    bad = Metric("m", cast(Any, "text"), 1, 0)
    wrong += [(_run(h, experiment_id), [*(Metric("m", i, 1, i) for i in range(1500)), bad])]
    wrong += [(_run(h, experiment_id), [Metric("m", 1.0, 1, 0), Metric("../x", 1.0, 1, 0)])]
    wrong += [(_run(h, experiment_id, run_id=run_id), []) for run_id in BAD_IDS]
    for run, metrics in wrong:
        with case(run):
            refused(InvalidParameterValue, h.store.import_run, run, metrics)
    equal(h.runs_of(experiment_id), [], "the runs")
