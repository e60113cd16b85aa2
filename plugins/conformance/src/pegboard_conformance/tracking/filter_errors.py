"""Rules of filters that are wrong, and of texts that would like to be more than texts."""

from __future__ import annotations

from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.harness import StoreHarness, rules
from pegboard_conformance.tracking.table import make_runs

rule = rules()


@rule
def filter_syntax_errors(h: StoreHarness) -> None:
    """Text that is no filter is refused, telling the position of what is wrong."""
    experiment_id, _ = make_runs(h)
    for filter_string in (
        "metrics.acc >",
        "metrics.acc",
        "> 1",
        "metrics.acc > 0.4 AND",
        "metrics.acc > 0.4 OR params.lr = '0.1'",
        "NOT metrics.acc > 0.4",
        "(metrics.acc > 0.4)",
        "metrics.acc > 0.4;",
        "metrics.acc > 0.4; DROP TABLE runs",
        "metrics.acc > 0.4 -- comment",
        "metrics.acc == 0.5",
        "metrics.acc <> 0.5",
        "metrics.acc BETWEEN 0 AND 1",
        "metrics.acc > +1",
        "metrics.acc > 0x1",
        "0.4 < metrics.acc",
        "params.lr = '0.1",
        "params.lr = 0.1'",
        "params.lr = `0.1`",
        "params.model NOT LIKE 'C%'",
        "metrics.a b = 1",
        "metrics.x/y = 1",
        "run_id IN ()",
        "run_id IN 'x'",
        "run_id IN ('x'",
        "nonsense",
        "'",
        "\u20ac",
    ):
        with case(filter_string):
            refused(
                InvalidParameterValue,
                h.store.search_runs,
                [experiment_id],
                filter_string,
                naming=["position"],
            )


@rule
def filter_unknown_columns(h: StoreHarness) -> None:
    """A filter over an unknown entity or attribute is refused, naming it."""
    experiment_id, _ = make_runs(h)
    for column in ("runs.status", "foo.bar", "METRICS.acc", "experiment_id", "lifecycle_stage", "Status"):
        name = column.partition(".")[0]
        for filter_string in (f"{column} = 'x'", f"{column} != 'x' AND status = 'FINISHED'"):
            with case(filter_string):
                error = refused(InvalidParameterValue, h.store.search_runs, [experiment_id], filter_string)
                check(name in str(error), f"the error must name {name}: {error}")


@rule
def filter_wrong_types(h: StoreHarness) -> None:
    """A number for a text, a text for a number and a comparison that a column has not are refused."""
    experiment_id, _ = make_runs(h)
    for filter_string in (
        "metrics.acc > '0.4'",
        "metrics.acc > inf",
        "metrics.acc = nan",
        "metrics.acc LIKE '0%'",
        "metrics.acc IS NULL",
        "metrics.acc IN (0.5)",
        "params.lr = 0.1",
        "params.lr > '0.1'",
        "params.lr IN ('0.1')",
        "params.lr = true",
        "params.lr = NULL",
        "tags.team < 'x'",
        "start_time = '1000'",
        "start_time LIKE '1%'",
        "status > 'A'",
        "status IN ('FINISHED')",
        "status IS NULL",
        "run_id IN (1, 2)",
    ):
        with case(filter_string):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], filter_string)


@rule
def filter_no_text(h: StoreHarness) -> None:
    """A filter that is no text is refused."""
    experiment_id = h.experiment()
    for filter_string in (5, ["status = 'x'"], b"status = 'x'"):
        with case(filter_string):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], filter_string)


@rule
def filter_injection(h: StoreHarness) -> None:
    """Text that would be a statement in SQL is a text like any other, and does nothing."""
    experiment_id, ids = make_runs(h)
    for text in (
        "x'; DROP TABLE runs; --",
        "x' OR '1'='1",
        "%' UNION SELECT * FROM tags --",
        "\\' OR 1=1 --",
    ):
        quoted = "'" + text.replace("'", "''") + "'"
        for column in ("params.lr", "tags.team", "attributes.status", "params.`k`", "run_name"):
            for operator in ("=", "LIKE", "ILIKE"):
                equal(h.found(experiment_id, f"{column} {operator} {quoted}"), set(), f"what {text!r} finds")
        equal(h.found(experiment_id, f'params."{text}" IS NULL'), set("ABCDE"), f"runs without {text!r}")
        refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, 10, [text])
        refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, 10, (), text)
    equal(h.found(experiment_id, ""), set(ids), "the runs afterwards")
