"""Logging in the background: order, batches, limits, errors, flushing."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import pegboard
from pegboard import PegboardClient, RunOperations, background, load
from pegboard.contracts import TrackingStore
from pegboard.entities import Metric, Param, RunTag
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist

Batch = tuple[str, list[Metric], list[Param], list[RunTag]]


class Gate(TrackingStore):
    """A store that notes its batches and, while it is shut, makes the writer wait; other methods it has none."""

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


# With the file store


def test_background_logging_returns_what_to_wait_for(client: PegboardClient, run_id: str) -> None:
    operations = [
        client.log_metric(run_id, "m", 1, synchronous=False),
        client.log_param(run_id, "p", 1, synchronous=False),
        client.set_tag(run_id, "t", 1, synchronous=False),
        client.log_batch(run_id, [Metric("b", 1, 1)], synchronous=False),
    ]
    for one in operations:
        assert isinstance(one, RunOperations)
        assert one.wait() is None
    data = client.get_run(run_id).data
    assert (data.metrics, data.params, data.tags["t"]) == ({"m": 1.0, "b": 1.0}, {"p": "1"}, "1")


def test_the_fluent_calls_return_it_too(root) -> None:
    with pegboard.start_run() as run:
        for one in (
            pegboard.log_metric("m", 1, synchronous=False),
            pegboard.log_metrics({"n": 1}, synchronous=False),
            pegboard.log_param("p", 1, synchronous=False),
            pegboard.log_params({"q": 1}, synchronous=False),
            pegboard.set_tag("t", 1, synchronous=False),
            pegboard.set_tags({"u": 1}, synchronous=False),
            pegboard.log_batch([Metric("o", 1, 1)], synchronous=False),
        ):
            assert isinstance(one, RunOperations)
        pegboard.flush_async_logging()
        data = pegboard.get_run(run.info.run_id).data
    assert (set(data.metrics), set(data.params)) == ({"m", "n", "o"}, {"p", "q"})
    assert {"t", "u"} <= set(data.tags)


@pytest.mark.parametrize("variable", ["PEGBOARD_ENABLE_ASYNC_LOGGING", "MLFLOW_ENABLE_ASYNC_LOGGING"])
def test_a_setting_makes_it_the_default(
    variable: str, client: PegboardClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "true")
    assert isinstance(client.log_metric(run_id, "m", 1), RunOperations)
    assert client.log_metric(run_id, "m", 1, synchronous=True) is None


def test_config_switches_it(client: PegboardClient, run_id: str) -> None:
    pegboard.config.enable_async_logging()
    assert isinstance(client.set_tag(run_id, "t", 1), RunOperations)
    pegboard.config.enable_async_logging(False)
    assert client.set_tag(run_id, "t", 1) is None


def test_ending_a_run_waits_for_what_it_logged(client: PegboardClient, root) -> None:
    with pegboard.start_run() as run:
        for step in range(2500):
            pegboard.log_metric("m", step, step=step, synchronous=False)
    history = client.get_metric_history(run.info.run_id, "m")
    assert [point.step for point in history] == list(range(2500))


def test_the_order_of_calls_is_kept(client: PegboardClient, run_id: str) -> None:
    for number in range(500):
        client.set_tag(run_id, "t", number, synchronous=False)
    pegboard.flush_async_logging()
    assert client.get_run(run_id).data.tags["t"] == "499"


def test_large_calls_are_split(client: PegboardClient, run_id: str) -> None:
    client.log_batch(
        run_id,
        [Metric("m", i, 1, i) for i in range(2500)],
        [Param(f"p{i}", str(i)) for i in range(250)],
        synchronous=False,
    ).wait()
    assert len(client.get_metric_history(run_id, "m")) == 2500
    assert len(client.get_run(run_id).data.params) == 250


def test_a_conflict_raises_at_wait_and_spares_the_others(client: PegboardClient, run_id: str) -> None:
    client.log_param(run_id, "p", "old")
    before = client.log_metric(run_id, "before", 1, synchronous=False)
    bad = client.log_param(run_id, "p", "new", synchronous=False)
    after = client.log_metric(run_id, "after", 1, synchronous=False)
    with pytest.raises(InvalidParameterValue, match="'p'"):
        bad.wait()
    before.wait()
    after.wait()
    data = client.get_run(run_id).data
    assert (data.params, set(data.metrics)) == ({"p": "old"}, {"before", "after"})


def test_two_values_of_one_param_in_one_merged_batch(client: PegboardClient, run_id: str) -> None:
    first = client.log_param(run_id, "p", "first", synchronous=False)
    second = client.log_param(run_id, "p", "second", synchronous=False)
    first.wait()
    with pytest.raises(InvalidParameterValue, match="'second'"):
        second.wait()
    assert client.get_run(run_id).data.params == {"p": "first"}


def test_flushing_raises_nothing(client: PegboardClient, run_id: str) -> None:
    client.delete_run(run_id)
    lost = client.log_metric(run_id, "m", 1, synchronous=False)
    pegboard.flush_async_logging()
    with pytest.raises(InvalidParameterValue, match="deleted"):
        lost.wait()


def test_what_breaks_a_rule_is_refused_at_once(client: PegboardClient, run_id: str) -> None:
    for log in (
        lambda: client.log_metric(run_id, "bad!", 1, synchronous=False),
        lambda: client.log_metric(run_id, "bad", "x", synchronous=False),  # type: ignore[arg-type]
        lambda: client.log_metric("no run", "bad", 1, synchronous=False),
        lambda: client.log_batch(run_id, params=[Param("g", ""), Param("bad!", "")], synchronous=False),
    ):
        with pytest.raises(InvalidParameterValue):
            log()
    pegboard.flush_async_logging()
    assert client.get_run(run_id).data.params == {}


def test_many_threads_log_to_one_run(client: PegboardClient, run_id: str) -> None:
    together = threading.Barrier(4, timeout=30)

    def work(name: str) -> None:
        together.wait()
        for step in range(200):
            client.log_metric(run_id, name, step, step=step, synchronous=False)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    background.flush()
    for name in "abcd":
        assert [point.step for point in client.get_metric_history(run_id, name)] == list(range(200))


def test_providers_stay_open_for_the_queue(client: PegboardClient, run_id: str) -> None:
    client.log_metric(run_id, "m", 1, synchronous=False).wait()
    load.close_providers()
    client.log_metric(run_id, "n", 2, synchronous=False).wait()
    assert client.get_run(run_id).data.metrics == {"m": 1.0, "n": 2.0}
