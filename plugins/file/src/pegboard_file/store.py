"""The tracking store on MLflow's `mlruns` layout; made by the plugin's hook."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from pegboard import settings, validation
from pegboard.contracts.tracking_store import TrackingStore
from pegboard.entities import (
    DatasetInput,
    Experiment,
    ExperimentTag,
    LifecycleStage,
    Metric,
    PagedList,
    Param,
    Run,
    RunInfo,
    RunStatus,
    RunTag,
    ViewType,
)
from pegboard.errors import (
    InvalidParameterValue,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from pegboard_file import batch, files, inputs, keys, lifecycle, locations, making, naming
from pegboard_file.experiments import META, ExperimentFolder, Experiments
from pegboard_file.runs import RUN_NAME_TAG, TAGS, Runs, is_active

_DEFAULT_ID, _DEFAULT_NAME = "0", "Default"
_SMALLEST_ID, _LARGEST_ID = 10**17, 10**18 - 1


class FileStore(TrackingStore):
    """Experiments and runs in a folder, as MLflow lays them out.

    Opening makes nothing: the folder and the experiment `Default` are made at first use.

    Args:
        uri: The folder, as a path or a `file:` URI.
        artifact_root: The location under which new experiments keep artifacts; the folder itself without one.

    Raises:
        InvalidParameterValue: The URI names no folder of this machine.
    """

    capabilities: ClassVar[frozenset[str]] = frozenset(("durable", "inputs", "purge", "import"))

    def __init__(self, uri: str, artifact_root: str | None = None) -> None:
        self.root = locations.root_folder(uri)
        own = locations.base_of(uri)
        base = locations.checked_location(artifact_root).rstrip("/") if artifact_root else own
        sync = settings.DURABILITY.get() == "full"
        self._experiments = Experiments(self.root, own, base, sync)
        self._runs = Runs(self._experiments)

    # Experiments

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] = ()
    ) -> str:
        """Make an experiment and return its id."""
        name = validation.check_experiment_name(name)
        location = locations.checked_location(artifact_location) if artifact_location else None
        checked = [validation.check_experiment_tag(tag) for tag in tags]
        self._ensure_default()
        experiment_id = str(random.SystemRandom().randint(_SMALLEST_ID, _LARGEST_ID))
        self._make_experiment(experiment_id, name, location, checked)
        return experiment_id

    def _make_experiment(
        self,
        experiment_id: str,
        name: str,
        location: str | None,
        tags: Sequence[ExperimentTag],
        trashed: bool = False,
        times: tuple[int | None, int | None] | None = None,
    ) -> None:
        experiments = self._experiments
        folder = ExperimentFolder(experiments.trash if trashed else self.root, experiment_id, trashed)
        stage = LifecycleStage.DELETED if trashed else LifecycleStage.ACTIVE
        keys.check_keys("experiment tag", [tag.key for tag in tags])

        def fields() -> dict[str, Any]:
            moment = lifecycle.now_ms()
            created, updated = (moment, moment) if times is None else times
            return {
                "artifact_location": location or locations.join(experiments.artifact_base, experiment_id),
                "creation_time": created,
                "experiment_id": experiment_id,
                "last_update_time": updated,
                "lifecycle_stage": stage,
                "name": name,
            }

        def move(claim: str) -> None:
            os.makedirs(folder.path, exist_ok=True)
            for tag in tags:
                experiments.set_tag(folder, tag)
            naming.move_to_new(claim, folder)
            if experiments.sync:
                for path in (folder.path, os.path.dirname(folder.path)):
                    files.sync_folder(path)

        with self._failures(), experiments.lock:
            files.make_root(experiments.trash, experiments.sync)
            naming.take_name(experiments, name, experiment_id, fields, move)

    def _ensure_default(self) -> None:
        """Make the experiment `Default` if it is nowhere; a folder that cannot be written is read without."""
        for parent in (self.root, self._experiments.trash):
            if os.path.exists(f"{parent}/{_DEFAULT_ID}/{META}"):
                return
        try:
            self._make_experiment(_DEFAULT_ID, _DEFAULT_NAME, None, ())
        except ResourceAlreadyExists:
            return
        except PermissionDenied:
            if not os.path.isdir(self.root):
                raise

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, active or deleted."""
        self._ensure_default()
        with self._failures():
            return self._experiments.read(self._experiments.find(experiment_id))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of this name, active or deleted, or None."""
        self._ensure_default()
        with self._failures():
            for folder, fields in self._experiments.all_fields():
                if fields["name"] == name:
                    return self._experiments.read(folder, fields)
        return None

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str = "",
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Return a page of the experiments that match."""
        from pegboard import paging, search

        _stages(view_type)
        matches = search.matcher(filter_string, search.EXPERIMENTS)
        self._ensure_default()
        with self._failures():
            found = filter(matches, self._experiments.read_all(view_type))
            return paging.page(found, order_by, max_results, page_token, search.EXPERIMENTS)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Rename an active experiment."""
        new_name = validation.check_experiment_name(new_name)
        experiments = self._experiments
        with self._failures(), experiments.lock:
            folder = experiments.find_active(experiment_id)
            if experiments.fields(folder)["name"] == new_name:
                return

            def fields() -> dict[str, Any]:
                return {
                    **experiments.fields(folder),
                    "name": new_name,
                    "last_update_time": lifecycle.now_ms(),
                }

            def move(claim: str) -> None:
                naming.move_over(claim, folder)

            naming.take_name(experiments, new_name, folder.experiment_id, fields, move)

    def delete_experiment(self, experiment_id: str) -> None:
        """Mark an experiment and its active runs as deleted."""
        experiments = self._experiments
        with self._failures(), experiments.lock:
            folder = experiments.find(experiment_id)
            if experiments.is_deleted(folder, experiments.fields(folder)):
                raise ResourceDoesNotExist(f"The experiment '{experiment_id}' is deleted already.")
            lifecycle.delete_experiment(self._runs, folder)

    def restore_experiment(self, experiment_id: str) -> None:
        """Make a deleted experiment active again, with exactly the runs that were deleted with it."""
        experiments = self._experiments
        with self._failures(), experiments.lock:
            folder = experiments.find(experiment_id)
            if not experiments.is_deleted(folder, experiments.fields(folder)):
                raise ResourceDoesNotExist(f"The experiment '{experiment_id}' is active, not deleted.")
            lifecycle.restore_experiment(self._runs, folder)

    def set_experiment_tag(self, experiment_id: str, tag: ExperimentTag) -> None:
        """Set or overwrite a tag of an active experiment."""
        tag = validation.check_experiment_tag(tag)
        with self._failures():
            self._experiments.set_tag(self._experiments.find_active(experiment_id), tag)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Delete a tag of an active experiment."""
        key = validation.check_key("experiment tag key", key)
        with self._failures():
            self._experiments.delete_tag(self._experiments.find_active(experiment_id), key)

    # Runs

    def create_run(
        self,
        experiment_id: str,
        user_id: str | None,
        start_time: int,
        tags: Sequence[RunTag],
        run_name: str | None,
    ) -> Run:
        """Start a run in an active experiment."""
        self._ensure_default()
        with self._failures():
            folder = self._experiments.find_active(experiment_id)
            return making.new_run(self._experiments, folder, user_id, start_time, tags, run_name)

    def get_run(self, run_id: str) -> Run:
        """Return a run, active or deleted, with its latest metrics, params, tags and inputs."""
        with self._failures():
            return self._runs.read_settled(run_id, self._runs.read)

    def update_run_info(
        self,
        run_id: str,
        run_status: int | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> RunInfo:
        """Change status, end time or name of an active run; None leaves a field as it is."""
        changes: dict[str, Any] = {}
        if run_status is not None:
            changes["status"] = _status(run_status)
            if not RunStatus.is_terminated(run_status):
                changes["end_time"] = None
        if end_time is not None:
            changes["end_time"] = validation.check_integer("The end time", end_time)
        tags = [validation.check_tag(RunTag(RUN_NAME_TAG, run_name))] if run_name else []
        with self._failures():
            run = self._runs.writable(run_id)
            if tags:
                batch.log_batch(self._runs, run, (), (), tags)
                changes["run_name"] = tags[0].value
            fields = self._runs.update(run, lambda fields: fields.update(changes))
            name = None
            if not fields.get("run_name"):
                name = self._runs.read(run, fields).info.run_name
            return self._runs.info(run, fields, name)

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted; without effect on a deleted one."""
        with self._failures():
            lifecycle.delete_run(self._runs, self._runs.find(run_id))

    def restore_run(self, run_id: str) -> None:
        """Make a deleted run active again; without effect on an active one.

        Raises:
            InvalidParameterValue: Its experiment is deleted.
        """
        with self._failures():
            lifecycle.restore_run(self._runs, self._runs.find(run_id))

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Return a page of the runs that match."""
        from pegboard import paging, search

        stages = _stages(run_view_type)
        matches = search.matcher(filter_string, search.RUNS)
        ids = dict.fromkeys(map(validation.check_experiment_id, experiment_ids))
        self._ensure_default()
        with self._failures():
            found = self._found_runs(ids, stages, matches)
            return paging.page(found, order_by, max_results, page_token, search.RUNS)

    def _found_runs(
        self, ids: Iterable[str], stages: tuple[str, ...], matches: Callable[[Run], bool]
    ) -> Iterator[Run]:
        for experiment_id in ids:
            try:
                folder = self._experiments.find(experiment_id)
            except ResourceDoesNotExist:
                continue
            yield from self._runs.search(folder, stages, matches)

    # What runs log

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log to an active run, all or nothing."""
        metrics, params, tags = validation.check_batch(metrics, params, tags)
        with self._failures():
            batch.log_batch(self._runs, self._runs.writable(run_id), metrics, params, tags)

    def log_metric(self, run_id: str, metric: Metric) -> None:
        """Log one point."""
        metric = validation.check_metric(metric)
        batch.log_metric(self._runs, self._runs.writable(run_id), metric)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag of an active run."""
        key = validation.check_key("tag key", key)
        with self._failures():
            run = self._runs.writable(run_id)
            if not keys.remove(f"{run.path}/{TAGS}", key, self._runs.sync):
                raise ResourceDoesNotExist(f"The run '{run_id}' has no tag '{key}'.")

    def get_metric_history(
        self,
        run_id: str,
        metric_key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList[Metric]:
        """Return a page of a metric's points, ordered by step, timestamp and value, NaN lowest."""
        from pegboard import history

        key = validation.check_key("metric key", metric_key)
        with self._failures():
            found = self._runs.read_settled(run_id, lambda run: self._runs.history(run, key))
        return history.page(found, max_results, page_token)

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput]) -> None:
        """Log datasets as inputs of an active run."""
        checked = inputs.checked(datasets)
        with self._failures():
            run = self._runs.writable(run_id)
            inputs.write(run.path, run.run_id, checked, self._runs.sync)

    # For good

    def deleted_runs(self, older_than: int = 0) -> list[str]:
        """Return the ids of the runs deleted at least `older_than` milliseconds ago."""
        with self._failures():
            return lifecycle.deleted_runs(self._runs, validation.check_integer("older_than", older_than, 0))

    def deleted_experiments(self, older_than: int = 0) -> list[str]:
        """Return the ids of the experiments deleted at least `older_than` milliseconds ago."""
        with self._failures():
            return lifecycle.deleted_experiments(
                self._experiments, validation.check_integer("older_than", older_than, 0)
            )

    def purge_run(self, run_id: str) -> None:
        """Remove a deleted run for good; artifacts stay, those in its own folder too."""
        with self._failures():
            run = self._runs.find(run_id)
            if not run.trashed and is_active(self._runs.fields(run)):
                raise InvalidParameterValue(f"The run '{run_id}' is active. Delete it before you purge it.")
            lifecycle.purge_run(run)

    def purge_experiment(self, experiment_id: str) -> None:
        """Remove a deleted experiment and its runs for good; artifacts stay."""
        with self._failures():
            folder = self._experiments.find(experiment_id)
            if not self._experiments.is_deleted(folder, self._experiments.fields(folder)):
                raise InvalidParameterValue(
                    f"The experiment '{experiment_id}' is active. Delete it before you purge it."
                )
            lifecycle.purge_experiment(self._runs, folder)

    # With given ids

    def import_experiment(self, experiment: Experiment) -> None:
        """Make an experiment with exactly these fields."""
        experiment_id = validation.check_experiment_id(experiment.experiment_id)
        name = validation.check_experiment_name(experiment.name)
        location = (
            locations.checked_location(experiment.artifact_location) if experiment.artifact_location else None
        )
        tags = [validation.check_experiment_tag(ExperimentTag(*pair)) for pair in experiment.tags.items()]
        for parent in (self.root, self._experiments.trash):
            if os.path.exists(f"{parent}/{experiment_id}/{META}"):
                raise ResourceAlreadyExists(
                    f"The experiment '{experiment_id}' is there already, in '{parent}'."
                )
        self._make_experiment(
            experiment_id,
            name,
            location,
            tags,
            experiment.lifecycle_stage == LifecycleStage.DELETED,
            (experiment.creation_time, experiment.last_update_time),
        )

    def import_run(self, run: Run, metrics: Iterable[Metric]) -> None:
        """Make a run with exactly these fields and this history."""
        info = run.info
        with self._failures():
            experiment = self._experiments.find(info.experiment_id)
            try:
                found = self._runs.find(info.run_id)
            except ResourceDoesNotExist:
                pass
            else:
                raise ResourceAlreadyExists(f"The run '{info.run_id}' is there already, at '{found.path}'.")
            deleted_time = None
            if info.lifecycle_stage == LifecycleStage.DELETED:
                # Nothing tells when; with a deleted experiment, then together with it.
                moment = self._experiments.fields(experiment).get("last_update_time")
                deleted_time = moment if experiment.trashed and moment else lifecycle.now_ms()
            making.imported_run(self._experiments, experiment, run, metrics, deleted_time)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Raise what the file system refuses as Pegboard's own exceptions."""
        try:
            yield
        except OSError as error:
            raise files.failure(error, self.root) from error


def _stages(view_type: int) -> tuple[str, ...]:
    try:
        return LifecycleStage.view_type_to_stages(view_type)
    except (ValueError, TypeError) as error:
        raise InvalidParameterValue(f"{error}.") from None


def _status(number: object) -> int:
    try:
        RunStatus.to_string(number)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise InvalidParameterValue(f"{error}.") from None
    return int(number)  # type: ignore[call-overload, no-any-return]
