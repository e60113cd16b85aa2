"""Tables as artifacts: writing, appending, reading over runs, images in cells, Parquet."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy
import pandas
import PIL.Image
import polars
import pyarrow
import pytest

import pegboard
from pegboard import PegboardClient
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist


@pytest.fixture
def stored(client: PegboardClient, run_id: str):
    """Log data as a table and give back its JSON, or its rows."""

    def stored(data: Any, name: str = "t.json") -> Any:
        client.log_table(run_id, data, name)
        return json.loads(Path(client.download_artifacts(run_id, name)).read_text())

    return stored


def rows(client: PegboardClient, run_id: str, name: str) -> list[dict[str, Any]]:
    frame = client.load_table("0", name, [run_id])
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


# What is taken


@pytest.mark.parametrize(
    "data",
    [
        {"q": ["a", "b"], "n": [1, 2]},
        {"q": ("a", "b"), "n": range(1, 3)},
        {"q": numpy.array(["a", "b"]), "n": numpy.array([1, 2])},
        {"q": pandas.Series(["a", "b"], index=[5, 6]), "n": [1, 2]},
        {"q": polars.Series(["a", "b"]), "n": pyarrow.array([1, 2])},
        pandas.DataFrame({"q": ["a", "b"], "n": [1, 2]}, index=[7, 8]),
        polars.DataFrame({"q": ["a", "b"], "n": [1, 2]}),
        pyarrow.table({"q": ["a", "b"], "n": [1, 2]}),
    ],
    ids=lambda data: type(data).__module__,
)
def test_columns_in_any_form(data: Any, stored: Any) -> None:
    assert stored(data) == {"columns": ["q", "n"], "data": [["a", 1], ["b", 2]]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"q": "a", "n": 1}, [["a", 1]]),
        ({"q": ["a", "b"], "n": [1]}, [[["a", "b"], [1]]]),
        ({"q": ["a", "b"], "n": 1}, [["a", 1], ["b", 1]]),
        ({"q": [], "n": []}, []),
        ({}, []),
    ],
)
def test_single_values_and_uneven_columns(data: Any, expected: list[Any], stored: Any) -> None:
    assert stored(data) == {"columns": list(data), "data": expected}


def test_values_that_json_lacks(stored: Any) -> None:
    values = [
        math.nan, math.inf, None, numpy.float32(0.5), numpy.int64(7), True, pandas.NaT, pandas.NA,
        pandas.Timestamp("2024-01-02"), [1, math.nan], {"k": numpy.arange(2)}, numpy.datetime64("2024-01-02"),
        "é",
    ]  # fmt: skip
    assert [row[0] for row in stored({"v": values})["data"]] == [
        None, None, None, 0.5, 7, True, None, None,
        "2024-01-02T00:00:00", [1, None], {"k": [0, 1]}, "2024-01-02", "é",
    ]  # fmt: skip


def test_nullable_columns_and_dates(stored: Any) -> None:
    frame = pandas.DataFrame(
        {"n": pandas.array([1, None], dtype="Int64"), "t": [pandas.Timestamp("2024-01-02"), None]}
    )
    assert stored(frame)["data"] == [[1, "2024-01-02T00:00:00"], [None, None]]
    arrays = {"t": numpy.array(["2024-01-02", "NaT"], dtype="datetime64[ns]")}
    assert stored(arrays, "dates.json")["data"] == [["2024-01-02T00:00:00"], [None]]


def test_labels_that_are_numbers(stored: Any) -> None:
    assert stored(pandas.DataFrame([[1, 2]], columns=[0, 1])) == {"columns": [0, 1], "data": [[1, 2]]}
    assert stored({0: [3], 1: [4]})["data"] == [[1, 2], [3, 4]]


def test_two_columns_of_one_name_are_refused(client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="'a'"):
        client.log_table(run_id, pandas.DataFrame([[1, 2]], columns=["a", "a"]), "t.json")
    assert client.list_artifacts(run_id) == []


@pytest.mark.parametrize("data", [None, "x", 5, [1], [{"a": 1}], numpy.zeros((2, 2))], ids=repr)
def test_what_is_no_table(data: Any, client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="dictionary of columns or a data frame"):
        client.log_table(run_id, data, "t.json")
    assert client.list_artifacts(run_id) == []


@pytest.mark.parametrize(
    "name",
    ["t", "t.csv", "t.JSON", "json", 't".json', "t'.json", "a,b.json", "{t}.json", "a:b.json", "[t].json",
     "../t.json", "/t.json", "", None],
    ids=repr,
)  # fmt: skip
def test_a_name_that_is_none(name: Any, client: PegboardClient, run_id: str) -> None:
    image = PIL.Image.new("L", (2, 2))
    for call in (
        lambda: client.log_table(run_id, {"a": [image]}, name),
        lambda: client.load_table("0", name),
    ):
        with pytest.raises(InvalidParameterValue):
            call()
    assert client.list_artifacts(run_id) == []
    assert "mlflow.loggedArtifacts" not in client.get_run(run_id).data.tags


# Appending


@pytest.mark.parametrize("name", ["t.json", "t.parquet", "a/b/t.json"])
def test_rows_go_behind_those_that_are_there(name: str, client: PegboardClient, run_id: str) -> None:
    client.log_table(run_id, {"q": ["a"], "n": [1]}, name)
    client.log_table(run_id, pandas.DataFrame({"n": [2, 3], "new": ["x", "y"]}), name)
    assert rows(client, run_id, name) == [
        {"q": "a", "n": 1, "new": None}, {"q": None, "n": 2, "new": "x"}, {"q": None, "n": 3, "new": "y"},
    ]  # fmt: skip


def test_appending_changes_no_value_that_is_there(stored: Any) -> None:
    stored({"date": ["2024-01-01"], "text": ["1"], "whole": [1], "list": [[1]]})
    assert stored({"date": ["2024-01-02"], "text": ["2"], "whole": [2], "list": [[2]]})["data"] == [
        ["2024-01-01", "1", 1, [1]], ["2024-01-02", "2", 2, [2]],
    ]  # fmt: skip


def test_another_spelling_of_the_path_is_the_same_table(client: PegboardClient, run_id: str) -> None:
    client.log_table(run_id, {"a": [1]}, "x/t.json")
    client.log_table(run_id, {"a": [2]}, "./x//t.json")
    assert rows(client, run_id, "x/t.json") == [{"a": 1}, {"a": 2}]
    assert rows(client, run_id, "./x/t.json") == [{"a": 1}, {"a": 2}]


def test_the_tag_names_each_table_once(client: PegboardClient, run_id: str) -> None:
    for name in ("a.json", "b/c.parquet", "a.json"):
        client.log_table(run_id, {"x": [1]}, name)
    assert json.loads(client.get_run(run_id).data.tags["mlflow.loggedArtifacts"]) == [
        {"path": "a.json", "type": "table"}, {"path": "b/c.parquet", "type": "table"},
    ]  # fmt: skip


def test_a_tag_of_somebody_else_does_no_harm(client: PegboardClient, run_id: str) -> None:
    client.set_tag(run_id, "mlflow.loggedArtifacts", "no json")
    client.log_table(run_id, {"x": [1]}, "a.json")
    assert len(client.load_table("0", "a.json")) == 1


# Reading


def test_rows_of_all_runs_of_the_active_experiment(root: Path) -> None:
    pegboard.set_experiment("tables")
    for number in range(3):
        with pegboard.start_run(run_name=f"run {number}"):
            pegboard.log_param("lr", number / 10)
            pegboard.log_metric("loss", number)
            pegboard.log_table({"n": [number, number + 10]}, "t.json")
    with pegboard.start_run():
        pegboard.log_table({"n": [99]}, "other.json")
        pegboard.log_text("{}", "t.json")  # no table
    frame = pegboard.load_table(
        "t.json", extra_columns=["run_id", "params.lr", "metrics.loss", "tags.mlflow.runName"]
    )
    assert sorted(frame["n"]) == [0, 1, 2, 10, 11, 12]
    assert list(frame.index) == list(range(6))
    for row in frame.to_dict("records"):
        number = row["n"] % 10
        assert (row["params.lr"], row["metrics.loss"]) == (str(number / 10), number)
        assert row["tags.mlflow.runName"] == f"run {number}"
        assert pegboard.get_run(row["run_id"]).data.metrics == {"loss": number}


def test_rows_of_given_runs(client: PegboardClient) -> None:
    runs = [client.create_run("0").info.run_id for _ in range(3)]
    for number, run_id in enumerate(runs[:2]):
        client.log_table(run_id, {"n": [number]}, "t.json")
    assert list(client.load_table("0", "t.json", runs[1:])["n"]) == [1]
    assert list(client.load_table("0", "t.json", [runs[1], runs[0]])["n"]) == [1, 0]
    with pytest.raises(ResourceDoesNotExist, match=r"t\.json"):
        client.load_table("0", "t.json", runs[2:])
    with pytest.raises(ResourceDoesNotExist):
        client.load_table("0", "missing.json")


def test_an_extra_column_of_the_tables_own_name_gets_a_sign(client: PegboardClient, run_id: str) -> None:
    client.log_table(run_id, {"run_id": ["mine"]}, "t.json")
    frame = client.load_table("0", "t.json", extra_columns=["run_id"])
    assert frame.to_dict("records") == [{"run_id": "mine", "run_id_": run_id}]


def test_an_extra_column_that_no_run_has(client: PegboardClient, run_id: str) -> None:
    client.log_table(run_id, {"a": [1]}, "t.json")
    with pytest.raises(InvalidParameterValue, match=r"'params\.none'.*run_id"):
        client.load_table("0", "t.json", extra_columns=["params.none"])


def test_tables_of_more_runs_than_a_page(client: PegboardClient, monkeypatch: pytest.MonkeyPatch) -> None:
    search = client.search_runs
    monkeypatch.setattr(client, "search_runs", lambda *args, **kwargs: search(*args, max_results=2, **kwargs))
    for number in range(5):
        client.log_table(client.create_run("0").info.run_id, {"n": [number]}, "t.json")
    assert sorted(client.load_table("0", "t.json")["n"]) == [0, 1, 2, 3, 4]


def test_more_tables_than_the_tag_has_room_for(client: PegboardClient, run_id: str) -> None:
    names = [f"{number:03}-{'x' * 200}.json" for number in range(45)]
    for name in names:
        client.log_table(run_id, {"n": [name]}, name)
    for name in names:
        assert list(client.load_table("0", name)["n"]) == [name]
    assert json.loads(client.get_run(run_id).data.tags["mlflow.loggedArtifacts"])[0]["path"] == names[0]


# Images


def test_images_are_stored_beside_the_table(client: PegboardClient, run_id: str, stored: Any) -> None:
    image = PIL.Image.new("RGB", (512, 4), (1, 2, 3))
    table = stored({"q": ["a", "b"], "i": [image, pegboard.Image(numpy.zeros((2, 2)))]}, "x/im.json")
    uuid = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    for _, cell in table["data"]:
        assert set(cell) == {"type", "filepath", "compressed_filepath"}
        assert cell["type"] == "image"
        assert re.fullmatch(rf"table_images/x/im/{uuid}\.png", cell["filepath"])
        assert cell["compressed_filepath"] == cell["filepath"].removesuffix("png") + "webp"
    png = PIL.Image.open(client.download_artifacts(run_id, table["data"][0][1]["filepath"]))
    webp = PIL.Image.open(client.download_artifacts(run_id, table["data"][0][1]["compressed_filepath"]))
    assert (png.size, png.getpixel((0, 0)), webp.size) == ((512, 4), (1, 2, 3), (256, 2))


@pytest.mark.parametrize(
    "image", [PIL.Image.new("L", (2, 3)), pegboard.Image([[0, 1]])], ids=["PIL", "Image"]
)
def test_an_image_may_stand_alone_and_beside_none(image: Any, stored: Any) -> None:
    assert stored({"i": image, "q": "a"})["data"][0][0]["type"] == "image"
    assert [row[0] and row[0]["type"] for row in stored({"i": [image, None]}, "u.json")["data"]] == [
        "image",
        None,
    ]


def test_parquet_keeps_types_and_images(client: PegboardClient, run_id: str) -> None:
    data = {"n": [1, 2], "f": [0.5, math.nan], "i": [PIL.Image.new("L", (2, 2))] * 2}
    client.log_table(run_id, data, "t.parquet")
    frame = client.load_table("0", "t.parquet")
    assert (frame["n"].dtype, frame["f"].dtype) == ("int64", "float64")
    assert frame["i"][0]["type"] == "image"
    pyarrow.parquet.read_table(client.download_artifacts(run_id, "t.parquet"))


def test_a_column_that_parquet_cannot_hold(client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="Parquet"):
        client.log_table(run_id, {"mixed": [1, "a", {}]}, "t.parquet")
    assert client.list_artifacts(run_id) == []


def test_a_table_file_that_is_damaged(client: PegboardClient, run_id: str) -> None:
    client.log_table(run_id, {"a": [1]}, "t.json")
    for text in ("no json", "[]", '{"columns": ["a"]}'):
        client.log_text(run_id, text, "t.json")
        with pytest.raises(pegboard.PegboardException, match=r"t\.json"):
            client.log_table(run_id, {"a": [2]}, "t.json")
        assert Path(client.download_artifacts(run_id, "t.json")).read_text() == text
