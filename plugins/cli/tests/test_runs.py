"""`pegboard runs ...`."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest

from pegboard import PegboardClient
from pegboard.entities import Param


@pytest.fixture
def runs(client: PegboardClient) -> dict[str, str]:
    """Three runs in two experiments, by name; `new` started last."""
    other = client.create_experiment("other")
    ids = {}
    for number, (name, experiment) in enumerate((("old", "0"), ("new", "0"), ("else", other))):
        run_id = client.create_run(experiment, start_time=1000 * (number + 1), run_name=name).info.run_id
        client.log_metric(run_id, "rmse", number / 10)
        client.log_param(run_id, "model", "tree" if number else "line")
        ids[name] = run_id
    client.set_terminated(ids["old"], "FAILED", 5000)
    return ids


def rows(result) -> list[dict]:
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_list_shows_the_default_experiment_newest_first(run, runs) -> None:
    lines = run("runs", "list").out.splitlines()
    assert lines[0].split() == ["RUN", "ID", "RUN", "NAME", "STATUS", "START", "TIME"]
    assert [line.split() for line in lines[1:]] == [
        [runs["new"], "new", "RUNNING", "1970-01-01T00:00:02Z"],
        [runs["old"], "old", "FAILED", "1970-01-01T00:00:01Z"],
    ]


def test_list_takes_experiments_by_id_by_name_and_from_the_environment(
    run, runs, client, monkeypatch
) -> None:
    other = client.get_experiment_by_name("other").experiment_id

    def listed(*options: str) -> list[str]:
        return [row["run_name"] for row in rows(run("runs", "list", "--format", "json", *options))]

    assert listed("-x", other) == ["else"]
    assert listed("-n", "other", "-x", "0", "-x", "0") == ["else", "new", "old"]
    assert listed("--all-experiments") == ["else", "new", "old"]
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", other)
    assert listed() == ["else"]
    monkeypatch.setenv("PEGBOARD_EXPERIMENT_NAME", "Default")
    assert listed() == ["new", "old"]


def test_list_views_and_csv(run, runs, client) -> None:
    client.delete_run(runs["old"])
    found = csv.DictReader(io.StringIO(run("runs", "list", "-v", "deleted_only", "--format", "csv").out))
    assert [(row["run_id"], row["end_time"], row["lifecycle_stage"]) for row in found] == [
        (runs["old"], "1970-01-01T00:00:05.000Z", "deleted")
    ]
    assert "LIFECYCLE STAGE" in run("runs", "list", "-v", "all").out


def test_deleted_experiments_are_searched_for_deleted_runs(run, runs, client) -> None:
    client.delete_experiment(client.get_experiment_by_name("other").experiment_id)
    found = rows(run("runs", "list", "--all-experiments", "-v", "deleted_only", "--format", "json"))
    assert [row["run_name"] for row in found] == ["else"]


@pytest.mark.parametrize("where", [("-x", "77"), ("-n", "none")])
def test_an_experiment_that_is_not_there_is_an_error(run, where: tuple[str, str]) -> None:
    for command in ("list", "search"):
        result = run("runs", command, *where)
        assert (result.code, result.out) == (1, "")
        assert where[1] in result.err


def test_an_experiment_name_of_the_environment_is_not_made(run, client, monkeypatch) -> None:
    monkeypatch.setenv("PEGBOARD_EXPERIMENT_NAME", "typo")
    assert run("runs", "list").code == 1
    assert client.get_experiment_by_name("typo") is None


def test_search_by_filter_order_and_number(run, runs) -> None:
    everywhere = ("runs", "search", "--all-experiments", "--format", "json", "-c", "run_name")

    def found(*options: str) -> list[str]:
        return [row["run_name"] for row in rows(run(*everywhere, *options))]

    assert found("-f", "metrics.rmse > 0.05 and params.model = 'tree'") == ["else", "new"]
    assert found("-o", "metrics.rmse ASC", "-m", "2") == ["old", "new"]
    assert found("-o", "params.model DESC", "-o", "metrics.rmse DESC") == ["else", "new", "old"]
    assert found("--filter", "attributes.status = 'FAILED'") == ["old"]


def test_search_shows_chosen_columns(run, runs) -> None:
    columns = ("-c", "run_name, metrics.*", "-c", "params.model,tags.none,start_time")
    result = run("runs", "search", *columns)
    assert result.out.splitlines()[1].split() == ["new", "0.1", "tree", "1970-01-01T00:00:02Z"]
    assert rows(run("runs", "search", *columns, "--format", "json"))[1] == {
        "run_name": "old",
        "metrics.rmse": 0.0,
        "params.model": "line",
        "tags.none": None,
        "start_time": 1000,
    }
    found = list(csv.reader(io.StringIO(run("runs", "search", *columns, "--format", "csv").out)))
    assert found[0] == ["run_name", "metrics.rmse", "params.model", "tags.none", "start_time"]
    assert found[1] == ["new", "0.1", "tree", "", "1970-01-01T00:00:02.000Z"]


def test_search_without_columns_shows_all_of_runs_to_programs(run, runs, client) -> None:
    found = rows(run("runs", "search", "--format", "json"))
    assert found == [client.get_run(runs[name]).to_dictionary() for name in ("new", "old")]
    client.log_batch(runs["new"], params=[Param("z", "1"), Param("a", "1")])
    header = run("runs", "search", "--format", "csv").out.splitlines()[0]
    assert header == (
        "run_id,experiment_id,status,artifact_uri,start_time,end_time,"
        "metrics.rmse,params.a,params.model,params.z,tags.mlflow.runName"
    )


@pytest.mark.parametrize("column", ["nope", "metric.rmse", "metrics.", "info"])
def test_an_unknown_column_is_wrong_usage(run, column: str) -> None:
    result = run("runs", "search", "-c", column)
    assert result.code == 2
    assert repr(column) in result.err


@pytest.mark.parametrize("option", [("-f", "metrics.rmse >"), ("-o", "metrics.rmse up")])
def test_a_wrong_filter_or_order_is_an_error(program, option: tuple[str, str]) -> None:
    result = program("runs", "search", *option)
    assert (result.code, result.out) == (1, "")
    assert "Traceback" not in result.err


def test_all_pages_are_read(run, client) -> None:
    from pegboard_cli import searching

    for number in range(7):
        client.create_run("0", start_time=number + 1, run_name=str(number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "_PAGE", 3)
        assert len(rows(run("runs", "list", "--format", "json"))) == 7
        names = [
            row["run_name"]
            for row in rows(run("runs", "search", "-m", "5", "--format", "json", "-c", "run_name"))
        ]
    assert names == ["6", "5", "4", "3", "2"]


def test_describe_prints_the_run_as_json_that_everyone_reads(run, client) -> None:
    run_id = client.create_run("0", run_name="é").info.run_id
    for key, value in (("nan", math.nan), ("up", math.inf), ("down", -math.inf), ("one", 1.5)):
        client.log_metric(run_id, key, value)
    result = run("runs", "describe", "--run-id", run_id)
    described = json.loads(result.out, parse_constant=pytest.fail)
    assert described["data"].pop("metrics") == {
        "nan": "NaN",
        "up": "Infinity",
        "down": "-Infinity",
        "one": 1.5,
    }
    expected = client.get_run(run_id).to_dictionary()
    del expected["data"]["metrics"]
    assert described == expected


def test_delete_and_restore_may_be_repeated(run, client, runs) -> None:
    for command, stage in (
        ("delete", "deleted"),
        ("delete", "deleted"),
        ("restore", "active"),
        ("restore", "active"),
    ):
        result = run("runs", command, "-r", runs["old"])
        assert (result.code, result.out) == (0, "")
        assert runs["old"] in result.err
        assert client.get_run(runs["old"]).info.lifecycle_stage == stage


@pytest.mark.parametrize("command", ["describe", "delete", "restore"])
@pytest.mark.parametrize("run_id", ["0" * 32, "../x", ""])
def test_a_run_that_is_not_there_is_an_error(run, command: str, run_id: str) -> None:
    result = run("runs", command, "-r", run_id)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Error: ")


def test_a_run_id_is_required(run) -> None:
    assert [run("runs", command).code for command in ("describe", "delete", "restore")] == [2, 2, 2]
