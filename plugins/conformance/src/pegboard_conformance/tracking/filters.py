"""Rules of the filter language over runs."""

from __future__ import annotations

from pegboard.entities import Metric, RunTag
from pegboard_conformance.checks import case, check, equal
from pegboard_conformance.tracking.harness import StoreHarness, rules
from pegboard_conformance.tracking.table import check_matches, make_runs

rule = rules()


@rule
def filter_nothing(h: StoreHarness) -> None:
    """An empty filter matches all runs."""
    check_matches(h, {"": "ABCDE"})


@rule
def filter_metrics(h: StoreHarness) -> None:
    """Metrics are compared as numbers with =, !=, <, <=, > and >=."""
    check_matches(
        h,
        {
            "metrics.acc > 0.4": "ABD",
            "metrics.acc >= 0.5": "ABD",
            "metrics.acc < 0.9": "A",
            "metrics.acc <= 0.9": "AB",
            "metrics.acc = 0.5": "A",
            "metrics.acc = .5": "A",
            "metrics.acc = 5e-1": "A",
            "metrics.acc = 0.50": "A",
            "metrics.acc != 0.5": "BD",
            "metrics.acc > -1": "ABD",
            "metrics.acc < 1": "AB",
            "metrics.acc > 10": "D",
            "metrics.low < -1": "D",
            "metrics.big = 1e308": "B",
            "metrics.tiny > 0": "A",
            "metrics.acc>0.4": "ABD",
        },
    )


@rule
def filter_nan(h: StoreHarness) -> None:
    """NaN compares false with everything, also by !=."""
    experiment_id, _ = make_runs(h)
    for operator in ("=", "!=", "<", "<=", ">", ">="):
        for number in ("0", "-1", "1e308"):
            found = h.found(experiment_id, f"metrics.acc {operator} {number}")
            check("C" not in found, f"the run with NaN matches {operator} {number}")


@rule
def filter_latest_metric(h: StoreHarness) -> None:
    """A metric is compared by its latest value."""
    experiment_id = h.experiment()
    run_id = h.run(experiment_id, "R")
    h.store.log_batch(run_id, [Metric("m", float(step), 1, step) for step in (2, 0, 1)])
    equal(h.found(experiment_id, "metrics.m = 2"), {"R"}, "the runs with the latest value")
    equal(h.found(experiment_id, "metrics.m < 2"), set(), "the runs with an earlier value")
    h.store.log_metric(run_id, Metric("m", 9.0, 1, 3))
    equal(h.found(experiment_id, "metrics.m = 9"), {"R"}, "the runs with the new latest value")


@rule
def filter_params(h: StoreHarness) -> None:
    """Params are compared as texts with = and !=, case and all."""
    check_matches(
        h,
        {
            "params.lr = '0.1'": "A",
            'params.lr = "0.1"': "A",
            "params.lr != '0.1'": "BDE",
            "params.lr = ''": "D",
            "params.lr = '0.10'": "",
            "params.model = 'cat'": "",
            "params.model='Cat'": "A",
            "params.lines = 'l1\nl2'": "D",
            "params.back = 'a\\b'": "D",
            "params.model = 'École'": "D",
        },
    )


@rule
def filter_tags(h: StoreHarness) -> None:
    """Tags are compared as texts with = and !=; mlflow.runName is one of them."""
    check_matches(
        h,
        {
            "tags.team = 'Red'": "A",
            "tags.team = 'red'": "",
            "tags.team != 'Red'": "BC",
            "tags.team = ''": "C",
            "tags.mlflow.runName = 'A'": "A",
            "tags.`mlflow.runName` != 'A'": "BCDE",
        },
    )


@rule
def filter_overwritten_tag(h: StoreHarness) -> None:
    """A filter sees a tag's new value once it was overwritten, and none once it was deleted."""
    experiment_id = h.experiment()
    run_id = h.run(experiment_id, "R", [RunTag("t", "old")])
    equal(h.found(experiment_id, "tags.t = 'old'"), {"R"}, "the runs with the first value")
    h.store.set_tag(run_id, RunTag("t", "new"))
    equal(h.found(experiment_id, "tags.t = 'old'"), set(), "the runs with the old value")
    equal(h.found(experiment_id, "tags.t = 'new'"), {"R"}, "the runs with the new value")
    h.store.delete_tag(run_id, "t")
    equal(h.found(experiment_id, "tags.t IS NULL"), {"R"}, "the runs without the tag")


@rule
def filter_missing_keys(h: StoreHarness) -> None:
    """A run without the key matches nothing but IS NULL, also not != and LIKE '%'."""
    check_matches(
        h,
        {
            "metrics.missing != 1": "",
            "metrics.missing < 1": "",
            "metrics.ACC > 0": "",
            "params.missing != 'x'": "",
            "params.missing LIKE '%'": "",
            "params.missing ILIKE '%'": "",
            "params.missing IS NULL": "ABCDE",
            "params.missing IS NOT NULL": "",
            "tags.team LIKE '%'": "ABC",
            "attributes.end_time != 2000": "BE",
        },
    )


