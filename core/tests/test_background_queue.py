"""The queue of background logging, on a store that can be held: merging, order, limits, errors."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pegboard import RunOperations, background
from pegboard.contracts import TrackingStore
from pegboard.entities import Metric, Param, RunTag
from pegboard.errors import ResourceDoesNotExist

Batch = tuple[str, list[Metric], list[Param], list[RunTag]]


class Gate(TrackingStore):
    """A store that notes its batches and, while it is shut, makes the writer wait."""

    capabilities = frozenset()

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.opened = threading.Event()
        self.entered = threading.Semaphore(0)

    def log_batch(self, run_id: str, metrics: Any = (), params: Any = (), tags: Any = ()) -> None:
        self.entered.release()
        assert self.opened.wait(30)
        if any(tag.key == "bad" for tag in tags):
            raise ResourceDoesNotExist("bad")
        self.batches.append((run_id, list(metrics), list(params), list(tags)))


Gate.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]


@pytest.fixture
def gate(tmp_path):
    store = Gate()
    yield store
    store.opened.set()
    background.flush(str(tmp_path))


@pytest.fixture
def submit(gate: Gate, tmp_path):
    def submit(*batches: Any, run_id: str = "r") -> RunOperations:
        return background.submit(str(tmp_path), gate, run_id, batches)

    return submit


def tags(*keys: str) -> tuple[Any, ...]:
    return (), (), [RunTag(key, key) for key in keys]


def metrics(count: int, key: str = "m") -> tuple[Any, ...]:
    return [Metric(key, float(i), 1, i) for i in range(count)], (), ()


# With a store that can be held


def test_what_waits_is_merged_in_order_up_to_a_full_batch(gate: Gate, submit) -> None:
    first = submit(metrics(1, "first"))
    assert gate.entered.acquire(timeout=30)  # the writer is busy; all that follows waits
    rest = [submit(metrics(400, name)) for name in "abc"]
    gate.opened.set()
    for operations in (first, *rest):
        operations.wait()
    assert [len(batch[1]) for batch in gate.batches] == [1, 800, 400]
    assert [metric.key for batch in gate.batches for metric in batch[1]] == (
        ["first"] + ["a"] * 400 + ["b"] * 400 + ["c"] * 400
    )


@pytest.mark.parametrize("kind", ["params", "tags"])
def test_a_merged_batch_keeps_the_limits_of_params_and_tags(kind: str, gate: Gate, submit) -> None:
    submit(metrics(1))
    assert gate.entered.acquire(timeout=30)
    for number in range(3):
        keys = [f"{kind}{number}-{i}" for i in range(60)]
        if kind == "params":
            submit(((), [Param(key, "") for key in keys], ()))
        else:
            submit(tags(*keys))
    gate.opened.set()
    background.flush()
    assert [len(batch[2]) + len(batch[3]) for batch in gate.batches] == [0, 60, 60, 60]


def test_batches_of_several_runs_stay_apart_and_in_order(gate: Gate, submit) -> None:
    submit(tags("0"))
    assert gate.entered.acquire(timeout=30)
    for run_id in "aabba":
        submit(tags("t"), run_id=run_id)
    gate.opened.set()
    background.flush()
    assert [batch[0] for batch in gate.batches] == ["r", "a", "b", "a"]


def test_a_bad_batch_does_not_take_its_neighbours_along(gate: Gate, submit) -> None:
    submit(tags("0"))
    assert gate.entered.acquire(timeout=30)
    before, bad, after = submit(tags("before")), submit(tags("bad")), submit(tags("after"))
    gate.opened.set()
    before.wait()
    after.wait()
    for _ in range(2):
        with pytest.raises(ResourceDoesNotExist, match="bad"):
            bad.wait()
    assert [tag.key for batch in gate.batches for tag in batch[3]] == ["0", "before", "after"]


def test_the_writer_goes_on_after_an_error(gate: Gate, submit, caplog: pytest.LogCaptureFixture) -> None:
    gate.opened.set()
    with pytest.raises(ResourceDoesNotExist):
        submit(tags("bad")).wait()
    submit(tags("good")).wait()
    assert [tag.key for batch in gate.batches for tag in batch[3]] == ["good"]
    assert "background" in caplog.text


def test_the_queue_is_bounded(gate: Gate, submit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEGBOARD_ASYNC_QUEUE_SIZE", "10")
    submit(metrics(1))
    assert gate.entered.acquire(timeout=30)
    submit(metrics(10))  # fills the queue
    done = threading.Event()

    def one_more() -> None:
        submit(metrics(1, "late"))
        done.set()

    threading.Thread(target=one_more, daemon=True).start()
    gate.opened.set()
    assert done.wait(30)
    background.flush()
    # It got in when the ten were out, or it would be one batch with them.
    assert [len(batch[1]) for batch in gate.batches] == [1, 10, 1]
    assert gate.batches[-1][1][0].key == "late"


def test_a_batch_larger_than_the_queue_gets_through(
    gate: Gate, submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEGBOARD_ASYNC_QUEUE_SIZE", "10")
    gate.opened.set()
    submit(metrics(500), metrics(500)).wait()
    assert sum(len(batch[1]) for batch in gate.batches) == 1000


def test_waiting_covers_all_batches_of_a_call(gate: Gate, submit) -> None:
    gate.opened.set()
    with pytest.raises(ResourceDoesNotExist):
        submit(tags("good"), tags("bad")).wait()
