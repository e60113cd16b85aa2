"""Logging in the background to the file store: results, errors, order, flushing."""

from __future__ import annotations

import threading

import pytest

import pegboard
from pegboard import PegboardClient, RunOperations, background, load
from pegboard.entities import Metric, Param
from pegboard.errors import InvalidParameterValue


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