@rule
def filter_null(h: StoreHarness) -> None:
    """IS NULL and IS NOT NULL tell whether a param or tag is there; an empty text is."""
    check_matches(
        h,
        {
            "params.lr IS NULL": "C",
            "params.lr is not null": "ABDE",
            "tags.team IS NULL": "DE",
            "tags.team IS NOT NULL": "ABC",
            "tags.team Is Null AND params.lr IS NOT NULL": "DE",
        },
    )


@rule
def filter_like(h: StoreHarness) -> None:
    """LIKE matches the whole text with its case: % is any text, _ one character, all else itself."""
    check_matches(
        h,
        {
            "params.model LIKE 'c%'": "B",
            "params.model LIKE '%at%'": "AB",
            "params.model LIKE 'at'": "",
            "params.model LIKE 'Ca_'": "A",
            "params.model LIKE '_at%'": "AB",
            "params.model LIKE '1__%'": "C",
            "params.model LIKE '.%'": "",
            "params.model LIKE 'c.t_x'": "",
            "params.model LIKE 'É%'": "D",
            "params.lr LIKE ''": "D",
            "params.lr LIKE '%'": "ABDE",
            "params.lr LIKE '_%'": "ABE",
            "params.lines LIKE '%l2'": "D",
            "params.lines LIKE 'l1%'": "D",
            "params.lines LIKE 'l1_l2'": "D",
            "params.back LIKE 'a\\b'": "D",
            "attributes.status LIKE 'F%'": "AB",
            "params.model like 'c%'": "B",
        },
    )


@rule
def filter_ilike(h: StoreHarness) -> None:
    """ILIKE is LIKE without regard to case, in all alphabets."""
    check_matches(
        h,
        {
            "params.model ILIKE 'CAT%'": "AB",
            "params.model ILIKE 'c__'": "A",
            "params.model ILIKE 'éCOLE'": "D",
            "params.model ilike 'cat'": "A",
            "tags.team ILIKE 'RED'": "A",
            "attributes.status ILIKE 'finished'": "A",
        },
    )


@rule
def filter_attributes(h: StoreHarness) -> None:
    """Attributes of runs are compared under their names and MLflow's other names for them."""
    check_matches(
        h,
        {
            "attributes.status = 'FINISHED'": "A",
            "status = 'FINISHED'": "A",
            "status != 'RUNNING'": "ABE",
            "status = 'finished'": "",
            "run_name = 'A'": "A",
            "attributes.`Run Name` = 'A'": "A",
            "\"run name\" = 'A'": "A",
            "start_time > 1500": "BCD",
            "start_time >= 1000.5": "BCD",
            "created > 1500": "BCD",
            "attributes.Created <= 1e3": "AE",
            "end_time = 2000": "A",
            "end_time < 2000": "E",
            "user_id = 'user'": "ABCDE",
            "artifact_uri LIKE '%'": "ABCDE",
        },
    )


@rule
def filter_run_ids(h: StoreHarness) -> None:
    """Runs are found by their ids, with =, !=, LIKE, IN and NOT IN."""
    experiment_id, ids = make_runs(h)
    a, b = ids["A"], ids["B"]
    for filter_string, wanted in {
        f"run_id = '{a}'": "A",
        f"attributes.run_id != '{a}'": "BCDE",
        f"run_id LIKE '{a[:-1]}_'": "A",
        f"run_id IN ('{a}', '{b}')": "AB",
        f"attributes.run_id in ('{a}',\"{b}\",)": "AB",
        f"run_id IN ('{a}')": "A",
        f"run_id NOT IN ('{a}')": "BCDE",
        f"run_id NOT IN ('{a}','{b}','{h.unknown_run()}')": "CDE",
        f"run_id IN ('{h.unknown_run()}')": "",
    }.items():
        with case(filter_string):
            equal(h.found(experiment_id, filter_string), set(wanted), "the names of the runs found")


@rule
def filter_entity_names(h: StoreHarness) -> None:
    """Each entity goes by MLflow's names for it."""
    table = {f"{name}.acc = 0.5": "A" for name in ("metric", "metrics", "`metrics`")}
    table |= {f"{name}.lr = '0.1'": "A" for name in ("param", "params", "parameter", "parameters")}
    table |= {f"{name}.team = 'Red'": "A" for name in ("tag", "tags")}
    table |= {f"{name}.status = 'FAILED'": "B" for name in ("attribute", "attributes", "attr", "run")}
    check_matches(h, table)


@rule
def filter_and(h: StoreHarness) -> None:
    """Conditions are joined by AND, in any case and with any space around; all must hold."""
    check_matches(
        h,
        {
            "metrics.acc > 0.4 AND params.lr = '0.1'": "A",
            "metrics.acc > 0.4 and params.lr != '0.1' And status = 'FAILED'": "B",
            "metrics.acc > 0.6 AND metrics.acc < 1": "B",
            "params.lr = '0.1' AND params.lr = '0.01'": "",
            "params.lr LIKE '0%'AND params.model LIKE 'c%'": "B",
            "\n metrics.acc > 0.4\n\tAND\n params.lr = '0.1' \n": "A",
        },
    )
