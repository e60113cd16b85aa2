"""Rules of the order and the pages of found runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pegboard.entities import Metric, Param, ViewType
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.harness import BAD_IDS, MOMENT, StoreHarness, rules
from pegboard_conformance.tracking.table import make_runs

rule = rules()
_BAD_TOKENS = ("nonsense", "AAAA", "e30=", "W10=", "eyJvZmZzZXQiOiAyfQ==", "\u00e9", "' OR 1=1", "../x", 7)


@rule
def order_default(h: StoreHarness) -> None:
    """Without order-by columns the newest start comes first; runs of one start are ordered by id."""
    experiment_id, ids = make_runs(h)
    equal(_order(h, experiment_id, ()), _newest(ids), "the order")


@rule
def order_by_metric(h: StoreHarness) -> None:
    """Metrics order as numbers, infinities included, then NaN, then missing ones, in both directions."""
    experiment_id, _ = make_runs(h)
    equal(_order(h, experiment_id, ["metrics.acc"]), "ABDCE", "the ascending order")
    equal(_order(h, experiment_id, ["metrics.acc ASC"]), "ABDCE", "the ascending order")
    equal(_order(h, experiment_id, ["metrics.acc DESC"]), "DBACE", "the descending order")


@rule
def order_by_numbers(h: StoreHarness) -> None:
    """Metrics order by their latest values as numbers, not as texts."""
    experiment_id = h.experiment()
    numbers = (-math.inf, -1e300, -20.0, -3.0, 0.0, 1e-320, 0.5, 9.0, 10.0, 100.0, 1e300, math.inf)
    for i, number in enumerate(numbers):
        run_id = h.run(experiment_id, chr(65 + i), start_time=MOMENT + i % 3)
        h.store.log_batch(run_id, [Metric("m", 5.0, 1, 0), Metric("m", number, 1, 1)])
    names = "".join(chr(65 + i) for i in range(len(numbers)))
    equal(_order(h, experiment_id, ["metrics.m"]), names, "the ascending order")
    equal(_order(h, experiment_id, ["metrics.m DESC"]), names[::-1], "the descending order")


@rule
def order_by_text(h: StoreHarness) -> None:
    """Params and tags order as texts by code points, missing ones last in both directions."""
    experiment_id, ids = make_runs(h)
    missing = "".join(name for name in _newest(ids) if name in "DE")
    equal(_order(h, experiment_id, ["params.lr"]), "DBAEC", "params, ascending")
    equal(_order(h, experiment_id, ["params.lr DESC"]), "EABDC", "params, descending")
    equal(_order(h, experiment_id, ["tags.team ASC"]), "CAB" + missing, "tags, ascending")
    equal(_order(h, experiment_id, ["tags.team DESC"]), "BAC" + missing, "tags, descending")


@rule
def order_by_code_points(h: StoreHarness) -> None:
    """Texts order by code points whatever the alphabet, capitals first, characters beyond 16 bits last."""
    experiment_id = h.experiment()
    texts = ("", " ", "1", "10", "9", "A", "Z", "a", "ab", "z", "\u00c4", "\u00e4", "\u65e5", "\uffee", "\U0001f600")
    for i, text in enumerate(texts):
        run_id = h.run(experiment_id, chr(65 + i), start_time=MOMENT + i % 4)
        h.store.log_param(run_id, Param("p", text))
    names = "".join(chr(65 + i) for i in range(len(texts)))
    equal(_order(h, experiment_id, ["params.p"]), names, "the ascending order")
    equal(_order(h, experiment_id, ["params.p DESC"]), names[::-1], "the descending order")


@rule
def order_by_attributes(h: StoreHarness) -> None:
    """Attributes order runs, missing ones last in both directions."""
    experiment_id, ids = make_runs(h)
    newest = _newest(ids)
    unended = "".join(name for name in newest if name in "CD")
    for column, wanted in {
        "start_time": "EAB" + unended,
        "start_time DESC": unended + "BAE",
        "attributes.Created desc": unended + "BAE",
        "end_time": "EAB" + unended,
        "end_time DESC": "BAE" + unended,
        "status": "BAE" + unended,
        "run_name": "ABCDE",
        "attribute.run_name DESC": "EDCBA",
        "run_id": "".join(sorted(ids, key=ids.__getitem__)),
        "run_id DESC": "".join(sorted(ids, key=ids.__getitem__, reverse=True)),
        "user_id": newest,
        "params.missing": newest,
    }.items():
        with case(column):
            equal(_order(h, experiment_id, [column]), wanted, "the order")


@rule
def order_by_several(h: StoreHarness) -> None:
    """Of several order-by columns the first counts most, each with a direction of its own."""
    experiment_id = h.experiment()
    rows = {"A": ("1", 1.0), "B": ("1", 2.0), "C": ("0", 1.0), "D": ("0", 2.0), "E": ("0", math.nan)}
    for name, (text, number) in rows.items():
        run_id = h.run(experiment_id, name, start_time=MOMENT + ord(name))
        h.store.log_batch(run_id, [Metric("m", number, 1, 0)], [Param("p", text)])
    for columns, wanted in {
        ("params.p", "metrics.m"): "CDEAB",
        ("params.p", "metrics.m DESC"): "DCEBA",
        ("params.p DESC", "metrics.m"): "ABCDE",
        ("metrics.m", "params.p DESC"): "ACBDE",
        ("params.p", "start_time ASC"): "CDEAB",
        ("params.p", "start_time DESC"): "EDCBA",
        ("params.p", "params.p DESC"): "EDCBA",
    }.items():
        with case(columns):
            equal(_order(h, experiment_id, columns), wanted, "the order")


@rule
def order_ties(h: StoreHarness) -> None:
    """Ties are ordered by start time, newest first, then by run id, under each order and direction."""
    experiment_id = h.experiment()
    ids = {chr(65 + i): h.run(experiment_id, chr(65 + i), start_time=MOMENT + i // 3) for i in range(9)}
    wanted = "".join("".join(sorted(group, key=ids.__getitem__)) for group in ("GHI", "DEF", "ABC"))
    for column in ("user_id", "user_id DESC", "status", "metrics.m DESC", "tags.t", "end_time"):
        equal(_order(h, experiment_id, [column]), wanted, f"the order by {column}")


@rule
def order_by_wrong(h: StoreHarness) -> None:
    """What is no order-by column is refused."""
    experiment_id = h.experiment()
    for column in (
        "",
        " ",
        "metrics.m UP",
        "metrics.m DESC ASC",
        "metrics.m, params.p",
        "-metrics.m",
        "nonsense",
        "experiment_id",
        "lifecycle_stage",
        "dataset.name",
        "foo.bar",
        "metrics.m NULLS LAST",
        "metrics.m; DROP TABLE runs",
        "(SELECT 1)",
        None,
        5,
    ):
        with case(column):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, 10, [column])
    refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, 10, "metrics.m")


@rule
def search_returns_whole_runs(h: StoreHarness) -> None:
    """A found run is equal to the one that get_run returns."""
    experiment_id, ids = make_runs(h)
    for run in h.store.search_runs([experiment_id]):
        wanted = h.store.get_run(ids[run.info.run_name or ""])
        equal(run.info, wanted.info, "the info")
        equal(
            (run.data.metrics, run.data.params, run.data.tags),
            (wanted.data.metrics, wanted.data.params, wanted.data.tags),
            "metrics, params and tags",
        )


@rule
def search_experiments_given(h: StoreHarness) -> None:
    """A search looks into all experiments that are given and no other, each run once, in one order."""
    ids = [h.experiment() for _ in range(3)]
    for i, experiment_id in enumerate(ids):
        h.run(experiment_id, f"R{i}", start_time=MOMENT + i)
    for given, wanted in (
        ([], []),
        (ids[:1], ["R0"]),
        (ids[:2], ["R1", "R0"]),
        ([ids[2], ids[0]], ["R2", "R0"]),
        ([ids[1], ids[1]], ["R1"]),
    ):
        equal([run.info.run_name for run in h.store.search_runs(given)], wanted, f"the runs of {given}")


@rule
def search_unknown_experiments(h: StoreHarness) -> None:
    """Experiment ids that are not there hold no runs; malformed ones hold none or are refused."""
    experiment_id = h.experiment()
    run_id = h.run(experiment_id)
    found = h.store.search_runs([h.unknown_experiment(), experiment_id, experiment_id[:-1]])
    equal([run.info.run_id for run in found], [run_id], "the runs")
    equal(h.store.search_runs([h.unknown_experiment()]).to_list(), [], "the runs of an unknown experiment")
    for wrong in BAD_IDS:
        with case(wrong):
            try:
                equal(h.store.search_runs([wrong]).to_list(), [], "the runs")  # type: ignore[list-item]
            except InvalidParameterValue:
                pass


@rule
def search_views(h: StoreHarness) -> None:
    """A search shows active runs, deleted ones, or all, active ones by default."""
    experiment_id, ids = make_runs(h)
    h.store.delete_run(ids["B"])
    equal(h.found(experiment_id, ""), set("ACDE"), "the runs by default")
    for view, wanted in ((ViewType.ACTIVE_ONLY, "ACDE"), (ViewType.DELETED_ONLY, "B"), (ViewType.ALL, "ABCDE")):
        for filter_string, matching in (("", "ABCDE"), ("params.lr LIKE '0%'", "AB")):
            found = h.runs_of(experiment_id, view, filter_string=filter_string)
            equal({run.info.run_name for run in found}, set(wanted) & set(matching), f"the runs in view {view}")


@rule
def search_wrong_view(h: StoreHarness) -> None:
    """A view that is none of the three is refused."""
    experiment_id, _ = make_runs(h)
    for view in (0, 4, -1, "ACTIVE_ONLY", None):
        with case(view):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", view)


@rule
def search_page_size(h: StoreHarness) -> None:
    """A page has from 1 to 50,000 runs, 1,000 by default; other sizes are refused."""
    experiment_id, _ = make_runs(h)
    for size in (1, 5, 50_000):
        equal(len(h.store.search_runs([experiment_id], "", 1, size)), min(size, 5), f"runs on a page of {size}")
    for wrong in (0, -1, 50_001, 10**12, "5", 1.5, None):
        with case(wrong):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, wrong)


@rule
def search_pages(h: StoreHarness) -> None:
    """Pages together show each run once, in the order of the whole, whatever the order and the page's size."""
    experiment_id, _ = make_runs(h)
    for columns in ((), ("metrics.acc",), ("metrics.acc DESC",), ("tags.team DESC",), ("end_time", "status")):
        wanted = _order(h, experiment_id, columns)
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
    experiment_id = h.experiment()
    for columns, direction in (((), -1), (("start_time ASC",), 1), (("params.p", "start_time ASC"), 1)):
        experiment_id = h.experiment()
        for i in range(1, 7):
            h.run(experiment_id, str(i), start_time=MOMENT + 10 * i)
        page = h.store.search_runs([experiment_id], "", 1, 2, columns)
        found = [run.info.run_name for run in page]
        round_ = 0
        while page.token is not None:
            # One run before all that were seen, and one behind them that a later page shows.
            h.run(experiment_id, f"before {round_}", start_time=MOMENT + direction * (round_ - 1000))
            round_ += 1
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


def _order(h: StoreHarness, experiment_id: str, order_by: Sequence[str]) -> str:
    runs = h.store.search_runs([experiment_id], order_by=order_by)
    return "".join(run.info.run_name or "" for run in runs)


def _paged(h: StoreHarness, experiment_id: str, order_by: Sequence[str], size: int) -> str:
    found, token = "", None
    for _ in range(10):
        page = h.store.search_runs([experiment_id], "", 1, size, order_by, token)
        found += "".join(run.info.run_name or "" for run in page)
        token = page.token
        if token is None:
            break
    return found


def _newest(ids: dict[str, str]) -> str:
    """Return the names of the table's runs in the order without columns."""
    return ("CD" if ids["C"] < ids["D"] else "DC") + "BAE"
