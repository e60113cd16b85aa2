"""The filter language: a table of filters with the runs they find, in the file store and by the evaluator.

The table is MLflow's behaviour. Where Pegboard differs on purpose, the row says so: NaN compares false by
`!=` too, a doubled quote is one quote, conditions need AND, a LIKE's `%` crosses newlines.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

import pegboard
from pegboard import PegboardClient, load, search
from pegboard.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run, RunTag
from pegboard.errors import InvalidParameterValue

#: Filter and the runs found; None for a filter that is refused.
TABLE: list[tuple[str, str | None]] = [
    ("", "A B C D"),
    ("   ", "A B C D"),
    # Metrics
    ("metrics.acc > 0.4", "A B D"),
    ("metric.acc>0.4", "A B D"),
    ("metrics.acc = 0.5", "A"),
    ("metrics.acc == 0.5", None),
    ("metrics.acc <> 0.5", None),
    ("metrics.acc != 0.5", "B D"),  # differs: NaN compares false
    ("metrics.acc < 1", "A B"),
    ("metrics.acc <= .5", "A"),
    ("metrics.acc >= 9e-1", "B D"),
    ("metrics.acc > -1", "A B D"),
    ("metrics.acc > +1", None),
    ("metrics.acc > - 1", None),
    ("metrics.acc > '0.4'", None),
    ("metrics.acc > inf", None),
    ("metrics.acc = nan", None),
    ("metrics.acc > 0x1", None),
    ("metrics.acc > 1_0", None),
    ("metrics.acc IS NULL", None),
    ("metrics.acc IN (0.5)", None),
    ("metrics.acc LIKE '0%'", None),
    ("metrics.acc BETWEEN 0 AND 1", None),
    ("METRICS.acc > 0.4", None),
    ("metrics.ACC > 0.4", ""),
    ("metrics.`a b` = 1", "A"),
    ('metrics."a b" = 1', "A"),
    ("metrics.'a b' = 1", "A"),
    ("metrics.a b = 1", None),
    ("metrics.x/y = 1", None),
    ("metrics.`x/y` = 1", "A"),
    ("metrics.missing != 1", ""),
    ("0.4 < metrics.acc", None),
    ("metrics.acc > " + "9" * 5000, ""),
    ("metrics.acc = 1e999", "D"),
    # Params
    ("params.lr = '0.1'", "A"),
    ("param.lr = '0.1'", "A"),
    ("parameter.lr = '0.1'", "A"),
    ("parameters.lr = '0.1'", "A"),
    ('params.lr = "0.1"', "A"),
    ("params.lr = 0.1", None),
    ("params.lr = `0.1`", None),
    ("params.lr = NULL", None),
    ("params.lr != '0.1'", "B D"),
    ("params.lr > '0.1'", None),
    ("params.lr IN ('0.1')", None),
    ("params.lr = ''", "D"),
    ("params.lr IS NULL", "C"),
    ("params.lr is not null", "A B D"),
    ("params.lr IS   NOT   NULL", "A B D"),
    ("params.model LIKE 'c%'", "B"),
    ("params.model like 'c%'", "B"),
    ("params.model ILIKE 'CAT%'", "A B"),
    ("params.model LIKE '%at%'", "A B"),
    ("params.model LIKE 'at'", ""),
    ("params.model LIKE 'Ca_'", "A"),
    ("params.model LIKE '100\\%'", ""),
    ("params.model LIKE '100%'", "C"),
    ("params.model NOT LIKE 'C%'", None),
    ("params.model LIKE ''", ""),
    ("params.lr LIKE ''", "D"),
    ("params.a.b = '1'", "A"),
    ("params.`a.b` = '1'", "A"),
    ('params.q = "it\'s"', "A"),
    ("params.q = 'it''s'", "A"),  # differs: a doubled quote is one quote
    ("params.q = 'it\\'s'", None),
    ("params.dq = 'say \"hi\"'", "A"),
    ('params.dq = "say ""hi"""', "A"),
    ("params.missing IS NULL", "A B C D"),
    ("params.missing LIKE '%'", ""),
    # Tags
    ("tags.team != 'Red'", "B C"),
    ("tag.team = 'Red'", "A"),
    ("tags.team LIKE '%'", "A B C"),
    ("tags.`my tag` = 'v'", "A"),
    ("tags.mlflow.runName = 'A'", "A"),
    ("tags.`mlflow.runName` = 'A'", "A"),
    ("tags.\"mlflow.runName\" = 'A'", "A"),
    ("tags.multi LIKE '%l2'", "D"),  # differs: % crosses newlines
    ("tags.multi LIKE 'l1_l2'", "D"),
    ("tags.multi = 'l1\nl2'", "D"),
    ("tags.team = NULL", None),
    # Attributes
    ("attributes.status = 'FINISHED'", "A"),
    ("attribute.status = 'FINISHED'", "A"),
    ("attr.status = 'FINISHED'", "A"),
    ("run.status = 'FINISHED'", "A"),
    ("status = 'FINISHED'", "A"),
    ("runs.status = 'FINISHED'", None),
    ("status = 'finished'", ""),
    ("status IN ('FINISHED')", None),
    ("status IS NULL", None),
    ("run_name = 'A'", "A"),
    ("attributes.`Run Name` = 'A'", "A"),
    ("\"run name\" = 'A'", "A"),
    ("run name = 'A'", None),
    ("attributes.`RUN NAME` = 'A'", None),
    ("start_time > 1500", "B C D"),
    ("created > 1500", "B C D"),
    ("attributes.Created > 1500", "B C D"),
    ("start_time >= 1000.5", "B C D"),
    ("start_time > 1e3", "B C D"),
    ("start_time = '1000'", None),
    ("end_time != 2000", "B"),
    ("end_time > 0", "A B"),
    ("user_id = 'bob'", "A"),
    ("artifact_uri LIKE '%/artifacts'", "A B C D"),
    ("experiment_id = '0'", None),
    ("lifecycle_stage = 'active'", None),
    ("name = 'A'", None),
    ("run_id IN ('{A}','{B}')", "A B"),
    ("run_id in (\"{A}\", '{B}',)", "A B"),
    ("attributes.run_id IN ('{A}')", "A"),
    ("run_id NOT IN ('{A}')", "B C D"),
    ("run_id NOT  IN ('{A}')", "B C D"),
    ("run_id = '{C}'", "C"),
    ("run_id IN ()", None),
    ("run_id IN (1,2)", None),
    ("run_id IN ('a' 'b')", None),
    ("run_id IN 'x'", None),
    ("run_id IN ['x']", None),
    # Datasets
    ("dataset.name = 'Train'", "A"),
    ("datasets.name = 'Train'", "A"),
    ("dataset.digest = 'd3'", "B"),
    ("dataset.name ILIKE 't%'", "A B"),
    ("dataset.name != 'Train'", "A B"),
    ("dataset.name NOT IN ('Train','Test')", "B"),
    ("dataset.name IN ('Train','train')", "A B"),
    ("dataset.context = 'eval'", "A"),
    ("dataset.context != 'eval'", "A"),
    ("dataset.name = 'Train' AND dataset.context = 'eval'", "A"),
    ("dataset.name IS NULL", None),
    ("dataset.source = 'x'", None),
    ("dataset.name > 'a'", None),
    # Several conditions
    ("metrics.acc > 0.4 AND params.lr = '0.1'", "A"),
    ("metrics.acc > 0.4 and\n\tparams.lr = '0.1'", "A"),
    ("params.lr = '0.1'AND metrics.acc>0.4", "A"),
    ("metrics.acc > 0.4 AND metrics.acc < 0.6", "A"),
    ("metrics.acc > 0.4 OR params.lr = '0.1'", None),
    ("NOT metrics.acc > 0.4", None),
    ("(metrics.acc > 0.4)", None),
    ("metrics.acc > 0.4 params.lr = '0.1'", None),  # differs: AND is required
    ("AND", None),  # differs
    ("metrics.acc > 0.4 AND", None),  # differs
    ("metrics.acc > 0.4, params.lr = '0.1'", None),
    ("metrics.acc > 0.4 && params.lr = '0.1'", None),
    # Attacks, and what is no filter at all
    ("metrics.acc > 0.4;", None),
    ("metrics.acc > 0.4; DROP TABLE runs", None),
    ("metrics.acc > 0.4 -- comment", None),
    ("params.lr = '0.1' /* x */", None),
    ("params.lr = '' OR '1'='1'", None),
    ("params.lr = '''; DROP TABLE runs; --'", ""),
    ("params.`lr'; DROP TABLE runs; --` = '1'", ""),
    ("params.lr = 'open", None),
    ("metrics. = 1", None),
    ("metrics", None),
    ("metrics.acc", None),
    ("metrics.acc >", None),
    ("foo.bar = 'x'", None),
    ("tags . team = 'Red'", None),
    ("`metrics.acc` > 1", None),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """A store with the four runs of the table, and their ids by name."""
    uri = str(tmp_path_factory.mktemp("search") / "mlruns")
    store = load.open_provider("tracking_store", uri, artifact_root=None)
    ids = {}

    def make(name: str, start: int, end: int | None, status: int, **logged: Any) -> None:
        tags = {"mlflow.runName": name, **logged.get("tags", {})}
        run = store.create_run("0", logged.get("user"), start, [RunTag(*tag) for tag in tags.items()], name)
        ids[name] = run.info.run_id
        metrics = [Metric(key, value, 1) for key, value in logged.get("metrics", {}).items()]
        params = [Param(*param) for param in logged.get("params", {}).items()]
        store.log_batch(run.info.run_id, metrics, params)
        inputs = [
            DatasetInput(
                Dataset(name, digest, "local", "{}"), [InputTag("mlflow.data.context", use)] if use else []
            )
            for name, digest, use in logged.get("inputs", ())
        ]
        store.log_inputs(run.info.run_id, inputs)
        store.update_run_info(run.info.run_id, status, end)

    make(
        "A", 1000, 2000, 3, user="bob",
        metrics={"acc": 0.5, "a b": 1.0, "x/y": 1.0},
        params={"lr": "0.1", "model": "Cat", "a.b": "1", "q": "it's", "dq": 'say "hi"'},
        tags={"team": "Red", "my tag": "v"},
        inputs=[("Train", "d1", "training"), ("Test", "d2", "eval")],
    )  # fmt: skip
    make(
        "B", 2000, 5000, 4, metrics={"acc": 0.9}, params={"lr": "0.01", "model": "cat_x"},
        tags={"team": "blue"}, inputs=[("train", "d3", None)],
    )  # fmt: skip
    make("C", 3000, None, 1, metrics={"acc": math.nan}, params={"model": "100%"}, tags={"team": ""})
    make("D", 3000, None, 1, metrics={"acc": math.inf}, params={"lr": ""}, tags={"multi": "l1\nl2"})
    return uri, ids


