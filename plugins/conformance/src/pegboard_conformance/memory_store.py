"""A tracking store in the memory of the process, for tests of what uses one; offered as `memory:<name>`."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pegboard import history
from pegboard.contracts import TrackingStore
from pegboard.entities import (
    DatasetInput,
    Experiment,
    ExperimentTag,
    Metric,
    PagedList,
    Param,
    Run,
    RunInfo,
    RunTag,
    ViewType,
)
from pegboard.errors import InvalidParameterValue, ResourceAlreadyExists, ResourceDoesNotExist
from pegboard.paging import page
from pegboard.search import EXPERIMENTS, RUNS, matcher
from pegboard.validation import (
    check_batch,
    check_experiment_id,
    check_experiment_name,
    check_experiment_tag,
    check_text,
    param_conflict,
)
from pegboard_conformance.memory_records import ExperimentRecord, RunRecord, checked_status, new_run
from pegboard_conformance.memory_tables import Tables, delete_tag, stages_of

#: What the stores of this process hold, by URI.
_tables: dict[str, Tables] = {}
_tables_lock = threading.Lock()


class MemoryStore(TrackingStore):
    """A store whose data live as long as the process; all stores of one URI share them.

    Args:
        uri: The URI; its text is the name of the data.
        artifact_root: Where new experiments keep artifacts; `<uri>/artifacts` by default.
    """

    capabilities: ClassVar[frozenset[str]] = frozenset({"inputs", "nested-keys", "purge", "import"})

    def __init__(self, uri: str, artifact_root: str | None = None) -> None:
        self.artifact_root = (artifact_root or f"{uri.rstrip('/')}/artifacts").rstrip("/")
        with _tables_lock:
            self.tables = _tables.setdefault(uri, Tables())
        with self.tables.lock:
            if "0" not in self.tables.experiments:
                self.tables.add_experiment("0", "Default", f"{self.artifact_root}/0", (), _now())

    # Experiments

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] = ()
    ) -> str:
        """Make an experiment under a random id."""
        name, checked = check_experiment_name(name), [check_experiment_tag(tag) for tag in tags]
        location = check_text("The artifact location", artifact_location or "")
        with self.tables.lock:
            self.tables.check_name_free(name)
            experiment_id = str(10**17 + secrets.randbelow(9 * 10**17))
            location = location or f"{self.artifact_root}/{experiment_id}"
            self.tables.add_experiment(experiment_id, name, location, checked, _now())
        return experiment_id

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return the experiment."""
        with self.tables.lock:
            return self.tables.experiment(experiment_id).entity()

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str = "",
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Search all experiments in memory."""
        stages, matches = stages_of(view_type), matcher(filter_string, EXPERIMENTS)
        with self.tables.lock:
            rows = [record.entity() for record in self.tables.experiments.values()]
        rows = [row for row in rows if row.lifecycle_stage in stages and matches(row)]
        return page(rows, order_by, max_results, page_token, EXPERIMENTS)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Rename an active experiment."""
        new_name = check_experiment_name(new_name)
        with self.tables.lock:
            record = self.tables.active_experiment(experiment_id)
            if record.name != new_name:
                self.tables.check_name_free(new_name)
            record.name, record.updated = new_name, _now()

    def delete_experiment(self, experiment_id: str) -> None:
        """Delete an experiment and mark its active runs as deleted with it."""
        with self.tables.lock:
            record = self.tables.experiment(experiment_id)
            if record.deleted is not None:
                raise ResourceDoesNotExist(f"The experiment '{experiment_id}' is deleted already.")
            record.deleted = record.updated = _now()
            for run in self.tables.runs_of(record.id):
                if run.deleted is None:
                    run.deleted, run.deleted_with_experiment = record.deleted, True

    def restore_experiment(self, experiment_id: str) -> None:
        """Restore an experiment and the runs that were deleted with it."""
        with self.tables.lock:
            record = self.tables.experiment(experiment_id)
            if record.deleted is None:
                raise ResourceDoesNotExist(f"There is no deleted experiment '{experiment_id}'; it is active.")
            record.deleted, record.updated = None, _now()
            for run in self.tables.runs_of(record.id):
                if run.deleted_with_experiment:
                    run.deleted, run.deleted_with_experiment = None, False

    def set_experiment_tag(self, experiment_id: str, tag: ExperimentTag) -> None:
        """Set a tag."""
        tag = check_experiment_tag(tag)
        with self.tables.lock:
            self.tables.active_experiment(experiment_id).tags[tag.key] = tag.value

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Delete a tag."""
        with self.tables.lock:
            tags = self.tables.active_experiment(experiment_id).tags
            delete_tag(tags, key, f"The experiment '{experiment_id}'")

    # Runs

    def create_run(
        self,
        experiment_id: str,
        user_id: str | None,
        start_time: int,
        tags: Sequence[RunTag],
        run_name: str | None,
    ) -> Run:
        """Start a run under a random id."""
        record = new_run(uuid.uuid4().hex, user_id, start_time, tags, run_name)
        with self.tables.lock:
            experiment = self.tables.active_experiment(experiment_id)
            self.tables.add_run(record, experiment)
            return record.entity()

    def get_run(self, run_id: str) -> Run:
        """Return the run."""
        with self.tables.lock:
            return self.tables.run(run_id).entity()

    def update_run_info(
        self,
        run_id: str,
        run_status: int | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> RunInfo:
        """Update the fields that are given."""
        with self.tables.lock:
            record = self.tables.active_run(run_id)
            for name, value in checked_status(run_status, end_time, run_name).items():
                setattr(record, name, value)
            if run_name is not None:
                record.rename(run_name)
            return record.info()

    def delete_run(self, run_id: str) -> None:
        """Delete a run unless it is deleted."""
        with self.tables.lock:
            record = self.tables.run(run_id)
            if record.deleted is None:
                record.deleted, record.deleted_with_experiment = _now(), False

    def restore_run(self, run_id: str) -> None:
        """Restore a run."""
        with self.tables.lock:
            record = self.tables.run(run_id)
            record.deleted, record.deleted_with_experiment = None, False

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Search all runs of the experiments in memory."""
        wanted = {check_experiment_id(experiment_id) for experiment_id in experiment_ids}
        stages, matches = stages_of(run_view_type), matcher(filter_string, RUNS)
        with self.tables.lock:
            rows = [run.entity() for run in self.tables.runs.values() if run.experiment_id in wanted]
        rows = [row for row in rows if row.info.lifecycle_stage in stages and matches(row)]
        return page(rows, order_by, max_results, page_token, RUNS)

    # What runs log

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log after all was checked, under the lock."""
        metrics, params, tags = check_batch(metrics, params, tags)
        with self.tables.lock:
            record = self.tables.active_run(run_id)
            for param in params:
                old = record.params.get(param.key, param.value)
                if old != param.value:
                    raise param_conflict(run_id, param.key, old, param.value)
            record.log(metrics, params, tags)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag."""
        with self.tables.lock:
            delete_tag(self.tables.active_run(run_id).tags, key, f"The run '{run_id}'")

    def get_metric_history(
        self,
        run_id: str,
        metric_key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList[Metric]:
        """Return a page of the points."""
        with self.tables.lock:
            points = list(self.tables.run(run_id).metrics.get(metric_key, {}).values())
        return history.page(points, max_results, page_token)

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput]) -> None:
        """Log datasets that are no inputs of the run yet."""
        with self.tables.lock:
            self.tables.active_run(run_id).log_inputs(datasets)

    # Purging and import

    def deleted_runs(self, older_than: int = 0) -> list[str]:
        """Return the ids of deleted runs."""
        return self.tables.deleted(self.tables.runs, _now() - older_than)

    def deleted_experiments(self, older_than: int = 0) -> list[str]:
        """Return the ids of deleted experiments."""
        return self.tables.deleted(self.tables.experiments, _now() - older_than)

    def purge_run(self, run_id: str) -> None:
        """Remove a deleted run."""
        with self.tables.lock:
            if self.tables.run(run_id).deleted is None:
                raise InvalidParameterValue(f"The run '{run_id}' is active. Delete it before it is purged.")
            del self.tables.runs[run_id]

    def purge_experiment(self, experiment_id: str) -> None:
        """Remove a deleted experiment with its runs."""
        with self.tables.lock:
            record = self.tables.experiment(experiment_id)
            if record.deleted is None:
                raise InvalidParameterValue(
                    f"The experiment '{experiment_id}' is active. Delete it before it is purged."
                )
            del self.tables.experiments[record.id]
            for run in self.tables.runs_of(record.id):
                del self.tables.runs[run.id]

    def import_experiment(self, experiment: Experiment) -> None:
        """Make an experiment from its fields."""
        record = ExperimentRecord.from_entity(experiment)
        with self.tables.lock:
            if record.id in self.tables.experiments:
                raise ResourceAlreadyExists(f"There is an experiment '{record.id}' already.")
            self.tables.check_name_free(record.name)
            self.tables.experiments[record.id] = record

    def import_run(self, run: Run, metrics: Iterable[Metric]) -> None:
        """Make a run from its fields."""
        record = RunRecord.from_entity(run, metrics)
        with self.tables.lock:
            experiment = self.tables.experiment(run.info.experiment_id)
            if record.id in self.tables.runs:
                raise ResourceAlreadyExists(f"There is a run '{record.id}' already.")
            self.tables.add_run(record, experiment)


def _now() -> int:
    return time.time_ns() // 1_000_000
