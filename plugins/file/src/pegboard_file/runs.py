"""The folders of runs: where each is, whether it takes writes, what it holds; called by the store.

A run is a folder of an experiment's folder whose `meta.yaml` names the folder's own id. Where a run lies is
looked up once and then verified by one `stat` of its `meta.yaml` a call.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pegboard import notices
from pegboard.entities import LifecycleStage, Metric, Run, RunData, RunInfo, RunStatus
from pegboard.errors import InvalidParameterValue, PegboardException, ResourceDoesNotExist, StorageDamaged
from pegboard.uris import local_path
from pegboard.validation import RESERVED_PREFIX, check_run_id
from pegboard_file import files, inputs, keys, locations, meta, points
from pegboard_file.experiments import META, TRASH, ExperimentFolder, Experiments, read_texts, time_field

METRICS, PARAMS, TAGS, ARTIFACTS = "metrics", "params", "tags", "artifacts"
RUN_NAME_TAG = "mlflow.runName"

#: The name of a run's `meta.yaml` until all else is in its place.
META_BEFORE = f"{RESERVED_PREFIX}meta"

#: What an experiment's folder holds besides runs, in MLflow.
_NO_RUNS = ("tags", "datasets", "traces", "models")
_MOST_KNOWN = 10_000

T = TypeVar("T")


class RunFolder:
    """Where a run lies and what is known of it as long as its `meta.yaml` stays as it is.

    `metric_files` has the path of each metric that was written, and the size at which we left the file.
    """

    __slots__ = ("active", "experiment_id", "meta", "metric_files", "path", "run_id", "signature", "trashed")

    def __init__(self, experiment: ExperimentFolder, run_id: str) -> None:
        self.run_id = run_id
        self.experiment_id = experiment.experiment_id
        self.trashed = experiment.trashed
        self.path = f"{experiment.path}/{run_id}"
        self.meta = f"{self.path}/{META}"
        self.signature: tuple[int, int, int] | None = None
        self.active = False
        self.metric_files: dict[str, tuple[str, int]] = {}


class Runs:
    """The runs of one root.

    Args:
        experiments: Its experiments.
    """

    def __init__(self, experiments: Experiments) -> None:
        self.experiments = experiments
        self.sync = experiments.sync
        self.lock = threading.RLock()
        self._known: dict[str, RunFolder] = {}

    # Where they are

    def writable(self, run_id: str) -> RunFolder:
        """Return the folder of an active run.

        Raises:
            ResourceDoesNotExist: There is no such run.
            InvalidParameterValue: It is deleted.
            PermissionDenied: It lies behind a link.
            StorageDamaged: It cannot be read.
        """
        run = self._known.get(run_id) if isinstance(run_id, str) else None
        if run is not None:
            try:
                found = os.stat(run.meta)
            except OSError:
                run = None
            else:
                if (found.st_mtime_ns, found.st_size, found.st_ino) != run.signature:
                    run = None
        if run is None:
            try:
                run = self._verified(run_id)
            except OSError as error:
                raise files.failure(error, str(run_id)) from error
        if not run.active:
            raise InvalidParameterValue(
                f"The run '{run_id}' is deleted and takes no writes. Restore it first"
                + (", with its experiment." if run.trashed else ".")
            )
        return run

    def _verified(self, run_id: str) -> RunFolder:
        run = self.find(run_id)
        check_links(run)
        signature = _signature(run.meta)
        run.active = not run.trashed and is_active(self.fields(run))
        run.metric_files = {}
        run.signature = signature  # last: with it other threads rely on the rest
        return run

    def find(self, run_id: object) -> RunFolder:
        """Return the folder of a run, active or deleted.

        Raises:
            ResourceDoesNotExist: There is no such run.
            StorageDamaged: Its folder has no `meta.yaml`.
        """
        run_id = check_run_id(run_id)
        known = self._known.get(run_id)
        if known is not None and os.path.exists(known.meta):
            return known
        without_meta = None
        for experiment in self.experiments.folders() if run_id not in _NO_RUNS else ():
            run = RunFolder(experiment, run_id)
            if os.path.exists(run.meta):
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[run_id] = run
                return run
            if os.path.isdir(run.path):
                without_meta = run.path
        if without_meta is not None and not _is_remainder(without_meta):
            raise StorageDamaged(
                f"The run's folder '{without_meta}' has no {META}. Restore that file or remove the folder."
            )
        raise ResourceDoesNotExist(f"There is no run '{run_id}' in '{self.experiments.root}'.")

    def of_experiment(self, experiment: ExperimentFolder) -> Iterator[RunFolder]:
        """Yield the folders of an experiment that may be runs."""
        try:
            with os.scandir(experiment.path) as entries:
                names = [entry.name for entry in entries if _may_be_run(entry)]
        except FileNotFoundError:
            return
        except OSError as error:
            raise files.failure(error, experiment.path) from error
        for name in names:
            yield RunFolder(experiment, name)

    # What they hold

    def fields(self, run: RunFolder) -> dict[str, Any]:
        """Return the fields of a run's `meta.yaml`.

        Raises:
            StorageDamaged: They cannot be read or are of another run.
        """
        try:
            fields = meta.load(files.read(run.meta), run.meta)
        except FileNotFoundError:
            raise StorageDamaged(f"The run's folder '{run.path}' has no {META}. Restore that file.") from None
        except OSError as error:
            raise files.failure(error, run.meta) from error
        if fields.get("run_id", fields.get("run_uuid")) != run.run_id:
            raise StorageDamaged(
                f"'{run.meta}' is of run {fields.get('run_id')!r}, but lies in the folder of '{run.run_id}'. "
                "Rename the folder or repair the file."
            )
        if str(fields.get("experiment_id")) != run.experiment_id:
            raise StorageDamaged(
                f"'{run.meta}' is of experiment {fields.get('experiment_id')!r}, but lies in the folder "
                f"of experiment '{run.experiment_id}'. Move the folder or repair the file."
            )
        return fields

    def info(self, run: RunFolder, fields: dict[str, Any], run_name: str | None) -> RunInfo:
        """Return what a run is; `run_name` is its name if the fields have none."""
        status = fields.get("status", RunStatus.RUNNING)
        try:
            status_name = RunStatus.to_string(status)
        except (ValueError, TypeError):
            raise StorageDamaged(
                f"'{run.meta}' has {status!r} as status, which is none. Repair it."
            ) from None
        user = fields.get("user_id")
        name = fields.get("run_name") or run_name
        return RunInfo(
            run.run_id,
            run.experiment_id,
            None if user is None else str(user),
            status_name,
            time_field(fields, "start_time", run.path),
            time_field(fields, "end_time", run.path),
            LifecycleStage.ACTIVE if not run.trashed and is_active(fields) else LifecycleStage.DELETED,
            self._artifact_uri(run, fields.get("artifact_uri")),
            None if name is None else str(name),
        )

    def _artifact_uri(self, run: RunFolder, stored: object) -> str:
        suffix = f"/{run.experiment_id}/{run.run_id}/{ARTIFACTS}"
        base = self.experiments.own_base
        if stored == base + suffix and not run.trashed:
            return base + suffix
        own = f"{base}/{TRASH}{suffix}" if run.trashed else base + suffix
        if not isinstance(stored, str) or not stored:
            return own
        path = local_path(stored)
        artifact_base = self.experiments.artifact_base
        if (
            path is None
            or os.path.isdir(path)
            or (artifact_base != base and stored == artifact_base + suffix)
        ):
            return stored
        if locations.is_lost(stored, suffix) or _has_entries(f"{run.path}/{ARTIFACTS}"):
            return own
        return stored

    def read_settled(self, run_id: str, read: Callable[[RunFolder], T]) -> T:
        """Return what a reader gets of a run that is not moved while it reads.

        Args:
            run_id: The run.
            read: Reads it.
        """
        while True:
            run = self.find(run_id)
            try:
                found = read(run)
            except StorageDamaged:
                if os.path.exists(run.meta):
                    raise
            else:
                if os.path.exists(run.meta):
                    return found

    def read(self, run: RunFolder, fields: dict[str, Any] | None = None) -> Run:
        """Return a run with all it logged; raise StorageDamaged if it cannot be read."""
        fields = self.fields(run) if fields is None else fields
        tags = read_texts(f"{run.path}/{TAGS}")
        return Run(
            self.info(run, fields, tags.get(RUN_NAME_TAG)),
            RunData(_latest_metrics(run), read_texts(f"{run.path}/{PARAMS}"), tags),
            inputs.read(run.path),
        )

    def history(self, run: RunFolder, key: str) -> list[Metric]:
        """Return the points of a metric in the order of its file, repeats included."""
        path = f"{run.path}/{METRICS}/{key}"
        try:
            return points.parse(key, files.read_lines(path), path)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return []
        except OSError as error:
            raise files.failure(error, path) from error

    def search(
        self, experiment: ExperimentFolder, stages: tuple[str, ...], matches: Callable[[Run], bool]
    ) -> Iterator[Run]:
        """Yield the runs of an experiment that match; damaged ones are noted with their path and skipped."""
        for folder in self.of_experiment(experiment):
            try:
                fields = self.fields(folder)
                active = not folder.trashed and is_active(fields)
                if (LifecycleStage.ACTIVE if active else LifecycleStage.DELETED) not in stages:
                    continue
                run = self.read(folder, fields)
            except PegboardException as error:
                if not _is_no_run(folder):
                    notices.once(f"damaged:{folder.path}", f"{error} The run is skipped in searches.")
                continue
            # What moved to the trash or back while it was read, may have been read in part.
            if os.path.exists(folder.meta) and matches(run):
                yield run

    # Changing them

    def update(self, run: RunFolder, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Rewrite a run's `meta.yaml` with a change to its fields and return them; keys of others stay."""
        with self.lock:
            while True:
                before = _signature(run.meta)
                fields = self.fields(run)
                change(fields)
                data = meta.dump(fields)
                # Another process that rewrote the file meanwhile must not lose its change.
                if _signature(run.meta) == before:
                    files.replace(run.meta, data, run.path, self.sync)
                    return fields