@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[text[:40] or "empty" for text, _ in TABLE])
def test_the_table(text: str, expected: str | None, runs: tuple[str, dict[str, str]]) -> None:
    uri, ids = runs
    for name, run_id in ids.items():
        text = text.replace(f"{{{name}}}", run_id)
    client = PegboardClient(uri)
    if expected is None:
        with pytest.raises(InvalidParameterValue):
            client.search_runs(["0"], text)
        return
    names = {run_id: name for name, run_id in ids.items()}
    assert sorted(names[run.info.run_id] for run in client.search_runs(["0"], text)) == expected.split()
    matches = search.matcher(text, search.RUNS)
    assert sorted(name for name, run_id in ids.items() if matches(client.get_run(run_id))) == expected.split()


def test_the_latest_value_of_a_metric_counts(client: PegboardClient, run_id: str) -> None:
    for value, step in ((0.9, 2), (0.1, 1)):
        client.log_metric(run_id, "acc", value, step=step)
    assert len(client.search_runs(["0"], "metrics.acc > 0.5")) == 1
    assert client.search_runs(["0"], "metrics.acc < 0.5") == []


def test_what_is_no_text_is_no_filter(client: PegboardClient) -> None:
    for wrong in (5, ["a"], b"x"):
        with pytest.raises(InvalidParameterValue, match="string"):
            client.search_runs(["0"], wrong)  # type: ignore[arg-type]
    assert client.search_runs(["0"], None) == []  # type: ignore[arg-type]


def test_runs_of_the_table_are_runs(runs: tuple[str, dict[str, str]]) -> None:
    found = pegboard.PegboardClient(runs[0]).search_runs(["0"])
    assert all(type(run) is Run for run in found)
    assert {run.info.run_name: run.info.status for run in found} == {
        "A": "FINISHED", "B": "FAILED", "C": "RUNNING", "D": "RUNNING",
    }  # fmt: skip
