"""Writing what a run logs, all or nothing; called by the store.

Everything is checked before anything is written. What fails then is the disk, or another process that wrote a
param meanwhile; what this call wrote is taken back in that case.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from pegboard import validation
from pegboard.entities import Metric, Param, RunTag
from pegboard.errors import PegboardException, ResourceDoesNotExist, StorageDamaged
from pegboard_file import files, keys, points
from pegboard_file.runs import METRICS, PARAMS, RUN_NAME_TAG, TAGS, RunFolder, Runs

T = TypeVar("T")


def log_metric(runs: Runs, run: RunFolder, metric: Metric) -> None:
    """Append one checked point."""
    key = metric.key
    known = run.metric_files.get(key)
    if known is None:
        log_batch(runs, run, [metric], (), ())
        return
    path, size = known
    try:
        run.metric_files[key] = (path, files.append(path, points.line(metric), size, runs.sync))
    except OSError as error:
        run.metric_files.pop(key, None)
        if isinstance(error, FileNotFoundError):
            log_batch(runs, run, [metric], (), ())
            return
        raise files.failure(error, path) from error


def log_batch(
    runs: Runs, run: RunFolder, metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]
) -> None:
    """Write a checked batch to an active run.

    Raises:
        InvalidParameterValue: A param has another value already, or a key is a folder of another.
        StorageFull, PermissionDenied, PegboardException: The file system refused; nothing was kept.
    """
    batch = _Batch(runs, run)
    try:
        batch.plan(metrics, params, tags)
        batch.write()
    except BaseException as error:
        batch.take_back()
        if isinstance(error, OSError):
            if not os.path.exists(run.meta):
                raise ResourceDoesNotExist(
                    f"The run '{run.run_id}' was moved or removed meanwhile, from '{run.path}'."
                ) from error
            raise files.failure(error, run.path) from error
        raise


class _Batch:
    """One batch on its way to disk, with what takes back each step."""

    def __init__(self, runs: Runs, run: RunFolder) -> None:
        self.runs = runs
        self.run = run
        self.lines: dict[str, tuple[str, list[bytes]]] = {}
        self.params: list[tuple[str, Param]] = []
        self.tags: list[tuple[str, RunTag, bytes | None]] = []
        self.undo: list[Callable[[], None]] = []

    def plan(self, metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]) -> None:
        """Find where each element goes and whether it may."""
        line = points.line
        for metric in metrics:
            found = self.lines.get(metric.key)
            if found is None:
                self.lines[metric.key] = found = ("", [])
            found[1].append(line(metric))
        known = self.run.metric_files
        folder = f"{self.run.path}/{METRICS}"
        if any(key not in known for key in self.lines):
            keys.check_keys("metric", self.lines, folder)
        for key, (_, lines) in self.lines.items():
            path, _ = known.get(key) or keys.place("metric", folder, key)
            self.lines[key] = (path, lines)
        folder = f"{self.run.path}/{PARAMS}"
        keys.check_keys("param", [param.key for param in params], folder)
        for param in params:
            path, there = keys.place("param", folder, param.key)
            if not there:
                self.params.append((path, param))
            else:
                self._compare(path, param)
        folder = f"{self.run.path}/{TAGS}"
        keys.check_keys("tag", [tag.key for tag in tags], folder)
        for tag in tags:
            path, there = keys.place("tag", folder, tag.key)
            old = files.read(path) if there else None
            if old != tag.value.encode():
                self.tags.append((path, tag, old))

    def _compare(self, path: str, param: Param) -> None:
        try:
            old = files.read(path).decode()
        except UnicodeDecodeError:
            raise StorageDamaged(f"'{path}' is no UTF-8 text. Repair or remove it.") from None
        if old != param.value:
            raise validation.param_conflict(self.run.run_id, param.key, old, param.value)

    def write(self) -> None:
        """Write params, metrics and tags, noting how to take back each."""
        for path, param in self.params:
            self._write_param(path, param)
        for key, (path, lines) in self.lines.items():
            self._append(key, path, b"".join(lines))
        for path, tag, old in self.tags:
            self._write_tag(path, tag, old)

    def _in_folder(self, path: str, write: Callable[[], T]) -> T:
        try:
            return write()
        except FileNotFoundError:
            files.make_folders(self.run.path, os.path.dirname(path), self.runs.sync)
            return write()

    def _write_param(self, path: str, param: Param) -> None:
        run, sync = self.run, self.runs.sync
        data = param.value.encode()
        if self._in_folder(path, lambda: files.create(path, data, run.path, sync)):
            self.undo.append(lambda: files.remove(path))
        else:
            self._compare(path, param)

    def _append(self, key: str, path: str, data: bytes) -> None:
        known = self.run.metric_files.get(key)
        size = known[1] if known else 0
        there = known is not None or os.path.exists(path)
        try:
            end = self._in_folder(path, lambda: files.append(path, data, size, self.runs.sync))
        except OSError:
            if not there:
                _remove_empty(path)  # MLflow cannot read a run with an empty metric file
            raise
        if not there and self.runs.sync:
            files.sync_folder(os.path.dirname(path))
        self.run.metric_files[key] = (path, end)
        self.undo.append(lambda: self._take_back_lines(key, path, end, len(data), there))

    def _take_back_lines(self, key: str, path: str, end: int, length: int, there: bool) -> None:
        self.run.metric_files.pop(key, None)
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            files.cut_back(descriptor, end - length, end)
        finally:
            os.close(descriptor)
        if not there:
            _remove_empty(path)

    def _write_tag(self, path: str, tag: RunTag, old: bytes | None) -> None:
        run, sync = self.run, self.runs.sync
        data = tag.value.encode()
        self._in_folder(path, lambda: files.replace(path, data, run.path, sync))
        if old is None:
            self.undo.append(lambda: files.remove(path))
        else:
            self.undo.append(lambda: files.replace(path, old, run.path, sync))
        if tag.key == RUN_NAME_TAG and tag.value:
            self._rename(tag.value)

    def _rename(self, name: str) -> None:
        before: list[str] = []

        def change(fields: dict[str, object]) -> None:
            before.append(str(fields.get("run_name") or ""))
            fields["run_name"] = name

        self.runs.update(self.run, change)
        self.undo.append(lambda: self._take_back_name(before[-1]))

    def _take_back_name(self, name: str) -> None:
        self.runs.update(self.run, lambda fields: fields.update(run_name=name))

    def take_back(self) -> None:
        """Undo what was written, the last first; what cannot be undone is left."""
        while self.undo:
            with suppress(OSError, PegboardException):
                self.undo.pop()()


def _remove_empty(path: str) -> None:
    with suppress(FileNotFoundError):
        if os.stat(path).st_size == 0:
            files.remove(path)
