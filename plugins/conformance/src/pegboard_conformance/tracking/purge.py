"""Rules of removing deleted runs and experiments for good, for stores that declare `purge`."""

from __future__ import annotations

from pegboard.entities import LifecycleStage, Metric, Param, RunTag, ViewType
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.data import BAD_IDS
from pegboard_conformance.tracking.harness import StoreHarness, rules, state

rule = rules()
_YEAR = 365 * 24 * 60 * 60 * 1000


@rule(needs="purge")
def purge_run(h: StoreHarness) -> None:
    """A purged run is not there any more: not by id, not in a search, not in a history."""
    experiment_id = h.experiment()
    run_id, other = h.run(experiment_id, "gone"), h.run(experiment_id, "kept")
    h.store.log_batch(run_id, [Metric("m", 1.0, 1, 0)], [Param("p", "1")], [RunTag("t", "1")])
    h.store.delete_run(run_id)
    h.store.purge_run(run_id)
    refused(ResourceDoesNotExist, h.store.get_run, run_id)
    refused(ResourceDoesNotExist, h.store.get_metric_history, run_id, "m")
    refused(ResourceDoesNotExist, h.store.restore_run, run_id)
    refused(ResourceDoesNotExist, h.store.purge_run, run_id)
    equal([run.info.run_id for run in h.runs_of(experiment_id)], [other], "the runs of the experiment")
    check(run_id not in h.store.deleted_runs(), "the purged run is among the deleted ones")


@rule(needs="purge")
def purge_active(h: StoreHarness) -> None:
    """An active run or experiment cannot be purged, and stays as it was."""
    run_id = h.run()
    before = state(h.store, run_id)
    experiment_id = before["info"]["experiment_id"]
    refused(InvalidParameterValue, h.store.purge_run, run_id, naming=[run_id])
    refused(InvalidParameterValue, h.store.purge_experiment, experiment_id, naming=[experiment_id])
    equal(state(h.store, run_id), before, "the run")
    equal(h.store.get_experiment(experiment_id).lifecycle_stage, LifecycleStage.ACTIVE, "the experiment")


@rule(needs="purge")
def purge_experiment(h: StoreHarness) -> None:
    """A purged experiment is not there any more, nor are its runs, and its name is free."""
    name = h.name("purged")
    experiment_id = h.experiment(name)
    run_id, other = h.run(experiment_id), h.run()
    h.store.delete_experiment(experiment_id)
    h.store.purge_experiment(experiment_id)
    refused(ResourceDoesNotExist, h.store.get_experiment, experiment_id)
    refused(ResourceDoesNotExist, h.store.restore_experiment, experiment_id)
    refused(ResourceDoesNotExist, h.store.purge_experiment, experiment_id)
    refused(ResourceDoesNotExist, h.store.get_run, run_id)
    equal(h.runs_of(experiment_id), [], "the runs of the experiment")
    found = h.store.search_experiments(ViewType.ALL, 10, f"name = '{name}'")
    equal(found.to_list(), [], "the experiments of that name")
    h.experiment(name)
    h.store.set_tag(other, RunTag("t", "1"))


@rule(needs="purge")
def purge_leaves_artifacts_elsewhere(h: StoreHarness) -> None:
    """Purging removes no artifacts that lie elsewhere, under an artifact location that was given."""
    elsewhere = h.scratch / "elsewhere"
    experiment_id = h.store.create_experiment(h.name(), str(elsewhere))
    run_ids = [h.run(experiment_id) for _ in range(2)]
    kept = [elsewhere / "note.txt", *(elsewhere / run_id / "artifacts" / "model.bin" for run_id in run_ids)]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"kept")
    h.store.delete_run(run_ids[0])
    h.store.purge_run(run_ids[0])
    h.store.delete_experiment(experiment_id)
    h.store.purge_experiment(experiment_id)
    equal([path.exists() for path in kept], [True] * 3, "whether the files are there")


@rule(needs="purge")
def purge_lists_deleted(h: StoreHarness) -> None:
    """The deleted runs and experiments are listed, those deleted with an experiment too, no active ones."""
    experiment_id, kept = h.experiment(), h.experiment()
    with_it, alone, active = h.run(experiment_id), h.run(kept, "alone"), h.run(kept, "active")
    h.store.delete_run(alone)
    h.store.delete_experiment(experiment_id)
    runs, experiments = h.store.deleted_runs(), h.store.deleted_experiments()
    check({with_it, alone} <= set(runs), f"{with_it} and {alone} are deleted, but listed are {runs}")
    check(active not in runs, "an active run is listed as deleted")
    check(experiment_id in experiments, f"{experiment_id} is deleted, but listed are {experiments}")
    check(kept not in experiments, "an active experiment is listed as deleted")
    h.store.restore_run(alone)
    h.store.restore_experiment(experiment_id)
    check(not {with_it, alone} & set(h.store.deleted_runs()), "a restored run is listed as deleted")
    check(experiment_id not in h.store.deleted_experiments(), "a restored experiment is listed as deleted")


@rule(needs="purge")
def purge_lists_by_age(h: StoreHarness) -> None:
    """With an age, only what was deleted at least as many milliseconds ago is listed."""
    experiment_id = h.experiment()
    run_id = h.run(experiment_id)
    h.store.delete_experiment(experiment_id)
    check(run_id not in h.store.deleted_runs(_YEAR), "a run deleted just now counts as deleted a year ago")
    check(experiment_id not in h.store.deleted_experiments(_YEAR), "an experiment, too")
    check(run_id in h.store.deleted_runs(0), "a run deleted just now is not listed")
    check(experiment_id in h.store.deleted_experiments(0), "an experiment deleted just now is not listed")


@rule(needs="purge")
def purge_unknown(h: StoreHarness) -> None:
    """Purging what is not there raises ResourceDoesNotExist; a malformed id is refused and harms nothing."""
    run_id = h.run()
    h.store.delete_run(run_id)
    before = state(h.store, run_id)
    refused(ResourceDoesNotExist, h.store.purge_run, h.unknown_run())
    refused(ResourceDoesNotExist, h.store.purge_run, run_id[:-1])
    refused(ResourceDoesNotExist, h.store.purge_experiment, h.unknown_experiment())
    for wrong in BAD_IDS:
        with case(wrong):
            refused(InvalidParameterValue, h.store.purge_run, wrong)
            refused(InvalidParameterValue, h.store.purge_experiment, wrong)
    equal(state(h.store, run_id), before, "the deleted run")


@rule(needs="purge")
def purge_keeps_restored_runs_apart(h: StoreHarness) -> None:
    """A run that was purged does not come back when its experiment is restored."""
    experiment_id = h.experiment()
    gone, kept = h.run(experiment_id, "gone"), h.run(experiment_id, "kept")
    h.store.delete_experiment(experiment_id)
    h.store.purge_run(gone)
    h.store.restore_experiment(experiment_id)
    equal([run.info.run_id for run in h.runs_of(experiment_id, ViewType.ACTIVE_ONLY)], [kept], "the runs")
