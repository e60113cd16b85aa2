"""Datasets as inputs of runs: once each, with the context and tags of their use."""

from __future__ import annotations

from typing import Any

import numpy
import pandas
import pytest

import pegboard
from pegboard import PegboardClient, data
from pegboard.entities import Dataset, DatasetInput, InputTag
from pegboard.errors import InvalidParameterValue

SOURCE = "s3://bucket/data.csv"


@pytest.fixture
def frame() -> Any:
    return data.from_pandas(pandas.DataFrame({"a": [1]}), SOURCE, name="train")


def inputs() -> list[tuple[str, dict[str, str]]]:
    found = pegboard.last_active_run().inputs.dataset_inputs
    return [(one.dataset.name, {tag.key: tag.value for tag in one.tags}) for one in found]


def test_an_input_has_context_and_tags(frame: Any, root: Any) -> None:
    with pegboard.start_run():
        pegboard.log_input(frame, context="training", tags={"n": 1})
    assert inputs() == [("train", {"mlflow.data.context": "training", "n": "1"})]
    (logged,) = pegboard.last_active_run().inputs.dataset_inputs
    assert logged.dataset == frame.to_entity()
    found = pegboard.search_runs(filter_string="dataset.name = 'train'", output_format="list")
    assert len(found) == 1


def test_an_input_is_logged_once_with_its_first_tags(frame: Any, root: Any) -> None:
    with pegboard.start_run():
        pegboard.log_input(frame, context="training")
        pegboard.log_input(frame, context="evaluation")
    assert inputs() == [("train", {"mlflow.data.context": "training"})]


def test_several_inputs(frame: Any, root: Any) -> None:
    other = data.from_numpy(numpy.zeros(2), SOURCE, name="eval")
    with pegboard.start_run():
        pegboard.log_inputs([frame, other], ["training", None], [None, {"k": "v"}])
        with pytest.raises(InvalidParameterValue, match="2 datasets, 1 contexts"):
            pegboard.log_inputs([frame, other], ["training"])
    assert sorted(inputs(), key=str) == [("eval", {"k": "v"}), ("train", {"mlflow.data.context": "training"})]


def test_an_input_may_be_an_entity_or_nothing(root: Any) -> None:
    with pegboard.start_run():
        pegboard.log_input(None, context="training")
        pegboard.log_input(Dataset("entity", "1", "local", "{}"))
    assert inputs() == [("entity", {})]


@pytest.mark.parametrize("wrong", [pandas.DataFrame({"a": [1]}), "x", 5], ids=lambda one: type(one).__name__)
def test_what_is_no_dataset(wrong: Any, root: Any) -> None:
    with pegboard.start_run():
        for log in (
            lambda: pegboard.log_input(wrong),
            lambda: pegboard.log_inputs([wrong]),
            lambda: pegboard.log_metric("m", 1, dataset=wrong),
        ):
            with pytest.raises(InvalidParameterValue, match=r"pegboard\.data\.from_pandas"):
                log()
        assert pegboard.last_active_run().data.metrics == {}
    assert inputs() == []


def test_metrics_on_a_dataset(frame: Any, client: PegboardClient) -> None:
    with pegboard.start_run() as run:
        pegboard.log_metric("m", 1, dataset=frame)
        pegboard.log_metrics({"n": 2}, dataset=frame)
    for key in "mn":
        (point,) = client.get_metric_history(run.info.run_id, key)
        assert (point.dataset_name, point.dataset_digest) == ("train", frame.digest)
    assert inputs() == [("train", {})]


def test_tags_of_an_input_are_kept_as_given(client: PegboardClient, run_id: str) -> None:
    entity = Dataset("d", "1", "local", "{}", "schema", "profile")
    client.log_inputs(run_id, [DatasetInput(entity, [InputTag("a", "b")])])
    assert client.get_run(run_id).inputs.dataset_inputs == [DatasetInput(entity, [InputTag("a", "b")])]
