"""Deleting, restoring and purging of experiments and runs; called by the store.

Lying in the trash is what makes an experiment and all its runs deleted, so one rename decides. Its runs are
marked too, for MLflow, with the experiment's own time of deletion: those are the ones that restoring brings
back.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

from pegboard.entities import LifecycleStage, ViewType
from pegboard.errors import InvalidParameterValue, PegboardException, ResourceDoesNotExist, StorageDamaged
from pegboard_file import files
from pegboard_file.experiments import META, ExperimentFolder, Experiments, writable
from pegboard_file.runs import ARTIFACTS, RunFolder, Runs, check_links, is_active

_DELETED_TIME = "deleted_time"


def now_ms() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def delete_experiment(runs: Runs, folder: ExperimentFolder) -> None:
    """Move an active experiment to the trash and mark it and its active runs."""
    experiments = runs.experiments
    writable(folder)
    moved = _move(experiments, folder, trashed=True)
    marked = _readable_runs(runs, moved)
    # A run that was deleted on its own in this millisecond must not come back with the experiment.
    deleted = [fields[_DELETED_TIME] for _, fields in marked if isinstance(fields.get(_DELETED_TIME), int)]
    moment = max([now_ms(), *(moment + 1 for moment in deleted)])
    experiments.update(
        moved, lambda fields: fields.update(lifecycle_stage=LifecycleStage.DELETED, last_update_time=moment)
    )
    for run, fields in marked:
        if is_active(fields):
            runs.update(run, lambda fields: _mark_deleted(fields, moment))


def restore_experiment(runs: Runs, folder: ExperimentFolder) -> None:
    """Bring a deleted experiment back with the runs that were deleted with it."""
    experiments = runs.experiments
    writable(folder)
    moment = experiments.fields(folder).get("last_update_time")
    for run, fields in _readable_runs(runs, folder):
        if not is_active(fields) and fields.get(_DELETED_TIME) == moment:
            runs.update(run, _mark_active)
    experiments.update(
        folder, lambda fields: fields.update(lifecycle_stage=LifecycleStage.ACTIVE, last_update_time=now_ms())
    )
    if folder.trashed:
        _move(experiments, folder, trashed=False)


def _move(experiments: Experiments, folder: ExperimentFolder, trashed: bool) -> ExperimentFolder:
    parent = experiments.trash if trashed else experiments.root
    target = ExperimentFolder(parent, folder.experiment_id, trashed)
    os.makedirs(experiments.trash, exist_ok=True)
    try:
        os.rename(folder.path, target.path)
    except FileNotFoundError:
        raise ResourceDoesNotExist(
            f"The experiment '{folder.experiment_id}' was {'deleted' if trashed else 'restored'} meanwhile."
        ) from None
    except OSError as error:
        if os.path.exists(target.path) and os.path.exists(folder.path):
            raise StorageDamaged(f"'{folder.path}' and '{target.path}' are there both. Remove one.") from None
        raise files.failure(error, folder.path) from error
    if experiments.sync:
        files.sync_folder(experiments.root)
        files.sync_folder(experiments.trash)
    return target


def _readable_runs(runs: Runs, folder: ExperimentFolder) -> list[tuple[RunFolder, dict[str, Any]]]:
    found = []
    for run in runs.of_experiment(folder):
        with suppress(PegboardException):
            check_links(run)
            found.append((run, runs.fields(run)))
    return found


def delete_run(runs: Runs, run: RunFolder) -> None:
    """Mark a run as deleted."""
    check_links(run)
    if is_active(runs.fields(run)):
        runs.update(run, lambda fields: _mark_deleted(fields, now_ms()))


def restore_run(runs: Runs, run: RunFolder) -> None:
    """Make a run active; raise InvalidParameterValue if its experiment is deleted."""
    if run.trashed:
        raise InvalidParameterValue(
            f"The run '{run.run_id}' is of the deleted experiment '{run.experiment_id}'. Restore that first."
        )
    check_links(run)
    if not is_active(runs.fields(run)):
        runs.update(run, _mark_active)


def _mark_deleted(fields: dict[str, Any], moment: int) -> None:
    if is_active(fields):
        fields.update(lifecycle_stage=LifecycleStage.DELETED, deleted_time=moment)


def _mark_active(fields: dict[str, Any]) -> None:
    fields["lifecycle_stage"] = LifecycleStage.ACTIVE
    fields.pop(_DELETED_TIME, None)


# For good


def deleted_runs(runs: Runs, older_than: int) -> list[str]:
    """Return the ids of the runs deleted at least so many milliseconds ago."""
    limit = now_ms() - older_than
    found = []
    for folder in runs.experiments.folders():
        experiment_time = _experiment_deletion(runs.experiments, folder)
        for run, fields in _readable_runs(runs, folder):
            if is_active(fields) and not run.trashed:
                continue
            moment = fields.get(_DELETED_TIME) or experiment_time or 0
            if moment <= limit:
                found.append(run.run_id)
    return sorted(found)


def deleted_experiments(experiments: Experiments, older_than: int) -> list[str]:
    """Return the ids of the experiments deleted at least so many milliseconds ago."""
    limit = now_ms() - older_than
    return sorted(
        experiment.experiment_id
        for experiment in experiments.read_all(ViewType.DELETED_ONLY)
        if (experiment.last_update_time or 0) <= limit
    )


def _experiment_deletion(experiments: Experiments, folder: ExperimentFolder) -> int | None:
    if not folder.trashed:
        return None
    with suppress(PegboardException):
        moment = experiments.fields(folder).get("last_update_time")
        return moment if isinstance(moment, int) else None
    return None


def purge_run(run: RunFolder) -> None:
    """Remove a deleted run; artifacts in its own folder stay, as those elsewhere do, and nothing else."""
    check_links(run)
    # Without its meta.yaml it is no run any more, however far the rest gets.
    files.remove(run.meta)
    _remove_all_but(run.path, ARTIFACTS)


def purge_experiment(runs: Runs, folder: ExperimentFolder) -> None:
    """Remove a deleted experiment with its runs; their artifacts stay."""
    writable(folder)
    found = [run for run in runs.of_experiment(folder) if not os.path.islink(run.path)]
    files.remove(f"{folder.path}/{META}")
    for run in found:
        purge_run(run)
    for name in os.listdir(folder.path):
        path = f"{folder.path}/{name}"
        if not os.path.isdir(path) or os.path.islink(path):
            files.remove(path)
        elif not any(run.path == path for run in found):
            files.remove_folder(path)
    with suppress(OSError):
        os.rmdir(folder.path)


def _remove_all_but(path: str, kept: str) -> None:
    for name in os.listdir(path):
        below = f"{path}/{name}"
        if not os.path.isdir(below) or os.path.islink(below):
            files.remove(below)
        elif name != kept:
            files.remove_folder(below)
    for folder in (f"{path}/{kept}", path):
        with suppress(OSError):
            os.rmdir(folder)
