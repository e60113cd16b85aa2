"""Tracking stores that are wrong in experiments, runs and durability, each in one way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from snapshot_store import SnapshotStore
from wrong import breaks

from pegboard.entities import (
    Experiment,
    ExperimentTag,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunInfo,
    RunTag,
)
from pegboard.errors import ResourceDoesNotExist
from pegboard_conformance.memory_store import MemoryStore


@breaks("tracking-store/experiment-ids")
class ExperimentsByNumber(MemoryStore):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] = ()
    ) -> str:
        experiment_id = super().create_experiment(name, artifact_location, tags)
        record = self.tables.experiments.pop(experiment_id)
        record.id = str(len(self.tables.experiments))
        self.tables.experiments[record.id] = record
        return record.id


@breaks("tracking-store/seeded-random")
class IdsFromSeededRandom(MemoryStore):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] = ()
    ) -> str:
        experiment_id = super().create_experiment(name, artifact_location, tags)
        record = self.tables.experiments.pop(experiment_id)
        record.id = str(random.randrange(10**17, 10**18))
        self.tables.experiments[record.id] = record
        return record.id


@breaks("tracking-store/experiment-name-unique-deleted")
class NamesOfDeletedAreFree(MemoryStore):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] = ()
    ) -> str:
        for record in self.tables.experiments.values():
            if record.name == name and record.deleted is not None:
                record.name += " (deleted)"
        return super().create_experiment(name, artifact_location, tags)


@breaks("tracking-store/restore-exactly-the-runs")
class RestoresAllRuns(MemoryStore):
    def restore_experiment(self, experiment_id: str) -> None:
        super().restore_experiment(experiment_id)
        for run in self.tables.runs_of(experiment_id):
            run.deleted = None


@breaks("tracking-store/deleted-run-refuses-writes")
class DeletedRunsTakeTags(MemoryStore):
    def set_tag(self, run_id: str, tag: RunTag) -> None:
        self.tables.run(run_id).tags[tag.key] = tag.value


@breaks("tracking-store/malformed-run-id")
class TellsNoWrongIdFromUnknown(MemoryStore):
    def get_run(self, run_id: str) -> Run:
        if run_id not in self.tables.runs:
            raise ResourceDoesNotExist(f"There is no run '{run_id}'.")
        return super().get_run(run_id)


@breaks("tracking-store/rename-run", "tracking-store/does-what-the-model-does")
class RenamesWithoutTag(MemoryStore):
    def update_run_info(
        self,
        run_id: str,
        run_status: int | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> RunInfo:
        tags = dict(self.tables.run(run_id).tags)
        info = super().update_run_info(run_id, run_status, end_time, run_name)
        self.tables.run(run_id).tags = tags
        return info


@breaks("tracking-store/run-again-clears-end")
class EndStays(MemoryStore):
    def update_run_info(
        self,
        run_id: str,
        run_status: int | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> RunInfo:
        end_time = end_time or self.get_run(run_id).info.end_time
        return super().update_run_info(run_id, run_status, end_time, run_name)


@breaks("tracking-store/without-purge")
class LacksPurgeRudely(MemoryStore):
    capabilities: ClassVar[frozenset[str]] = MemoryStore.capabilities - {"purge"}

    def deleted_runs(self, older_than: int = 0) -> list[str]:
        raise NotImplementedError


@breaks("tracking-store/purge-active")
class PurgesActive(MemoryStore):
    def purge_run(self, run_id: str) -> None:
        self.delete_run(run_id)
        super().purge_run(run_id)


@breaks("tracking-store/import-deleted-experiment")
class ImportsAsActive(MemoryStore):
    def import_experiment(self, experiment: Experiment) -> None:
        super().import_experiment(experiment)
        self.tables.experiment(experiment.experiment_id).deleted = None


@breaks("tracking-store/survives-death", "tracking-store/others-see-lifecycle")
class OnlyClaimsToBeDurable(MemoryStore):
    capabilities: ClassVar[frozenset[str]] = MemoryStore.capabilities | {"durable"}

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri}-{id(self)}")


@breaks("tracking-store/survives-death", "tracking-store/survives-death-while-writing")
class SavesWhenClosed(SnapshotStore):
    def save(self) -> None:
        pass

    def load(self) -> None:
        if not self.tables.runs:
            super().load()

    def close(self) -> None:
        super().save()


@breaks("tracking-store/processes-race-for-param", "tracking-store/processes-race-for-name")
class LocksNoOtherProcess(SnapshotStore):
    @contextmanager
    def locked(self) -> Iterator[None]:
        yield


@breaks("tracking-store/others-see-writes")
class ReadsOnce(SnapshotStore):
    def get_run(self, run_id: str) -> Run:
        if not hasattr(self, "read"):
            self.read: dict[str, Run] = {}
        return self.read.setdefault(run_id, super().get_run(run_id))


@breaks("tracking-store/without-nested-keys")
class RefusesWithoutNames(SnapshotStore):
    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        try:
            super().log_batch(run_id, metrics, params, tags)
        except Exception as error:
            error.args = ("The key collides.",)
            raise


@breaks("tracking-store/default-experiment")
class NoDefault(MemoryStore):
    def get_experiment(self, experiment_id: str) -> Experiment:
        experiment = super().get_experiment(experiment_id)
        if experiment_id == "0":
            experiment.lifecycle_stage = LifecycleStage.DELETED
        return experiment
