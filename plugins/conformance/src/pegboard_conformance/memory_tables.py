"""What one in-memory store holds: rows by id, and how they are looked up and added."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pegboard.entities import ExperimentTag, LifecycleStage
from pegboard.errors import InvalidParameterValue, ResourceAlreadyExists, ResourceDoesNotExist
from pegboard.validation import check_experiment_id, check_run_id
from pegboard_conformance.memory_records import ExperimentRecord, RunRecord


@dataclass(slots=True)
class Tables:
    """All rows of a store; whoever calls a method holds the lock."""

    experiments: dict[str, ExperimentRecord] = field(default_factory=dict)
    runs: dict[str, RunRecord] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def experiment(self, experiment_id: str) -> ExperimentRecord:
        """Return the experiment of this id, active or deleted."""
        record = self.experiments.get(check_experiment_id(experiment_id))
        if record is None:
            raise ResourceDoesNotExist(f"There is no experiment '{experiment_id}'.")
        return record

    def active_experiment(self, experiment_id: str) -> ExperimentRecord:
        """Return the experiment of this id, which must be active."""
        record = self.experiment(experiment_id)
        if record.deleted is not None:
            raise InvalidParameterValue(f"The experiment '{experiment_id}' is deleted. Restore it first.")
        return record

    def check_name_free(self, name: str) -> None:
        """Refuse the name of an experiment, active or deleted."""
        for record in self.experiments.values():
            if record.name == name:
                raise ResourceAlreadyExists(
                    f"There is {'an active' if record.deleted is None else 'a deleted'} experiment named "
                    f"'{name}', with the id '{record.id}'. Choose another name."
                )

    def add_experiment(
        self, experiment_id: str, name: str, location: str, tags: Sequence[ExperimentTag], now: int
    ) -> None:
        """Add an experiment made `now`, in milliseconds since the epoch."""
        by_key = {tag.key: tag.value for tag in tags}
        self.experiments[experiment_id] = ExperimentRecord(experiment_id, name, location, by_key, now, now)

    def run(self, run_id: str) -> RunRecord:
        """Return the run of this id, active or deleted."""
        record = self.runs.get(check_run_id(run_id))
        if record is None:
            raise ResourceDoesNotExist(f"There is no run '{run_id}'.")
        return record

    def active_run(self, run_id: str) -> RunRecord:
        """Return the run of this id, which must be active."""
        record = self.run(run_id)
        if record.deleted is not None:
            raise InvalidParameterValue(f"The run '{run_id}' is deleted. Restore it first.")
        return record

    def runs_of(self, experiment_id: str) -> list[RunRecord]:
        """Return the runs of an experiment."""
        return [run for run in self.runs.values() if run.experiment_id == experiment_id]

    def add_run(self, record: RunRecord, experiment: ExperimentRecord) -> None:
        """Add a run to an experiment, which says where its artifacts are."""
        record.experiment_id = experiment.id
        record.artifact_uri = f"{experiment.artifact_location.rstrip('/')}/{record.id}/artifacts"
        self.runs[record.id] = record

    def deleted(self, records: Mapping[str, ExperimentRecord | RunRecord], until: int) -> list[str]:
        """Return the ids of the records deleted until a moment, in milliseconds since the epoch."""
        with self.lock:
            return [key for key, row in records.items() if row.deleted is not None and row.deleted <= until]


def stages_of(view_type: int) -> tuple[str, ...]:
    """Return the lifecycle stages that a view shows."""
    try:
        return LifecycleStage.view_type_to_stages(view_type)
    except ValueError as error:
        raise InvalidParameterValue(str(error)) from None


def delete_tag(tags: dict[str, str], key: object, whose: str) -> None:
    """Delete a tag of what `whose` names."""
    if not isinstance(key, str) or key not in tags:
        raise ResourceDoesNotExist(f"{whose} has no tag {key!r}.")
    del tags[key]
