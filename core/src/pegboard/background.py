"""Logging in the background: one bounded queue and one thread a tracking store.

The client submits checked batches; the thread merges what waits for one run into batches as large as a store
takes. A fork leaves the child without its parent's queues.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from pegboard import notices, settings, validation
from pegboard.entities import Metric, Param, RunTag
from pegboard.exits import at_exit

if TYPE_CHECKING:
    from pegboard.contracts import TrackingStore

Batch = tuple[Sequence[Metric], Sequence[Param], Sequence[RunTag]]


class RunOperations:
    """What was submitted and may not be written yet.

    Args:
        operation_futures: A future for each batch.
    """

    def __init__(self, operation_futures: Sequence[Future[None]]) -> None:
        self._futures = list(operation_futures)

    def wait(self) -> None:
        """Wait until all is written; raise the first error that the store raised."""
        for future in self._futures:
            future.result()


class _Job:
    __slots__ = ("batch", "future", "run_id", "size")

    def __init__(self, run_id: str, batch: Batch) -> None:
        self.run_id = run_id
        self.batch = batch
        self.size = sum(map(len, batch))
        self.future: Future[None] = Future()


class _Queue:
    """The jobs of one store, in order, and the thread that writes them."""

    def __init__(self, store: TrackingStore) -> None:
        self.store = store
        self.jobs: deque[_Job] = deque()
        self.waiting = 0
        self.writing = False
        self.changed = threading.Condition()
        threading.Thread(target=self._run, name="pegboard-background", daemon=True).start()

    def put(self, job: _Job) -> None:
        """Append a job, waiting while more elements wait than the settings allow."""
        limit = settings.ASYNC_QUEUE_SIZE.get()
        with self.changed:
            self.changed.wait_for(lambda: not self.waiting or self.waiting + job.size <= limit)
            self.jobs.append(job)
            self.waiting += job.size
            self.changed.notify_all()

    def flush(self) -> None:
        """Wait until nothing waits and nothing is being written."""
        with self.changed:
            self.changed.wait_for(lambda: not self.jobs and not self.writing)

    def _run(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: bool(self.jobs))
                jobs = self._take()
                self.writing = True
            _write(self.store, jobs)
            with self.changed:
                self.writing = False
                self.changed.notify_all()

    def _take(self) -> list[_Job]:
        """Take the first job and those behind it that fit one batch of the same run."""
        taken = [self.jobs.popleft()]
        sizes = list(map(len, taken[0].batch))
        while self.jobs and self.jobs[0].run_id == taken[0].run_id:
            grown = [size + len(part) for size, part in zip(sizes, self.jobs[0].batch, strict=True)]
            if not _fits(grown):
                break
            sizes = grown
            taken.append(self.jobs.popleft())
        self.waiting -= sum(job.size for job in taken)
        return taken


def _fits(sizes: Sequence[int]) -> bool:
    limits = (
        validation.MAX_METRICS_PER_BATCH,
        validation.MAX_PARAMS_PER_BATCH,
        validation.MAX_TAGS_PER_BATCH,
    )
    within = all(size <= limit for size, limit in zip(sizes, limits, strict=True))
    return within and sum(sizes) <= validation.MAX_ENTITIES_PER_BATCH


def _write(store: TrackingStore, jobs: list[_Job]) -> None:
    if len(jobs) > 1:
        metrics = [metric for job in jobs for metric in job.batch[0]]
        params = [param for job in jobs for param in job.batch[1]]
        tags = [tag for job in jobs for tag in job.batch[2]]
        try:
            store.log_batch(jobs[0].run_id, metrics, params, tags)
        except Exception:  # one bad job must not take the others along: each is written by itself
            for job in jobs:
                _write(store, [job])
            return
        for job in jobs:
            job.future.set_result(None)
        return
    job = jobs[0]
    try:
        store.log_batch(job.run_id, *job.batch)
    except BaseException as error:  # goes to whoever waits; the thread lives on
        notices.once(
            f"background:{error}", f"Logging in the background to run '{job.run_id}' failed: {error}"
        )
        job.future.set_exception(error)
    else:
        job.future.set_result(None)


_lock = threading.Lock()
_queues: dict[str, _Queue] = {}


def _forget() -> None:
    global _lock, _queues
    _lock, _queues = threading.Lock(), {}


os.register_at_fork(after_in_child=_forget)


def submit(tracking_uri: str, store: TrackingStore, run_id: str, batches: Sequence[Batch]) -> RunOperations:
    """Queue batches for a run.

    Args:
        tracking_uri: The store's URI, which has one queue.
        store: The store.
        run_id: The run.
        batches: Checked batches, each within a store's limits.
    """
    with _lock:
        queue = _queues.get(tracking_uri)
        if queue is None:
            # Registered after the store was opened, so that at exit it runs before the store is closed.
            at_exit(flush, 10)
            queue = _queues[tracking_uri] = _Queue(store)
    jobs = [_Job(run_id, batch) for batch in batches]
    for job in jobs:
        queue.put(job)
    return RunOperations([job.future for job in jobs])


def flush(tracking_uri: str | None = None) -> None:
    """Wait until all that was submitted is written or has failed; for one store, or for all."""
    with _lock:
        queues = [queue for uri, queue in _queues.items() if tracking_uri in (None, uri)]
    for queue in queues:
        queue.flush()
