"""Rules of the filter language over runs."""

from __future__ import annotations

from pegboard.entities import Metric, Param, RunTag
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.harness import HOSTILE_TEXTS, StoreHarness, rules
from pegboard_conformance.tracking.table import make_runs

rule = rules()


def _matches(h: StoreHarness, table: dict[str, str]) -> None:
    """Check which runs of the table each filter finds, written as the letters of their names."""
    experiment_id, _ = make_runs(h)
    for filter_string, wanted in table.items():
        with case(filter_string):
            equal(h.found(experiment_id, filter_string), set(wanted), "the names of the runs found")


@rule
def filter_nothing(h: StoreHarness) -> None:
    """An empty filter matches all runs."""
    _matches(h, {"": "ABCDE"})


@rule
def filter_metrics(h: StoreHarness) -> None:
    """Metrics are compared as numbers with =, !=, <, <=, > and >=."""
    _matches(
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
    _matches(
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
    _matches(
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
    _matches(
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
    _matches(
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
    _matches(
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
    _matches(
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
    _matches(
        h,
        {
            "attributes.status = 'FINISHED'": "A",
            "status = 'FINISHED'": "A",
            "status != 'RUNNING'": "ABE",
            "status = 'finished'": "",
            "run_name = 'A'": "A",
            "attributes.`Run Name` = 'A'": "A",
            '"run name" = \'A\'': "A",
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
    _matches(h, table)


@rule
def filter_quoted_keys(h: StoreHarness) -> None:
    """Keys with spaces, slashes, dashes or colons stand in back-ticks or quotes; dots need none."""
    table = {f"metrics.{quote}a b{quote} = 1": "A" for quote in "`\"'"}
    table |= {f"metrics.{quote}x/y{quote} = 1": "A" for quote in "`\"'"}
    table |= {
        "metrics.a.b = 1": "A",
        "params.a.b = '1'": "A",
        "params.`a.b` = '1'": "A",
        "tags.`my tag` = 'v'": "A",
        "tags.`x/y` = '1'": "A",
        'tags."ns:key-1" = \'1\'': "A",
    }
    _matches(h, table)


@rule
def filter_quoted_values(h: StoreHarness) -> None:
    """Texts stand in single or double quotes; the other quote is plain in them, and doubling escapes."""
    _matches(
        h,
        {
            "params.q = \"it's\"": "A",
            "params.q = 'it''s'": "A",
            "params.dq = 'say \"hi\"'": "A",
            'params.dq = "say ""hi"""': "A",
            "params.both = '''\"'": "B",
            "params.lr = 'AND'": "",
            "params.model = '100%'": "C",
            "params.lr = '0.1' AND params.q LIKE '%''%'": "A",
        },
    )


@rule
def filter_hostile_texts(h: StoreHarness) -> None:
    """Any text that a param may have finds its run and no other when it is quoted in a filter."""
    experiment_id = h.experiment()
    for i, text in enumerate(HOSTILE_TEXTS):
        run_id = h.run(experiment_id, f"R{i}")
        h.store.log_param(run_id, Param("p", text))
    for i, text in enumerate(HOSTILE_TEXTS):
        quoted = "'" + text.replace("'", "''") + "'"
        with case(text):
            equal(h.found(experiment_id, f"params.p = {quoted}"), {f"R{i}"}, "the names of the runs found")


@rule
def filter_and(h: StoreHarness) -> None:
    """Conditions are joined by AND, in any case and with any space around; all must hold."""
    _matches(
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
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], filter_string, naming=["position"])


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
    for text in ("x'; DROP TABLE runs; --", "x' OR '1'='1", "%' UNION SELECT * FROM tags --", "\\' OR 1=1 --"):
        quoted = "'" + text.replace("'", "''") + "'"
        for column in ("params.lr", "tags.team", "attributes.status", "params.`k`", "run_name"):
            for operator in ("=", "LIKE", "ILIKE"):
                equal(h.found(experiment_id, f"{column} {operator} {quoted}"), set(), f"what {text!r} finds")
        equal(h.found(experiment_id, f'params."{text}" IS NULL'), set("ABCDE"), f"runs without {text!r}")
        refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, 10, [text])
        refused(InvalidParameterValue, h.store.search_runs, [experiment_id], "", 1, 10, (), text)
    equal(h.found(experiment_id, ""), set(ids), "the runs afterwards")
