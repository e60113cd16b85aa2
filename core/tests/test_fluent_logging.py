"""What runs log through the fluent API: metrics, params, tags and batches; and what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pandas
import pytest

import pegboard
from pegboard import PegboardClient
from pegboard.entities import Metric
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist

pytestmark = pytest.mark.usefixtures("root")

HUGE = 10**400


class Numberlike:
    def __float__(self) -> float:
        return 2.5


@pytest.fixture
def run():
    with pegboard.start_run() as run:
        yield run


def data(run: Any) -> Any:
    return pegboard.get_run(run.info.run_id).data


def points(run: Any, key: str) -> list[tuple[int, float]]:
    history = PegboardClient().get_metric_history(run.info.run_id, key)
    return [(point.step, point.value) for point in history]


# Metrics


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (True, 1.0),
        (-0.0, 0.0),
        (2**53 + 1, float(2**53)),
        ("1.5", 1.5),
        ("  2 ", 2.0),
        ("1e-3", 0.001),
        (b"1", 1.0),
        ("inf", float("inf")),
        ("-Infinity", float("-inf")),
        (Decimal("0.1"), 0.1),
        (Fraction(1, 4), 0.25),
        (Numberlike(), 2.5),
        (numpy.float32(0.5), 0.5),
        (numpy.float64(0.1), 0.1),
        (numpy.int64(-3), -3.0),
        (numpy.uint8(200), 200.0),
        (numpy.bool_(True), 1.0),
        (numpy.array(1.5), 1.5),
        (numpy.array([1.5]), 1.5),
        (numpy.array([[7]]), 7.0),
        (pandas.Series([3.0]), 3.0),
    ],
)
def test_numbers_and_what_is_one(value: Any, expected: float, run: Any) -> None:
    pegboard.log_metric("m", value)
    pegboard.log_metrics({"n": value})
    pegboard.log_batch(metrics=[Metric("o", value, 1)])
    assert data(run).metrics == {"m": expected, "n": expected, "o": expected}


@pytest.mark.parametrize("value", ["nan", float("nan"), numpy.float32("nan")])
def test_nan_is_a_value(value: Any, run: Any) -> None:
    pegboard.log_metric("m", value)
    stored = data(run).metrics["m"]
    assert stored != stored


@pytest.mark.parametrize(
    "value",
    ["abc", "", "1,5", None, [1], (1,), {}, 1j, HUGE, -HUGE, object(), numpy.array([1.0, 2.0]),
     numpy.array([]), numpy.array(["a"]), numpy.datetime64("2024-01-01"), pandas.Series([1, 2])],
    ids=str,
)  # fmt: skip
def test_what_is_no_number_is_refused(value: Any, run: Any) -> None:
    for log in (
        lambda: pegboard.log_metric("loss", value),
        lambda: pegboard.log_metrics({"good": 1, "loss": value}),
        lambda: pegboard.log_metric("loss", value, synchronous=False),
        lambda: pegboard.log_batch(metrics=[Metric("good", 1, 1), Metric("loss", value, 1)]),
    ):
        with pytest.raises(InvalidParameterValue, match="'loss'"):
            log()
    assert data(run).metrics == {}


def test_step_and_timestamp(run: Any) -> None:
    pegboard.log_metric("m", 1, step=-5, timestamp=1)
    pegboard.log_metric("m", 2, step=numpy.int64(7), timestamp=numpy.int64(2))
    pegboard.log_metric("m", 3, step=3.0)
    pegboard.log_metric("m", 4, step=2**63 - 1)
    assert points(run, "m") == [(-5, 1.0), (3, 3.0), (7, 2.0), (2**63 - 1, 4.0)]


@pytest.mark.parametrize("step", ["7", 1.5, True, float("nan"), 2**63, -(2**63) - 1, [1]], ids=str)
def test_a_step_is_a_whole_number_of_64_bits(step: Any, run: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="step"):
        pegboard.log_metric("m", 1, step=step)
    with pytest.raises(InvalidParameterValue, match="step"):
        pegboard.log_metrics({"m": 1}, step=step)
    assert data(run).metrics == {}


@pytest.mark.parametrize("timestamp", ["now", -1, 1.5, 2**63], ids=str)
def test_a_timestamp_is_a_whole_number_of_milliseconds(timestamp: Any, run: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="timestamp"):
        pegboard.log_metric("m", 1, timestamp=timestamp)
    assert data(run).metrics == {}


def test_a_history_is_a_set_and_the_latest_is_its_last(run: Any) -> None:
    for value, step, timestamp in [(5, 2, 1), (1, 1, 9), (5, 2, 1), (7, 2, 1), (3, 2, 0)]:
        pegboard.log_metric("m", value, step=step, timestamp=timestamp)
    assert points(run, "m") in (
        [(1, 1.0), (2, 3.0), (2, 5.0), (2, 7.0)],
        [(1, 1.0), (2, 5.0), (2, 7.0), (2, 3.0)],
    )
    pegboard.log_metric("n", 5, step=2, timestamp=5)
    pegboard.log_metric("n", 6, step=1, timestamp=9)
    assert data(run).metrics["n"] == 5.0


def test_metrics_of_one_call_share_step_and_timestamp(run: Any) -> None:
    pegboard.log_metrics({"a": 1, "b": 2}, step=3, timestamp=4)
    client = PegboardClient()
    (a,), (b,) = (client.get_metric_history(run.info.run_id, key) for key in "ab")
    assert (a.step, a.timestamp, b.step, b.timestamp) == (3, 4, 3, 4)


def test_no_metrics_are_no_error(run: Any) -> None:
    pegboard.log_metrics({})
    pegboard.log_params({})
    pegboard.set_tags({})
    pegboard.log_batch()
    assert data(run).metrics == {}


# Params and tags


def test_params_are_texts_and_returned(run: Any) -> None:
    assert pegboard.log_param("none", None) is None
    assert pegboard.log_param("list", [1, 2]) == [1, 2]
    pegboard.log_params({"n": 1, "f": 0.1, "text": "é\r\n", "empty": ""})
    assert data(run).params == {
        "none": "None", "list": "[1, 2]", "n": "1", "f": "0.1", "text": "é\r\n", "empty": "",
    }  # fmt: skip


def test_a_param_is_written_once(run: Any) -> None:
    pegboard.log_param("lr", 0.1)
    pegboard.log_param("lr", "0.1")
    with pytest.raises(InvalidParameterValue) as caught:
        pegboard.log_param("lr", 0.2)
    message = str(caught.value)
    assert all(part in message for part in ("'lr'", "'0.1'", "'0.2'", run.info.run_id, "new run"))
    with pytest.raises(InvalidParameterValue, match="'lr'"):
        pegboard.log_params({"other": 1, "lr": 0.3})
    assert data(run).params == {"lr": "0.1"}


def test_an_empty_param_counts_as_written(run: Any) -> None:
    pegboard.log_param("p", "")
    with pytest.raises(InvalidParameterValue):
        pegboard.log_param("p", "x")


def test_tags_are_overwritten_and_deleted(run: Any) -> None:
    pegboard.set_tag("t", 1)
    pegboard.set_tags({"t": 2, "u": None})
    assert {"t": "2", "u": "None"}.items() <= data(run).tags.items()
    pegboard.delete_tag("t")
    assert "t" not in data(run).tags
    with pytest.raises(ResourceDoesNotExist, match="'t'"):
        pegboard.delete_tag("t")


def test_the_name_tag_renames_the_run(run: Any) -> None:
    pegboard.set_tag("mlflow.runName", "renamed")
    assert pegboard.get_run(run.info.run_id).info.run_name == "renamed"
