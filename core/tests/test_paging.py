"""Order and pages: missing values last, tokens that survive what is made meanwhile, for any runs."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard import PegboardClient, paging
from pegboard.entities import Metric, Run, RunData, RunInfo
from pegboard.errors import InvalidParameterValue
from pegboard.search import RUNS

metric_values = st.one_of(
    st.none(), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, 1e300]), st.floats()
)
texts = st.one_of(
    st.none(), st.sampled_from(["", "a", "B", "é", "a'"]), st.text(max_size=3).filter(str.isprintable)
)


@st.composite
def some_runs(draw: Any, prefix: str = "") -> list[Run]:
    def run(number: int) -> Run:
        metric, param = draw(metric_values), draw(texts)
        return Run(
            RunInfo(f"{prefix}{number}", "0", "u", draw(st.sampled_from(["RUNNING", "FAILED"])),
                    draw(st.integers(0, 3)), draw(st.one_of(st.none(), st.integers(0, 3))), "active"),
            RunData(
                [Metric("m", metric, 1)] if metric is not None else [],
                {"p": param} if param is not None else {},
            ),
        )  # fmt: skip

    return [run(number) for number in range(draw(st.integers(0, 12)))]


orders = st.lists(
    st.builds(
        "{} {}".format,
        st.sampled_from(
            ["metrics.m", "params.p", "start_time", "end_time", "status", "run_id", "metrics.none"]
        ),
        st.sampled_from(["ASC", "DESC"]),
    ),
    max_size=3,
)


def ids(runs: list[Run]) -> list[str]:
    return [run.info.run_id for run in runs]


def pages(runs: list[Run], order: list[str], size: int, token: str | None = None) -> list[list[Run]]:
    found = []
    while True:
        page = paging.page(runs, order, size, token, RUNS)
        found.append(list(page))
        token = page.token
        if token is None:
            return found


@given(some_runs(), orders, st.integers(1, 5))
def test_pages_one_behind_the_other_are_the_sorted_list(runs: list[Run], order: list[str], size: int) -> None:
    whole = ids(paging.page(runs, order, 1000, None, RUNS))
    assert sorted(whole) == sorted(ids(runs))
    found = pages(runs, order, size)
    assert [run_id for page in found for run_id in ids(page)] == whole
    assert all(len(page) == size for page in found[:-1])
    assert whole == ids(paging.page(list(reversed(runs)), order, 1000, None, RUNS))


@given(some_runs(), some_runs("new"), orders, st.integers(1, 5))
def test_runs_made_meanwhile_neither_repeat_nor_hide_others(
    runs: list[Run], new: list[Run], order: list[str], size: int
) -> None:
    first = paging.page(runs, order, size, None, RUNS)
    rest = pages(runs + new, order, size, first.token) if first.token else []
    seen = ids(first) + [run_id for page in rest for run_id in ids(page)]
    assert len(seen) == len(set(seen))
    old = [run_id for run_id in seen if not run_id.startswith("new")]
    assert old == ids(paging.page(runs, order, 1000, None, RUNS))


@given(some_runs().filter(lambda runs: len(runs) > 2), orders)
def test_a_row_that_vanished_does_not_upset_its_token(runs: list[Run], order: list[str]) -> None:
    whole = ids(paging.page(runs, order, 1000, None, RUNS))
    first = paging.page(runs, order, 2, None, RUNS)
    left = [run for run in runs if run.info.run_id != whole[1]]
    if first.token:
        assert ids(paging.page(left, order, 1000, first.token, RUNS)) == whole[2:]


@given(some_runs(), st.sampled_from(["metrics.m", "params.p", "end_time"]), st.booleans())
def test_missing_values_come_last_and_nan_before_them(runs: list[Run], column: str, descending: bool) -> None:
    ordered = paging.page(runs, [f"{column} {'DESC' if descending else 'ASC'}"], 1000, None, RUNS)

    def value(run: Run) -> Any:
        of = {"metrics.m": run.data.metrics.get("m"), "params.p": run.data.params.get("p")}
        return of.get(column, run.info.end_time) if column in of else run.info.end_time

    values = [value(run) for run in ordered]
    present = [one for one in values if one is not None]
    assert values == [*present, *[None] * (len(values) - len(present))]
    numbers = [one for one in present if one == one]
    assert all(one != one for one in present[len(numbers) :])
    assert numbers == sorted(numbers, reverse=descending)


def test_ties_go_by_start_time_newest_first_then_by_id() -> None:
    runs = [Run(RunInfo(name, "0", "u", "RUNNING", start, None, "active")) for name, start in
            [("b", 1), ("a", 1), ("d", 2), ("c", 2)]]  # fmt: skip
    for order in ([], ["status"], ["metrics.none DESC"]):
        assert ids(paging.page(runs, order, 10, None, RUNS)) == ["c", "d", "a", "b"]
    assert ids(paging.page(runs, ["start_time ASC"], 10, None, RUNS)) == ["a", "b", "c", "d"]


# Tokens


def token_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.fixture
def three(client: PegboardClient) -> list[str]:
    return [client.create_run("0", start_time=1000 + number).info.run_id for number in range(3)][::-1]


def test_a_token_belongs_to_its_order(client: PegboardClient, three: list[str]) -> None:
    token = client.search_runs(["0"], max_results=1, order_by=["start_time DESC"]).token
    assert ids(client.search_runs(["0"], order_by=["start_time DESC"], page_token=token)) == three[1:]
    for order in (["start_time ASC"], ["metrics.m"], ["status"]):
        with pytest.raises(InvalidParameterValue, match="same order"):
            client.search_runs(["0"], order_by=order, page_token=token)


def test_no_token_and_an_empty_one_are_the_beginning(client: PegboardClient, three: list[str]) -> None:
    assert ids(client.search_runs(["0"], page_token="")) == three
    assert client.search_runs(["0"]).token is None
    assert client.search_runs(["0"], max_results=3).token is None
    assert client.search_runs(["0"], max_results=2).token


@pytest.mark.parametrize(
    "wrong",
    ["x", "!!!", "é", "\ud800", 5, b"eyJvZmZzZXQiOiAyfQ==", token_of({"offset": 2}), token_of([]),
     token_of("abcdefgh"), token_of(None), token_of(["wrong", 1, "a"]),
     base64.urlsafe_b64encode(b"[" * 100_000).decode(), base64.urlsafe_b64encode(b"9" * 5000).decode()],
    ids=lambda one: repr(one)[:24],
)  # fmt: skip
def test_what_is_no_token(wrong: Any, client: PegboardClient) -> None:
    with pytest.raises(InvalidParameterValue, match="no page token"):
        client.search_runs(["0"], page_token=wrong)
    with pytest.raises(InvalidParameterValue, match="no page token"):
        client.search_experiments(page_token=wrong)


@given(st.data())
def test_a_token_that_was_changed_is_refused_or_harmless(data: Any) -> None:
    runs = [Run(RunInfo(str(number), "0", "u", "RUNNING", number, None, "active")) for number in range(3)]
    token = paging.page(runs, [], 1, None, RUNS).token
    assert token
    content = json.loads(base64.urlsafe_b64decode(token))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
            lambda inner: st.lists(inner, max_size=2),
            max_leaves=3,
        )
    )
    try:
        page = paging.page(runs, [], 10, token_of(content), RUNS)
    except InvalidParameterValue:
        return
    assert set(ids(page)) <= {"0", "1", "2"}


def test_runs_of_a_store_that_are_made_and_deleted_meanwhile(client: PegboardClient) -> None:
    made = [client.create_run("0", start_time=1000 + number).info.run_id for number in range(6)]
    for number, run_id in enumerate(made):
        client.log_metric(run_id, "m", number % 3)
    for order in ([], ["metrics.m DESC"], ["metrics.m", "start_time ASC"], ["params.none"]):
        whole = ids(client.search_runs(["0"], order_by=order))
        first = client.search_runs(["0"], order_by=order, max_results=3)
        new = [client.create_run("0", start_time=time).info.run_id for time in (1, 1003, 9999)]
        client.delete_run(first[2].info.run_id)
        rest = client.search_runs(["0"], order_by=order, page_token=first.token)
        assert ids(first) == whole[:3]
        assert [run_id for run_id in ids(rest) if run_id not in new] == whole[3:]
        client.restore_run(first[2].info.run_id)
        for run_id in new:
            client.delete_run(run_id)


def test_experiments_are_paged_alike(client: PegboardClient) -> None:
    for number in range(4):
        client.create_experiment(f"e{number}")
    first = client.search_experiments(max_results=2, order_by=["name DESC"])
    client.create_experiment("e9")  # before the first page
    client.create_experiment("e15")  # behind it
    rest = client.search_experiments(order_by=["name DESC"], page_token=first.token)
    assert [one.name for one in first] == ["e3", "e2"]
    assert [one.name for one in rest] == ["e15", "e1", "e0", "Default"]
