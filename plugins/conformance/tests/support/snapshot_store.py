"""A correct store that outlives its process: all rows in one pickled file, under a lock, written whole.

It is slow and simple, and has the flags that the in-memory store has not, so that both together apply every
rule. The wrong durable stores derive from it.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

from pegboard.contracts import TrackingStore
from pegboard.entities import ExperimentTag, Metric, Param, Run, RunTag
from pegboard.errors import InvalidParameterValue
from pegboard.validation import check_batch
from pegboard_conformance.memory_store import MemoryStore
from pegboard_conformance.memory_tables import Tables

_READING = ("get_experiment", "search_experiments", "get_run", "search_runs", "get_metric_history")
_WRITING = (
    *("create_experiment", "rename_experiment", "delete_experiment", "restore_experiment"),
    *("set_experiment_tag", "delete_experiment_tag", "create_run", "update_run_info"),
    *("delete_run", "restore_run", "log_batch", "delete_tag"),
)


class SnapshotStore(MemoryStore):
    capabilities: ClassVar[frozenset[str]] = frozenset({"durable"})

    def __init__(self, uri: str, artifact_root: str | None = None) -> None:
        self.folder = Path(uri)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.depth = threading.local()
        self.artifact_root = artifact_root or f"{uri}/artifacts"
        self.tables = Tables()
        with self.snapshot():
            if "0" not in self.tables.experiments:
                self.tables.add_experiment("0", "Default", f"{self.artifact_root}/0", (), 1)

    def __init_subclass__(cls) -> None:
        _wrap(cls)

    @contextmanager
    def snapshot(self, writing: bool = True) -> Iterator[None]:
        """Hold the lock of thread and process with the file's rows; write them back unless it raises."""
        if getattr(self.depth, "held", False):
            yield
            return
        with self.tables.lock, self.locked():
            self.depth.held = True
            try:
                self.load()
                yield
                if writing:
                    self.save()
            finally:
                self.depth.held = False

    @contextmanager
    def locked(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def load(self) -> None:
        path = self.folder / "rows"
        self.tables.experiments, self.tables.runs = (
            pickle.loads(path.read_bytes()) if path.exists() else ({}, {})
        )

    def save(self) -> None:
        part = self.folder / f"part-{threading.get_ident()}"
        part.write_bytes(pickle.dumps((self.tables.experiments, self.tables.runs)))
        os.replace(part, self.folder / "rows")

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] = ()
    ) -> str:
        refuse_folders((), (tag.key for tag in tags))
        return super().create_experiment(name, artifact_location, tags)

    def set_experiment_tag(self, experiment_id: str, tag: ExperimentTag) -> None:
        refuse_folders(self.tables.experiment(experiment_id).tags, [tag.key])
        super().set_experiment_tag(experiment_id, tag)

    def create_run(
        self,
        experiment_id: str,
        user_id: str | None,
        start_time: int,
        tags: Sequence[RunTag],
        run_name: str | None,
    ) -> Run:
        refuse_folders((), (tag.key for tag in tags))
        return super().create_run(experiment_id, user_id, start_time, tags, run_name)

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        metrics, params, tags = check_batch(metrics, params, tags)
        run = self.tables.run(run_id)
        for there, new in ((run.metrics, metrics), (run.params, params), (run.tags, tags)):
            refuse_folders(there, (each.key for each in new))
        super().log_batch(run_id, metrics, params, tags)

    log_inputs = TrackingStore.log_inputs
    deleted_runs = TrackingStore.deleted_runs
    deleted_experiments = TrackingStore.deleted_experiments
    purge_run = TrackingStore.purge_run
    purge_experiment = TrackingStore.purge_experiment
    import_experiment = TrackingStore.import_experiment
    import_run = TrackingStore.import_run


def refuse_folders(there: Iterable[str], new: Iterable[object]) -> None:
    keys = [key for key in (*there, *new) if isinstance(key, str)]
    for one in keys:
        for other in keys:
            if other.startswith(f"{one}/"):
                raise InvalidParameterValue(
                    f"The key '{one}' would be a folder of the key '{other}'. Use another."
                )


def _wrap(cls: type[SnapshotStore]) -> None:
    for name in (*_READING, *_WRITING):
        if name in vars(cls) or cls is SnapshotStore:
            setattr(cls, name, _in_snapshot(getattr(cls, name), name in _WRITING))


def _in_snapshot(method: Any, writing: bool) -> Any:
    @wraps(method)
    def call(self: SnapshotStore, *args: Any, **kwargs: Any) -> Any:
        with self.snapshot(writing):
            return method(self, *args, **kwargs)

    return call


_wrap(SnapshotStore)
