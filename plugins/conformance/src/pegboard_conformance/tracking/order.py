"""Rules of the order and the pages of found runs."""

from __future__ import annotations

import math
from contextlib import suppress

from pegboard.entities import Metric, Param, ViewType
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import case, equal, refused
from pegboard_conformance.tracking.data import BAD_IDS, MOMENT
from pegboard_conformance.tracking.harness import StoreHarness, rules
from pegboard_conformance.tracking.table import make_runs

rule = rules()


@rule
def order_default(h: StoreHarness) -> None:
    """Without order-by columns the newest start comes first; runs of one start are ordered by id."""
    experiment_id, ids = make_runs(h)
    equal(h.order(experiment_id, ()), _newest(ids), "the order")


@rule
def order_by_metric(h: StoreHarness) -> None:
    """Metrics order as numbers, infinities included, then NaN, then missing ones, in both directions."""
    experiment_id, _ = make_runs(h)
    equal(h.order(experiment_id, ["metrics.acc"]), "ABDCE", "the ascending order")
    equal(h.order(experiment_id, ["metrics.acc ASC"]), "ABDCE", "the ascending order")
    equal(h.order(experiment_id, ["metrics.acc DESC"]), "DBACE", "the descending order")


@rule
def order_by_numbers(h: StoreHarness) -> None:
    """Metrics order by their latest values as numbers, not as texts."""
    experiment_id = h.experiment()
    numbers = (-math.inf, -1e300, -20.0, -3.0, 0.0, 1e-320, 0.5, 9.0, 10.0, 100.0, 1e300, math.inf)
    for i, number in enumerate(numbers):
        run_id = h.run(experiment_id, chr(65 + i), start_time=MOMENT + i % 3)
        h.store.log_batch(run_id, [Metric("m", 5.0, 1, 0), Metric("m", number, 1, 1)])
    names = "".join(chr(65 + i) for i in range(len(numbers)))
    equal(h.order(experiment_id, ["metrics.m"]), names, "the ascending order")
    equal(h.order(experiment_id, ["metrics.m DESC"]), names[::-1], "the descending order")


@rule
def order_by_text(h: StoreHarness) -> None:
    """Params and tags order as texts by code points, missing ones last in both directions."""
    experiment_id, ids = make_runs(h)
    missing = "".join(name for name in _newest(ids) if name in "DE")
    equal(h.order(experiment_id, ["params.lr"]), "DBAEC", "params, ascending")
    equal(h.order(experiment_id, ["params.lr DESC"]), "EABDC", "params, descending")
    equal(h.order(experiment_id, ["tags.team ASC"]), "CAB" + missing, "tags, ascending")
    equal(h.order(experiment_id, ["tags.team DESC"]), "BAC" + missing, "tags, descending")


@rule
def order_by_code_points(h: StoreHarness) -> None:
    """Texts order by code points whatever the alphabet, capitals first, characters beyond 16 bits last."""
    experiment_id = h.experiment()
    texts = (
        "",
        " ",
        "1",
        "10",
        "9",
        "A",
        "Z",
        "a",
        "ab",
        "z",
        "\u00c4",
        "\u00e4",
        "\u65e5",
        "\uffee",
        "\U0001f600",
    )
    for i, text in enumerate(texts):
        run_id = h.run(experiment_id, chr(65 + i), start_time=MOMENT + i % 4)
        h.store.log_param(run_id, Param("p", text))
    names = "".join(chr(65 + i) for i in range(len(texts)))
    equal(h.order(experiment_id, ["params.p"]), names, "the ascending order")
    equal(h.order(experiment_id, ["params.p DESC"]), names[::-1], "the descending order")


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
            equal(h.order(experiment_id, [column]), wanted, "the order")


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
            equal(h.order(experiment_id, columns), wanted, "the order")


@rule
def order_ties(h: StoreHarness) -> None:
    """Ties are ordered by start time, newest first, then by run id, under each order and direction."""
    experiment_id = h.experiment()
    ids = {chr(65 + i): h.run(experiment_id, chr(65 + i), start_time=MOMENT + i // 3) for i in range(9)}
    wanted = "".join("".join(sorted(group, key=ids.__getitem__)) for group in ("GHI", "DEF", "ABC"))
    for column in ("user_id", "user_id DESC", "status", "metrics.m DESC", "tags.t", "end_time"):
        equal(h.order(experiment_id, [column]), wanted, f"the order by {column}")


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
        with case(wrong), suppress(InvalidParameterValue):
            equal(h.store.search_runs([wrong]).to_list(), [], "the runs")  # type: ignore[list-item]


@rule
def search_views(h: StoreHarness) -> None:
    """A search shows active runs, deleted ones, or all, active ones by default."""
    experiment_id, ids = make_runs(h)
    h.store.delete_run(ids["B"])
    equal(h.found(experiment_id, ""), set("ACDE"), "the runs by default")
    for view, wanted in (
        (ViewType.ACTIVE_ONLY, "ACDE"),
        (ViewType.DELETED_ONLY, "B"),
        (ViewType.ALL, "ABCDE"),
    ):
        for filter_string, matching in (("", "ABCDE"), ("params.lr LIKE '0%'", "AB")):
            found = h.runs_of(experiment_id, view, filter_string=filter_string)
            equal(
                {run.info.run_name for run in found}, set(wanted) & set(matching), f"the runs in view {view}"
            )


@rule
def search_wrong_view(h: StoreHarness) -> None:
    """A view that is none of the three is refused."""
    experiment_id, _ = make_runs(h)
    for view in (0, 4, -1, "ACTIVE_ONLY", None):
        with case(view):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", view)


def _newest(ids: dict[str, str]) -> str:
    """Return the names of the table's runs in the order without columns."""
    return ("CD" if ids["C"] < ids["D"] else "DC") + "BAE"
