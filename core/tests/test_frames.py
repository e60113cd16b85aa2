"""`search_runs` in its four formats: columns, types, missing values, and a package that is missing."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pandas
import polars
import pyarrow
import pytest

import pegboard
from pegboard import PegboardClient
from pegboard.entities import Run, ViewType
from pegboard.errors import InvalidParameterValue

INFO = ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"]


@pytest.fixture
def two_runs(client: PegboardClient) -> list[str]:
    """An ended run and, started later, a running one that logged other things."""
    first = client.create_run("0", start_time=1_700_000_000_123, run_name="first").info.run_id
    client.log_metric(first, "acc", 0.5)
    client.log_param(first, "lr", 0.1)
    client.set_terminated(first, end_time=1_700_000_001_000)
    second = client.create_run("0", start_time=1_700_000_002_000, run_name="second").info.run_id
    client.log_metric(second, "loss", math.nan)
    client.set_tag(second, "team", "red")
    return [second, first]


def test_pandas(two_runs: list[str]) -> None:
    frame = pegboard.search_runs()
    tags = [name for name in frame.columns if name.startswith("tags.")]
    assert list(frame.columns) == [*INFO, "metrics.acc", "metrics.loss", "params.lr", *sorted(tags)]
    assert {"tags.team", "tags.mlflow.runName"} <= set(tags)
    assert list(frame["run_id"]) == two_runs
    assert list(frame["status"]) == ["RUNNING", "FINISHED"]
    assert frame["metrics.acc"].dtype == "float64"
    assert list(frame["metrics.acc"].isna()) == [True, False]
    assert list(frame["params.lr"].isna()) == [True, False]
    assert frame["params.lr"][1] == "0.1"
    assert isinstance(frame["start_time"].dtype, pandas.DatetimeTZDtype)
    assert frame["start_time"][1] == pandas.Timestamp(1_700_000_000_123, unit="ms", tz="UTC")
    assert list(frame["end_time"].isna()) == [True, False]
    assert list(frame.index) == [0, 1]


def test_polars(two_runs: list[str]) -> None:
    frame = pegboard.search_runs(output_format="polars")
    assert isinstance(frame, polars.DataFrame)
    assert frame.columns[:6] == INFO
    assert frame["run_id"].to_list() == two_runs
    assert frame.schema["metrics.acc"] == polars.Float64
    assert frame.schema["params.lr"] == polars.String
    assert frame.schema["start_time"] == polars.Datetime("ms", "UTC")
    assert frame["start_time"].to_list()[1] == datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)
    assert frame["end_time"].to_list() == [None, datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)]
    assert frame["metrics.acc"].to_list() == [None, 0.5]
    assert math.isnan(frame["metrics.loss"][0])
    assert frame["params.lr"].to_list() == [None, "0.1"]


def test_arrow(two_runs: list[str]) -> None:
    table = pegboard.search_runs(output_format="arrow")
    assert isinstance(table, pyarrow.Table)
    assert table.column_names[:6] == INFO
    assert table.schema.field("metrics.acc").type == pyarrow.float64()
    assert table.schema.field("tags.team").type == pyarrow.string()
    assert table.schema.field("end_time").type == pyarrow.timestamp("ms", "UTC")
    assert table["metrics.acc"].to_pylist() == [None, 0.5]
    assert table["end_time"].to_pylist()[0] is None


def test_a_list_of_runs(two_runs: list[str]) -> None:
    runs = pegboard.search_runs(output_format="list")
    assert type(runs) is list
    assert all(isinstance(run, Run) for run in runs)
    assert [run.info.run_id for run in runs] == two_runs


def test_all_formats_have_the_same_columns(two_runs: list[str]) -> None:
    expected = list(pegboard.search_runs().columns)
    assert pegboard.search_runs(output_format="polars").columns == expected
    assert pegboard.search_runs(output_format="arrow").column_names == expected


@pytest.mark.parametrize("output_format", ["pandas", "polars", "arrow"])
def test_no_runs_are_a_table_without_rows(output_format: Any, client: PegboardClient) -> None:
    for found in (
        pegboard.search_runs(output_format=output_format),
        pegboard.search_runs(output_format=output_format, experiment_names=["nobody"]),
        pegboard.search_runs(output_format=output_format, max_results=0),
    ):
        names = found.column_names if output_format == "arrow" else list(found.columns)
        assert names == INFO
        assert len(found) == 0


@pytest.mark.parametrize("output_format", ["pandas", "polars", "arrow"])
@pytest.mark.parametrize("time", [0, -1, 1, 2**53, 2**63 - 1])
def test_times_that_no_calendar_has_hide_no_run(
    output_format: Any, time: int, client: PegboardClient
) -> None:
    run_id = client.create_run("0").info.run_id
    client.set_terminated(run_id, end_time=time or 1)
    assert len(pegboard.search_runs(output_format=output_format)) == 1


@pytest.mark.parametrize("wrong", ["csv", "", None, "Pandas"])
def test_an_unknown_format(wrong: Any, client: PegboardClient) -> None:
    with pytest.raises(InvalidParameterValue, match="pandas, list, polars, arrow"):
        pegboard.search_runs(output_format=wrong)


@pytest.mark.parametrize(
    ("package", "output_format", "extra"),
    [("pandas", "pandas", "pandas"), ("polars", "polars", "polars"), ("pyarrow", "arrow", "arrow")],
)
def test_a_missing_package_is_named_with_its_extra(
    package: str, output_format: str, extra: str, script: Any, client: PegboardClient
) -> None:
    client.create_run("0")
    done = script(
        """
        import sys

        class Blocker:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] == sys.argv[1]:
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        sys.meta_path.insert(0, Blocker())
        import pegboard
        assert len(pegboard.search_runs(output_format="list")) == 1
        assert sys.argv[1] not in sys.modules
        try:
            pegboard.search_runs(output_format=sys.argv[2])
        except ImportError as error:
            assert error.error_code == "INVALID_PARAMETER_VALUE", error.error_code
            print(error)
        for other in {"pandas", "polars", "arrow"} - {sys.argv[2]}:
            if sys.argv[1] != "pyarrow":
                assert len(pegboard.search_runs(output_format=other)) == 1
        """,
        package,
        output_format,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"'{package}'" in done.stdout
    assert f"pegboard[{extra}]" in done.stdout
    assert "output_format='list'" in done.stdout


# Where it looks


def test_several_experiments_by_id_and_by_name(
    client: PegboardClient, caplog: pytest.LogCaptureFixture
) -> None:
    ids = {name: client.create_experiment(name) for name in "abc"}
    runs = {name: client.create_run(one).info.run_id for name, one in ids.items()}

    def found(**arguments: Any) -> set[str]:
        listed = pegboard.search_runs(output_format="list", **arguments)
        assert len(listed) == len({run.info.run_id for run in listed})
        return {name for name, run_id in runs.items() if run_id in {run.info.run_id for run in listed}}

    assert found(experiment_ids=[ids["a"], ids["b"]]) == {"a", "b"}
    assert found(experiment_ids=ids["a"]) == {"a"}
    assert found(experiment_names=["b", "c"]) == {"b", "c"}
    assert found(experiment_names="b") == {"b"}
    assert found() == set()
    assert found(search_all_experiments=True) == {"a", "b", "c"}
    assert found(experiment_ids=[ids["a"]], search_all_experiments=True) == {"a"}
    pegboard.set_experiment("c")
    assert found() == {"c"}
    assert found(experiment_ids=[], experiment_names=[]) == {"c"}
    assert found(experiment_names=["b", "nobody"]) == {"b"}
    assert "nobody" in caplog.text
    with pytest.raises(InvalidParameterValue, match="not both"):
        found(experiment_ids=["0"], experiment_names=["a"])


def test_deleted_experiments_are_not_among_all(client: PegboardClient) -> None:
    experiment_id = client.create_experiment("e")
    client.create_run(experiment_id)
    client.delete_experiment(experiment_id)
    assert pegboard.search_runs(output_format="list", search_all_experiments=True) == []
    everything = pegboard.search_runs([experiment_id], run_view_type=ViewType.ALL, output_format="list")
    assert len(everything) == 1


def test_filter_order_and_number(two_runs: list[str]) -> None:
    def found(**arguments: Any) -> list[str]:
        return [run.info.run_id for run in pegboard.search_runs(output_format="list", **arguments)]

    assert found(filter_string="metrics.acc > 0") == two_runs[1:]
    assert found(order_by=["start_time ASC"]) == two_runs[::-1]
    assert found(max_results=1) == two_runs[:1]
    assert found(max_results=-1) == []
    for wrong in ("x", None, 1.5):
        with pytest.raises(InvalidParameterValue, match="max_results"):
            found(max_results=wrong)


def test_more_runs_than_a_page_are_all_found(client: PegboardClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pegboard.fluent, "_PAGE", 3)
    wanted = [client.create_run("0", start_time=1000 + number).info.run_id for number in range(8)]
    found = pegboard.search_runs(output_format="list", order_by=["start_time"])
    assert [run.info.run_id for run in found] == wanted
    assert len(pegboard.search_runs(output_format="list", max_results=7)) == 7
    assert len(pegboard.search_runs(output_format="list", max_results=6)) == 6
