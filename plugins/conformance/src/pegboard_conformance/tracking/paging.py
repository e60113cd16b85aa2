"""Rules of the pages of found runs: sizes, tokens, and what happens between two pages."""

from __future__ import annotations

from collections.abc import Sequence

from pegboard.entities import Metric
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.data import MOMENT
from pegboard_conformance.tracking.harness import StoreHarness, rules
from pegboard_conformance.tracking.table import make_runs

rule = rules()


_BAD_TOKENS = ("nonsense", "AAAA", "e30=", "W10=", "eyJvZmZzZXQiOiAyfQ==", "\u00e9", "' OR 1=1", "../x", 7)


@rule
def search_page_size(h: StoreHarness) -> None:
    """A page has from 1 to 50,000 runs, 1,000 by default; other sizes are refused."""
    experiment_id, _ = make_runs(h)
    for size in (1, 5, 50_000):
        equal(
            len(h.store.search_runs([experiment_id], "", 1, size)), min(size, 5), f"runs on a page of {size}"
        )
    for wrong in (0, -1, 50_001, 10**12, "5", 1.5, None):
        with case(wrong):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, wrong)


@rule
def search_pages(h: StoreHarness) -> None:
    """Pages together show each run once, in the order of the whole, whatever the order and the size."""
    experiment_id, _ = make_runs(h)
    for columns in ((), ("metrics.acc",), ("metrics.acc DESC",), ("tags.team DESC",), ("end_time", "status")):
        wanted = h.order(experiment_id, columns)
        for size in (1, 2, 4, 5):
            with case((columns, size)):
                equal(_paged(h, experiment_id, columns, size), wanted, "the runs on all pages")


@rule
def search_pages_with_filter(h: StoreHarness) -> None:
    """Pages of a filtered search show the matching runs alone, each once."""
    experiment_id = h.experiment()
    for i in range(7):
        run_id = h.run(experiment_id, chr(65 + i), start_time=MOMENT)
        h.store.log_metric(run_id, Metric("m", i % 2, 1, 0))
    found, token = "", None
    while True:
        page = h.store.search_runs([experiment_id], "metrics.m = 0", 1, 3, ["run_name"], token)
        found, token = found + "".join(run.info.run_name or "" for run in page), page.token
        if token is None:
            break
    equal(found, "ACEG", "the runs on all pages")


@rule
def search_last_page(h: StoreHarness) -> None:
    """The last page has no token, also when it is full or empty."""
    experiment_id, _ = make_runs(h)
    equal(h.store.search_runs([experiment_id], "", 1, 5).token, None, "the token of a full last page")
    equal(h.store.search_runs([h.experiment()], "", 1, 5).token, None, "the token of an empty page")
    check(h.store.search_runs([experiment_id], "", 1, 4).token, "a page before the last has no token")


@rule
def search_pages_under_insertion(h: StoreHarness) -> None:
    """Runs that are made between two pages neither repeat nor hide others."""
    for columns, direction in (((), -1), (("start_time ASC",), 1), (("params.p", "start_time ASC"), 1)):
        experiment_id = h.experiment()
        for i in range(1, 7):
            h.run(experiment_id, str(i), start_time=MOMENT + 10 * i)
        page = h.store.search_runs([experiment_id], "", 1, 2, columns)
        found = [run.info.run_name for run in page]
        for newer in range(1, 10):
            if page.token is None:
                break
            h.run(experiment_id, f"before {newer}", start_time=MOMENT - direction * (1000 + newer))
            page = h.store.search_runs([experiment_id], "", 1, 2, columns, page.token)
            found += [run.info.run_name for run in page]
        wanted = [str(i) for i in range(1, 7)][::direction]
        with case(columns):
            equal(found, wanted, "the runs on all pages")


@rule
def search_pages_see_later_rows(h: StoreHarness) -> None:
    """A run that is made behind the last row seen is on a later page."""
    experiment_id = h.experiment()
    for name in "ABDE":
        h.run(experiment_id, name)
    page = h.store.search_runs([experiment_id], "", 1, 2, ["run_name"])
    h.run(experiment_id, "C")
    rest = h.store.search_runs([experiment_id], "", 1, 10, ["run_name"], page.token)
    equal([run.info.run_name for run in (*page, *rest)], list("ABCDE"), "the runs on both pages")


@rule
def search_pages_under_deletion(h: StoreHarness) -> None:
    """When the last row seen is deleted between two pages, the next goes on behind where it was."""
    experiment_id = h.experiment()
    ids = {name: h.run(experiment_id, name) for name in "ABCDE"}
    page = h.store.search_runs([experiment_id], "", 1, 2, ["run_name"])
    h.store.delete_run(ids["B"])
    h.store.delete_run(ids["A"])
    rest = h.store.search_runs([experiment_id], "", 1, 10, ["run_name"], page.token)
    equal([run.info.run_name for run in rest], list("CDE"), "the runs on the next page")


@rule
def search_wrong_token(h: StoreHarness) -> None:
    """A token that no page of this search gave is refused."""
    experiment_id, _ = make_runs(h)
    for token in _BAD_TOKENS:
        with case(token):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, 2, (), token)
    other = h.store.search_runs([experiment_id], "", 1, 2, ["metrics.acc"]).token
    refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, 2, ["params.lr"], other)


def _paged(h: StoreHarness, experiment_id: str, order_by: Sequence[str], size: int) -> str:
    found, token = "", None
    for _ in range(10):
        page = h.store.search_runs([experiment_id], "", 1, size, order_by, token)
        found += "".join(run.info.run_name or "" for run in page)
        token = page.token
        if token is None:
            break
    return found