def _signature(path: str) -> tuple[int, int, int]:
    found = os.stat(path)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def check_links(run: RunFolder) -> None:
    """Raise PermissionDenied if a run or a folder of it lies behind a symbolic link."""
    within = (f"{run.path}/{name}" for name in (METRICS, PARAMS, TAGS))
    for path in (os.path.dirname(run.path), run.path, *within):
        if os.path.islink(path):
            raise keys.leaves(path)


def is_active(fields: dict[str, Any]) -> bool:
    """Tell whether the fields of a run's `meta.yaml` are those of an active one."""
    return bool(fields.get("lifecycle_stage") != LifecycleStage.DELETED)


def _latest_metrics(run: RunFolder) -> list[Metric]:
    metrics = []
    for key, path in keys.files_in(f"{run.path}/{METRICS}"):
        try:
            latest = points.latest(key, files.read_lines(path), path)
        except OSError as error:
            raise files.failure(error, path) from error
        if latest is not None:
            metrics.append(latest)
    return metrics


def _may_be_run(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name[0] == "." or name in _NO_RUNS or not entry.is_dir():
        return False
    try:
        check_run_id(name)
    except InvalidParameterValue:
        return False
    return True


def _is_no_run(folder: RunFolder) -> bool:
    """Tell whether a folder is one that vanished, that a purge left, or that a later MLflow has."""
    if os.path.exists(folder.meta):
        return len(folder.run_id) != 32 and not os.path.isdir(f"{folder.path}/{METRICS}")
    return _is_remainder(folder.path)


def _is_remainder(path: str) -> bool:
    """Tell whether a folder is what a purge or an interrupted creation left, or is not there."""
    try:
        names = set(os.listdir(path))
    except OSError:
        return True
    return META_BEFORE in names or names <= {ARTIFACTS}


def _has_entries(path: str) -> bool:
    try:
        with os.scandir(path) as entries:
            return any(True for _ in entries)
    except OSError:
        return False
