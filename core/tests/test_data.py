"""Datasets: digests, schemas, profiles and sources as MLflow computes them, and as inputs of runs."""

from __future__ import annotations

import json
from typing import Any

import numpy
import pandas
import polars
import pytest

from pegboard import PegboardClient, data
from pegboard.entities import DatasetInput
from pegboard.errors import InvalidParameterValue

SOURCE = "s3://bucket/data.csv"


def pandas_schema(frame: Any) -> Any:
    return data.from_pandas(frame, SOURCE).schema


# Literals that MLflow 3.17 computed for the same data


@pytest.mark.parametrize(
    ("frame", "digest"),
    [
        (pandas.DataFrame(), "7dea362b"),
        (pandas.DataFrame({"t": [pandas.Timestamp(0)]}), "88c9712c"),
        (pandas.DataFrame({"a": range(20000)}), "bdc9189a"),
    ],
)
def test_digests_of_pandas_frames(frame: Any, digest: str) -> None:
    assert data.from_pandas(frame, SOURCE).digest == digest


@pytest.mark.parametrize(
    ("arguments", "digest"),
    [
        ({"features": numpy.arange(6).reshape(3, 2), "targets": numpy.array([1.0, 2.0, 3.0])}, "033cfbba"),
        ({"features": numpy.arange(6).reshape(3, 2)}, "92a7ac9c"),
        ({"features": numpy.zeros((2, 2))}, "ebd67c81"),
    ],
)
def test_digests_of_numpy_arrays(arguments: Any, digest: str) -> None:
    assert data.from_numpy(source=SOURCE, **arguments).digest == digest


def test_what_changes_a_digest_and_what_does_not() -> None:
    def digest(frame: Any) -> str:
        return data.from_pandas(frame, SOURCE).digest

    frame = pandas.DataFrame({"a": [1, 2], "s": ["x", "y"]})
    assert digest(frame) == digest(frame.copy())
    assert digest(frame) != digest(frame.rename(columns={"a": "b"}))
    assert digest(frame) != digest(frame.iloc[::-1])
    long = pandas.DataFrame({"a": range(10_001)})
    assert digest(long) != digest(pandas.DataFrame({"a": range(10_002)}))
    assert digest(frame) == data.from_pandas(frame, "elsewhere", name="other").digest
    text = data.from_numpy(numpy.array(["a", "b"]), SOURCE).digest
    assert text == data.from_numpy(numpy.array(["a", "b"], dtype=object), SOURCE).digest


def test_digests_of_polars_frames() -> None:
    def digest(frame: Any) -> str:
        return data.from_polars(frame, SOURCE).digest

    frame = polars.DataFrame({"a": [1, 2], "s": ["x", None]})
    assert digest(frame).isdecimal()
    assert digest(frame) == digest(frame.clone())
    assert digest(frame) != digest(polars.DataFrame({"a": [1, 3], "s": ["x", None]}))


def test_a_given_digest_is_kept() -> None:
    assert data.from_pandas(pandas.DataFrame({"a": [1]}), SOURCE, digest="mine").digest == "mine"


def test_the_schema_of_a_pandas_frame() -> None:
    frame = pandas.DataFrame({"a": [1, 2, 3], "s": ["x", "y", "z"]})
    dataset = data.from_pandas(frame, SOURCE)
    assert dataset.to_dict()["schema"] == (
        '{"mlflow_colspec": [{"type": "long", "name": "a", "required": true}, '
        '{"type": "string", "name": "s", "required": true}]}'
    )
    assert dataset.to_dict()["profile"] == '{"num_rows": 3, "num_elements": 6}'


@pytest.mark.parametrize(
    ("values", "name", "required"),
    [
        (pandas.Series([True]), "boolean", True),
        (pandas.Series([1], dtype="int8"), "integer", True),
        (pandas.Series([1], dtype="int32"), "integer", True),
        (pandas.Series([1], dtype="uint16"), "integer", True),
        (pandas.Series([1], dtype="uint32"), "long", True),
        (pandas.Series([1, None], dtype="Int64"), "long", False),
        (pandas.Series([1.0], dtype="float32"), "float", True),
        (pandas.Series([1.0, None]), "double", False),
        (pandas.Series(["x", None]), "string", False),
        (pandas.Series(["x"], dtype="category"), "string", True),
        (pandas.Series([b"x"]), "binary", True),
        (pandas.Series([pandas.Timestamp(0), None]), "datetime", False),
        (pandas.Series([None, None], dtype=object), "any", False),
    ],
)
def test_types_of_pandas_columns(values: Any, name: str, required: bool) -> None:
    assert pandas_schema(pandas.DataFrame({"c": values})) == {
        "mlflow_colspec": [{"type": name, "name": "c", "required": required}]
    }


@pytest.mark.parametrize(
    "values",
    [
        pandas.Series([1], dtype="uint64"),
        pandas.Series([pandas.Timedelta(1)]),
        pandas.Series([1, "x"], dtype=object),
    ],
)
def test_columns_without_a_name_in_the_schema(values: Any) -> None:
    dataset = data.from_pandas(pandas.DataFrame({"good": values.index, "c": values}), SOURCE)
    assert dataset.schema is None
    assert dataset.to_entity().schema is None


