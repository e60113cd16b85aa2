"""`pegboard experiments ...`."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest

from pegboard import PegboardClient
from pegboard.entities import ViewType


def test_create_prints_the_id_alone(run, client: PegboardClient) -> None:
    result = run("experiments", "create", "-n", "one", "-l", "/somewhere")
    assert result.code == 0
    experiment = client.get_experiment(result.out.strip())
    assert (experiment.name, experiment.artifact_location) == ("one", "/somewhere")
    assert result.out == experiment.experiment_id + "\n"
    assert "one" in result.err


def test_create_as_json_prints_the_experiment(run, client: PegboardClient) -> None:
    result = run("experiments", "create", "--experiment-name", "one", "--format", "json")
    created = json.loads(result.out)
    assert created == client.get_experiment(created["experiment_id"]).to_dictionary()
    assert result.err == ""


def test_a_taken_name_is_one_line_and_code_1(program) -> None:
    program("experiments", "create", "-n", "one")
    result = program("experiments", "create", "-n", "one")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Error: ")
    assert result.err.count("\n") == 1


def test_search_finds_by_view_filter_and_order(run, client: PegboardClient) -> None:
    ids = {name: client.create_experiment(name) for name in ("a", "b", "c")}
    client.delete_experiment(ids["b"])

    def names(*options: str) -> list[str]:
        result = run("experiments", "search", "--format", "json", *options)
        assert result.code == 0, result.err
        return [row["name"] for row in json.loads(result.out)]

    assert names("-o", "name") == ["Default", "a", "c"]
    assert names("-v", "deleted_only") == ["b"]
    assert names("--view", "ALL", "-o", "name DESC", "-m", "2") == ["c", "b"]
    assert names("-f", "name LIKE 'a%'") == ["a"]
    assert names("--filter-string", "name = 'none'") == []


def test_search_in_a_pipe_is_a_complete_plain_table(program, client: PegboardClient) -> None:
    name = "long " + "x" * 300
    experiment_id = client.create_experiment(name)
    lines = program("experiments", "search", "-o", "name DESC").out.splitlines()
    assert lines[0].split("  ")[0] == "EXPERIMENT ID"
    assert experiment_id in lines[1]
    assert name in lines[1]
    assert len(lines) == 3


def test_search_shows_times_in_utc_and_json_milliseconds(run, client: PegboardClient) -> None:
    moment = client.get_experiment("0").creation_time
    assert json.loads(run("experiments", "search", "--format", "json").out)[0]["creation_time"] == moment
    (row,) = csv.DictReader(io.StringIO(run("experiments", "search", "--format", "csv").out))
    assert row["creation_time"].endswith(f".{moment % 1000:03}Z")
    assert row["creation_time"][:19] + "Z" in run("experiments", "search").out


def test_nothing_found_is_said_on_standard_error(run) -> None:
    result = run("experiments", "search", "-v", "deleted_only")
    assert (result.code, result.out, result.err) == (0, "", "No experiment matches.\n")
    assert run("experiments", "search", "-v", "deleted_only", "--format", "json").out == "[]\n"


@pytest.mark.parametrize("by", [("-x", "0"), ("-n", "Default")])
def test_get_by_id_or_name(run, client: PegboardClient, by: tuple[str, str]) -> None:
    expected = client.get_experiment("0").to_dictionary()
    assert json.loads(run("experiments", "get", *by, "--output", "json").out) == expected
    lines = dict(line.split(maxsplit=1) for line in run("experiments", "get", *by).out.splitlines()[1:4])
    assert lines["name"] == "Default"
    assert lines["artifact_location"] == expected["artifact_location"]


def test_get_takes_one_of_id_and_name(run) -> None:
    assert run("experiments", "get").code == 2
    assert run("experiments", "get", "-x", "0", "-n", "Default").code == 2


@pytest.mark.parametrize("by", [("-x", "77"), ("-n", "none"), ("-x", ""), ("-x", "../0")])
def test_get_of_what_is_not_there_is_an_error(run, by: tuple[str, str]) -> None:
    result = run("experiments", "get", *by)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Error: ")


def test_rename_delete_restore(run, client: PegboardClient) -> None:
    experiment_id = client.create_experiment("one")
    assert run("experiments", "rename", "-x", experiment_id, "--new-name", "two").code == 0
    assert client.get_experiment(experiment_id).name == "two"
    assert run("experiments", "delete", "-x", experiment_id).out == ""
    assert [found.name for found in client.search_experiments(ViewType.DELETED_ONLY)] == ["two"]
    assert run("experiments", "delete", "-x", experiment_id).code == 1
    assert run("experiments", "restore", "--experiment-id", experiment_id).code == 0
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"
    assert run("experiments", "restore", "-x", experiment_id).code == 1


def test_csv_has_a_column_for_each_metric_param_and_tag(run, client: PegboardClient, place) -> None:
    first = client.create_run("0", start_time=1_700_000_000_123)
    client.log_metric(first.info.run_id, "rmse", 0.1)
    client.log_metric(first.info.run_id, "nan", math.nan)
    second = client.create_run("0", start_time=1_600_000_000_000)
    client.log_param(second.info.run_id, "text", 'a "b",\nc é')
    result = run("experiments", "csv", "-x", "0")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [row["run_id"] for row in rows] == [first.info.run_id, second.info.run_id]
    assert [row["start_time"] for row in rows] == ["2023-11-14T22:13:20.123Z", "2020-09-13T12:26:40.000Z"]
    assert [row["metrics.rmse"] for row in rows] == ["0.1", ""]
    assert rows[0]["metrics.nan"] == "nan"
    assert rows[1]["params.text"] == 'a "b",\nc é'
    assert run("experiments", "csv", "-x", "0", "-o", "runs.csv").out == ""
    assert (place / "runs.csv").read_bytes().decode() == result.out


def test_csv_into_a_file_that_cannot_be_written(run) -> None:
    result = run("experiments", "csv", "-x", "0", "-o", "/nonexistent/runs.csv")
    assert result.code == 1
    assert "/nonexistent/runs.csv" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("create",),
        ("rename", "-x", "0"),
        ("delete",),
        ("csv",),
        ("search", "-v", "some"),
        ("search", "-m", "0"),
        ("search", "--format", "yaml"),
        ("nope",),
    ],
)
def test_wrong_usage_is_code_2(run, arguments: tuple[str, ...]) -> None:
    result = run("experiments", *arguments)
    assert (result.code, result.out) == (2, "")
    assert "Error: " in result.err
