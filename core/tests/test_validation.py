"""Limits and name rules: each at its edge, with what the message tells."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard import validation
from pegboard.entities import ExperimentTag, Metric, Param, RunTag
from pegboard.errors import InvalidParameterValue


@pytest.mark.parametrize(
    ("check", "limit"),
    [
        (lambda text: validation.check_param(Param("k", text)).value, 6000),
        (lambda text: validation.check_tag(RunTag("k", text)).value, 8000),
        (lambda text: validation.check_experiment_tag(ExperimentTag("k", text)).value, 5000),
    ],
)
def test_long_values_are_cut_with_one_warning_or_refused(
    check: Any, limit: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fits, long = "é" * limit, "é" * limit + "x"
    assert check(fits) == fits
    assert caplog.records == []
    assert check(long) == fits
    assert check(long) == fits
    assert len(caplog.records) == 1
    assert f"{limit + 1} characters" in caplog.text
    for variable in ("MLFLOW_TRUNCATE_LONG_VALUES", "PEGBOARD_TRUNCATE_LONG_VALUES"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, "false")
            assert check(fits) == fits
            with pytest.raises(InvalidParameterValue, match=str(limit)) as caught:
                check(long)
            assert "PEGBOARD_TRUNCATE_LONG_VALUES" in str(caught.value)
            assert len(str(caught.value)) < 500


@pytest.mark.parametrize("value", ["a\0b", "\ud800", None, 5, b"x"], ids=repr)
def test_values_are_text_that_every_store_holds(value: Any) -> None:
    for check in (
        lambda: validation.check_param(Param("key", value)),
        lambda: validation.check_tag(RunTag("key", value)),
        lambda: validation.check_experiment_tag(ExperimentTag("key", value)),
    ):
        with pytest.raises(InvalidParameterValue, match="'key'"):
            check()


@pytest.mark.parametrize(
    "text", ["", " ", "\n\r\t", "日本 😀", "\x01", "\x7f", "\ufeff", "e\u0301", "x" * 6000]
)
def test_all_other_text_is_kept(text: str) -> None:
    assert validation.check_param(Param("k", text)).value == text


@given(st.text(max_size=20))
def test_a_key_that_passes_is_a_plain_relative_path(key: str) -> None:
    try:
        checked = validation.check_key("metric key", key)
    except InvalidParameterValue:
        return
    assert checked == key
    assert not set(key.split("/")) & {"", ".", ".."}
    assert key.isprintable()


@given(st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.booleans(), st.none(), st.decimals()))
def test_an_integer_that_passes_has_64_bits(value: Any) -> None:
    try:
        number = validation.check_integer("it", value)
    except InvalidParameterValue:
        return
    assert type(number) is int
    assert number == value
    assert -(2**63) <= number < 2**63


@given(st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.booleans(), st.none(), st.decimals(),
                 st.fractions(), st.complex_numbers(), st.lists(st.integers(), max_size=2)))  # fmt: skip
def test_a_number_that_passes_is_a_float(value: Any) -> None:
    try:
        assert type(validation.check_number("it", value)) is float
    except InvalidParameterValue as error:
        named = str(error).startswith("it is ")
        assert named


def test_batches_at_their_limits() -> None:
    metrics = [Metric("m", 1.0, 1, i) for i in range(1001)]
    params = [Param(f"p{i}", "") for i in range(101)]
    tags = [RunTag(f"t{i}", "") for i in range(101)]
    validation.check_batch(metrics[:1000], (), ())
    validation.check_batch(metrics[:800], params[:100], tags[:100])
    for batch, told in (
        ((metrics, (), ()), "1001 metrics"),
        (((), params, ()), "101 params"),
        (((), (), tags), "101 tags"),
        ((metrics[:801], params[:100], tags[:100]), "1001 elements in all"),
    ):
        with pytest.raises(InvalidParameterValue, match=told):
            validation.check_batch(*batch)  # type: ignore[arg-type]


def test_repeats_within_a_batch() -> None:
    metrics, params, tags = validation.check_batch(
        [Metric("m", 1.0, 1)] * 2,
        [Param("a", "1"), Param("b", "2"), Param("a", "1")],
        [RunTag("t", "first"), RunTag("t", "last")],
    )
    assert params == [Param("a", "1"), Param("b", "2")]
    assert tags == [RunTag("t", "last")]
    assert metrics == [Metric("m", 1.0, 1)] * 2
    with pytest.raises(InvalidParameterValue, match="'a': '1' and '2'"):
        validation.check_batch((), [Param("a", "1"), Param("a", "2")], ())


@pytest.mark.parametrize("run_id", ["a", "0" * 32, "A_b-9", "a" * 256])
def test_run_ids(run_id: str) -> None:
    assert validation.check_run_id(run_id) == run_id


@pytest.mark.parametrize("run_id", ["", "a" * 257, "-a", "_a", "a b", "a/b", "..", "a\n", "é", "²", None, 5])
def test_what_is_no_run_id(run_id: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="no run id") as caught:
        validation.check_run_id(run_id)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("given_", "expected"), [("0", "0"), (0, "0"), ("a-b_C", "a-b_C"), ("1" * 64, "1" * 64)]
)
def test_experiment_ids(given_: Any, expected: str) -> None:
    assert validation.check_experiment_id(given_) == expected


@pytest.mark.parametrize(
    "experiment_id", ["", "1" * 65, "-1", "a b", "../x", "0\n", None, True, 1.0, ["0"]], ids=repr
)
def test_what_is_no_experiment_id(experiment_id: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="no experiment id"):
        validation.check_experiment_id(experiment_id)


@pytest.mark.parametrize(
    ("path", "expected"),
    [(None, ""), ("", ""), ("a", "a"), ("a/b c/é", "a/b c/é"), ("a/", "a"), ("ab:c", "ab:c")],
)
def test_artifact_paths(path: Any, expected: str) -> None:
    assert validation.check_artifact_path(path) == expected


def test_joining_artifact_paths() -> None:
    for folder, name, joined in (
        ("a", "b", "a/b"),
        (None, "b", "b"),
        ("a", None, "a"),
        ("", "", ""),
        (None, None, ""),
    ):
        assert validation.join_artifact_path(folder, name) == joined
