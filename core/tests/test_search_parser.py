"""The parser of filters and orders: its tree, its messages with the position, and that nothing upsets it."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pegboard.errors import InvalidParameterValue
from pegboard.search import (
    EXPERIMENTS,
    RUNS,
    Column,
    Comparison,
    OrderBy,
    like_pattern,
    parse_filter,
    parse_order_by,
)


def test_the_tree() -> None:
    assert parse_filter(
        "metrics.a > 1 AND tags.`b c` IS NULL and run_id IN ('x','y') AND created<=1.5", RUNS
    ) == (
        Comparison(Column("metric", "a", "number"), ">", 1),
        Comparison(Column("tag", "b c", "text"), "IS NULL", None),
        Comparison(Column("attribute", "run_id", "text"), "IN", ("x", "y")),
        Comparison(Column("attribute", "start_time", "number"), "<=", 1.5),
    )
    (comparison,) = parse_filter("params.a like '%é''%'", RUNS)
    assert (comparison.operator, comparison.value) == ("LIKE", "%é'%")
    assert parse_filter(None, RUNS) == ()
    assert pickle.loads(pickle.dumps(comparison)) == comparison


def test_large_whole_numbers_stay_exact() -> None:
    (comparison,) = parse_filter("start_time = 9007199254740993", RUNS)
    assert comparison.value == 9007199254740993
    (comparison,) = parse_filter("start_time = -9223372036854775808", RUNS)
    assert comparison.value == -(2**63)


@pytest.mark.parametrize(
    ("text", "position", "told"),
    [
        ("metrics.a >", 12, "number"),
        ("metrics.a > 'x'", 13, "number"),
        ("metrics.a ! 1", 11, "'!'"),
        ("metrics.a > 1 OR metrics.b > 2", 15, "AND"),
        ("metrics.a > 1 metrics.b > 2", 15, "AND"),
        ("  params.a = 1", 14, "quotes"),
        ("params.a > 'x'", 10, "=, !=, LIKE, ILIKE, IS NULL"),
        ("metrics.a IS NULL", 11, "=, !=, >, >=, <, <="),
        ("status IN ('x')", 8, "LIKE"),
        ("foo = 'x'", 1, "run_id, run_name"),
        ("foo.bar = 'x'", 1, "metrics, params, tags, datasets"),
        ("dataset.source = 'x'", 9, "name, digest, context"),
        ("params.a = 'open", 12, '"\'"'),
        ("run_id IN ('a', 1)", 17, "quotes"),
        ("run_id IN ('a'", 15, "')'"),
        ("run_id NOT LIKE 'a'", 12, "IN"),
        ("metrics.a = 1;", 14, "';'"),
        ("é.a = 1", 1, "é"),
    ],
)
def test_a_message_shows_the_place(text: str, position: int, told: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        parse_filter(text, RUNS)
    first, shown, mark = str(caught.value).split("\n")
    assert f"position {position}:" in first
    assert told in first
    assert shown == f"  {text}"
    assert mark.index("^") == position + 1  # two spaces before the text


def test_the_mark_is_right_in_a_text_of_several_lines() -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        parse_filter("metrics.a > 1\nAND\tmetrics.b > 'x'", RUNS)
    _, shown, mark = str(caught.value).split("\n")
    assert shown[mark.index("^")] == "'"


# Orders


def ties(*columns: OrderBy) -> tuple[OrderBy, ...]:
    return (
        *columns,
        OrderBy(Column("attribute", "start_time", "number"), False),
        OrderBy(Column("attribute", "run_id", "text"), True),
    )


def test_orders() -> None:
    assert parse_order_by(None, RUNS) == parse_order_by([], RUNS) == ties()
    assert parse_order_by(["metrics.a"], RUNS) == ties(OrderBy(Column("metric", "a", "number"), True))
    assert parse_order_by(["params.`a b` desc", "status  ASC"], RUNS) == ties(
        OrderBy(Column("param", "a b", "text"), False), OrderBy(Column("attribute", "status", "text"), True)
    )
    start = OrderBy(Column("attribute", "start_time", "number"), True)
    assert parse_order_by(["Created ASC"], RUNS) == (start, ties()[-1])
    assert parse_order_by(("name",), EXPERIMENTS)[-1].column.key == "experiment_id"
    assert [order.column.key for order in parse_order_by([], EXPERIMENTS)] == [
        "creation_time",
        "experiment_id",
    ]


@pytest.mark.parametrize(
    "text",
    ["", " ", "foo", "metrics.a, metrics.b", "metrics.a NULLS LAST", "metrics.a ASC DESC", "metrics.a UP",
     "-metrics.a", "experiment_id", "lifecycle_stage", "duration", "dataset.name", "metrics.a;", "'a'", "1",
     "metrics.", None, 5],
    ids=repr,
)  # fmt: skip
def test_what_is_no_order(text: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="order-by column"):
        parse_order_by([text], RUNS)


@pytest.mark.parametrize("text", ["tags.a", "metrics.a", "lifecycle_stage", "artifact_location"])
def test_what_is_no_order_of_experiments(text: str) -> None:
    with pytest.raises(InvalidParameterValue):
        parse_order_by([text], EXPERIMENTS)


# LIKE


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("", "", True), ("", "a", False), ("%", "", True), ("%", "a\nb", True), ("_", "\n", True),
        ("_", "", False),
        ("a%b", "ab", True), ("a%b", "aXbXb", True), ("a%b", "abX", False), ("%ab%", "xaab", True),
        ("%a%a%", "a", False), ("%a%a%", "aa", True), ("%aab", "aaab", True), ("a%a", "a", False),
        ("%a_c%", "xabcabc", True), ("%a_%_c", "abxc", True), ("%%", "x", True), (".*", "ab", False),
        ("a.b", "axb", False),
        ("[a]", "a", False), ("\\%", "\\x", True), ("\\%", "%", False), ("é%", "école", True),
        ("x", "x\n", False),
        ("%b%ab", "bab", True), ("%ab%ab", "abab", True), ("%ab%ab", "xab", False),
    ],
)  # fmt: skip
def test_like(pattern: str, text: str, matches: bool) -> None:
    assert (like_pattern(pattern, False).fullmatch(text) is not None) is matches
    assert (like_pattern(pattern.upper(), True).fullmatch(text.lower()) is not None) is matches


def test_a_like_of_many_parts_comes_to_an_end() -> None:
    assert like_pattern("%a" * 30 + "%b", False).fullmatch("a" * 500) is None
    assert like_pattern("%" * 50 + "b", False).fullmatch("a" * 500) is None
    assert like_pattern("%_a" * 30 + "%b", True).fullmatch("a" * 500) is None


@given(st.text("ab%_\n", max_size=8), st.text("ab\n", max_size=8))
def test_like_is_what_its_signs_say(pattern: str, text: str) -> None:
    parts = ("".join({"%": "(?s:.*)", "_": "(?s:.)"}.get(char, char)) for char in pattern)
    expected = re.fullmatch("".join(parts), text) is not None
    assert (like_pattern(pattern, False).fullmatch(text) is not None) is expected


# Arbitrary text

WORDS = st.sampled_from(
    "metrics params tags attributes dataset run_id start_time status name . . . `a b` 'x' \"y\" 1 -2.5 1e3 "
    "= != < > >= LIKE ILIKE IN NOT IS NULL AND OR ( ) , ; ' \" ` \\ % \n \t \0 é \ud800 ASC DESC".split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.lists(WORDS, max_size=12).map(" ".join),
    st.lists(WORDS, max_size=12).map("".join),
)


@given(TEXTS, st.sampled_from([RUNS, EXPERIMENTS]))
@example("metrics.a > " + "9" * 10_000, RUNS)
@example("metrics.a > 1e" + "9" * 10_000, RUNS)
@example("(" * 10_000, RUNS)
@example("metrics.a > ١", RUNS)
def test_no_text_upsets_the_parser(text: str, target: Any) -> None:
    for parse in (lambda: parse_filter(text, target), lambda: parse_order_by([text], target)):
        try:
            parse()
        except InvalidParameterValue as error:
            shows_the_place = "\n" in str(error)
            assert shows_the_place


NAMES = st.text(st.characters(exclude_characters="`", exclude_categories=["Cs"]), min_size=1, max_size=10)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@given(NAMES, VALUES, st.sampled_from("'\""))
def test_any_key_and_any_value_can_be_written(key: str, value: str, quote: str) -> None:
    text = f"tags.`{key}` = {quote}{value.replace(quote, quote * 2)}{quote}"
    assert parse_filter(text, RUNS) == (Comparison(Column("tag", key, "text"), "=", value),)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_finite_number_can_be_written(number: float) -> None:
    (comparison,) = parse_filter(f"metrics.a = {number!r}", RUNS)
    assert comparison.value == number