def test_labels_of_columns() -> None:
    assert pandas_schema(pandas.DataFrame({1: [1.0]}))["mlflow_colspec"][0]["name"] == 1
    assert json.dumps(pandas_schema(pandas.DataFrame(numpy.zeros((1, 1)))))
    assert data.from_pandas(pandas.DataFrame({1: [1], "b": ["x"]}), SOURCE).digest
    twice = data.from_pandas(pandas.DataFrame([[1, "x"]], columns=["a", "a"]), SOURCE)
    assert [column["type"] for column in twice.schema["mlflow_colspec"]] == ["long", "string"]


def test_schema_and_profile_of_numpy_arrays() -> None:
    dataset = data.from_numpy(numpy.arange(6).reshape(3, 2), SOURCE, numpy.array([1.0, 2.0, 3.0]))
    assert json.loads(dataset.schema["mlflow_tensorspec"]["features"]) == [
        {"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1, 2]}}
    ]
    assert dataset.schema["mlflow_tensorspec"]["targets"] == (
        '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]'
    )
    assert dataset.to_dict()["profile"] == (
        '{"features_shape": [3, 2], "features_size": 6, "features_nbytes": 48, '
        '"targets_shape": [3], "targets_size": 3, "targets_nbytes": 24}'
    )


def test_numpy_arrays_by_name() -> None:
    dataset = data.from_numpy({"b": numpy.zeros((2, 3)), "a": numpy.array(["x", "y"])}, SOURCE)
    features = json.loads(dataset.schema["mlflow_tensorspec"]["features"])
    assert [(one["name"], one["tensor-spec"]["dtype"]) for one in features] == [
        ("b", "float64"),
        ("a", "str"),
    ]
    assert dataset.schema["mlflow_tensorspec"]["targets"] is None
    assert dataset.profile["features_shape"] == {"b": [2, 3], "a": [2]}


def test_schema_and_profile_of_polars_frames() -> None:
    frame = polars.DataFrame(
        {
            "i": polars.Series([1, None], dtype=polars.Int32), "l": [1, 2], "f": [0.5, 1.5], "s": ["x", "y"],
            "b": [True, False], "c": polars.Series(["x", "y"], dtype=polars.Categorical), "y": [b"x", b"y"],
            "n": polars.Series([None, None], dtype=polars.Int64),
        }
    )  # fmt: skip
    dataset = data.from_polars(frame, SOURCE)
    assert [(one["name"], one["type"], one["required"]) for one in dataset.schema["mlflow_colspec"]] == [
        ("i", "integer", True), ("l", "long", True), ("f", "double", True), ("s", "string", True),
        ("b", "boolean", True), ("c", "string", True), ("y", "binary", True), ("n", "long", False),
    ]  # fmt: skip
    assert dataset.profile == {"num_rows": 2, "num_elements": 16}


# Sources


@pytest.mark.parametrize(
    ("source", "kind", "content"),
    [
        ("/tmp/x.csv", "local", '{"uri": "/tmp/x.csv"}'),
        ("relative.csv", "local", '{"uri": "relative.csv"}'),
        ("file:///x.csv", "local", '{"uri": "file:///x.csv"}'),
        ("https://host/x", "http", '{"url": "https://host/x"}'),
        ("s3://b/x", "s3", '{"uri": "s3://b/x"}'),
        ("gs://b/x", "gs", '{"uri": "gs://b/x"}'),
    ],
)
def test_sources(source: str, kind: str, content: str, run_id: str, client: PegboardClient) -> None:
    dataset = data.from_pandas(pandas.DataFrame({"a": [1]}), source)
    entity = dataset.to_entity()
    assert (entity.source_type, entity.source) == (kind, content)
    client.log_inputs(run_id, [DatasetInput(entity)])
    (logged,) = client.get_run(run_id).inputs.dataset_inputs
    for one in (dataset, entity, logged):
        assert data.get_source(one) == dataset.source


def test_without_a_source_it_is_the_code_that_runs() -> None:
    entity = data.from_pandas(pandas.DataFrame({"a": [1]})).to_entity()
    assert entity.source_type == "code"
    assert set(json.loads(entity.source)) == {"tags"}


# What is refused


@pytest.mark.parametrize(
    "make",
    [
        lambda: data.from_pandas([1]),
        lambda: data.from_pandas(polars.DataFrame()),
        lambda: data.from_numpy([1]),
        lambda: data.from_numpy({"a": [1]}),
        lambda: data.from_numpy(numpy.zeros(1), targets=[1]),
        lambda: data.from_polars(pandas.DataFrame()),
    ],
)
def test_data_of_another_type(make: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="takes a"):
        make()


@pytest.mark.parametrize("what", ["targets", "predictions"])
def test_columns_that_are_not_there(what: str) -> None:
    for make in (
        lambda: data.from_pandas(pandas.DataFrame({"a": [1]}), SOURCE, **{what: "b"}),
        lambda: data.from_polars(polars.DataFrame({"a": [1]}), SOURCE, **{what: "b"}),
    ):
        with pytest.raises(InvalidParameterValue, match=f"{what}.*'b'.*a"):
            make()
    assert data.from_pandas(pandas.DataFrame({"a": [1]}), SOURCE, targets="a").targets == "a"
