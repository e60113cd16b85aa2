"""Entities: fields as MLflow has them, dictionaries, equality, numbers and names of states."""

from __future__ import annotations

import copy
import pickle

import pytest

from pegboard import entities
from pegboard.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    ExperimentTag,
    FileInfo,
    InputTag,
    LifecycleStage,
    Metric,
    ModelVersion,
    PagedList,
    Param,
    RegisteredModel,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunStatus,
    RunTag,
    SourceType,
    ViewType,
)


def run() -> Run:
    info = RunInfo("r", "0", "u", "RUNNING", 1, None, "active", "/a", "n")
    data = RunData([Metric("m", 1.0, 2, 3)], [Param("p", "1")], [RunTag("t", "2")])
    inputs = RunInputs([DatasetInput(Dataset("d", "1", "local", "{}"), [InputTag("k", "v")])])
    return Run(info, data, inputs)


def test_a_run_as_a_dictionary() -> None:
    assert run().to_dictionary() == {
        "info": {
            "run_id": "r", "experiment_id": "0", "user_id": "u", "status": "RUNNING", "start_time": 1,
            "end_time": None, "lifecycle_stage": "active", "artifact_uri": "/a", "run_name": "n",
        },
        "data": {"metrics": {"m": 1.0}, "params": {"p": "1"}, "tags": {"t": "2"}},
        "inputs": {
            "dataset_inputs": [
                {
                    "dataset": {
                        "name": "d", "digest": "1", "source_type": "local", "source": "{}", "schema": None,
                        "profile": None,
                    },
                    "tags": [{"key": "k", "value": "v"}],
                }
            ]
        },
    }  # fmt: skip


def test_dict_of_an_entity() -> None:
    assert dict(Metric("m", 1.0, 2, 3))["step"] == 3
    assert dict(Param("p", "1")) == {"key": "p", "value": "1"}
    assert dict(FileInfo("a", False, 3)) == {"path": "a", "is_dir": False, "file_size": 3}
    assert run().info.run_uuid == "r"


def test_entities_are_equal_by_value_and_survive_copies() -> None:
    assert run() == run()
    for part, value in (("params", {"p": "2"}), ("tags", {}), ("latest_metrics", [])):
        other = run()
        setattr(other.data, part, value)
        assert other != run()
    assert run() != "run"
    assert RunData() != 5
    for entity in (run(), Metric("m", 1.0, 1), Experiment("1", "n", "/a", tags=[ExperimentTag("k", "v")])):
        for same in (copy.deepcopy(entity), pickle.loads(pickle.dumps(entity))):
            assert same == entity
            assert repr(same) == repr(entity)


def test_entities_can_be_kept_in_sets() -> None:
    assert len({Metric("m", 1.0, 1), Metric("m", 1.0, 1), Metric("m", 2.0, 1)}) == 2
    assert len({Param("p", "1"), Param("p", "1")}) == 1
    assert len({run(), run()}) == 1
    assert len({RunTag("t", "1"), ExperimentTag("t", "1")}) == 2


def test_tags_come_as_mappings_or_entities() -> None:
    tags = [ExperimentTag("k", "v")]
    for given in (tags, {"k": "v"}, iter(tags)):
        assert Experiment("1", "n", "/a", tags=given).tags == {"k": "v"}
    assert Experiment("1", "n", "/a").tags == {}
    assert RunData(None, None, None).metrics == {}


def test_mutable_defaults_are_not_shared() -> None:
    RegisteredModel("m").tags["k"] = "v"
    assert RegisteredModel("m").tags == {}
    ModelVersion("m", "1", 0).aliases.append("a")
    assert ModelVersion("m", "1", 0).aliases == []
    RunInputs().dataset_inputs.append(None)  # type: ignore[arg-type]
    assert RunInputs().dataset_inputs == []


def test_entities_have_no_other_attributes() -> None:
    for entity in (run(), Metric("m", 1.0, 1), RunData(), Experiment("1", "n", "/a")):
        with pytest.raises(AttributeError):
            entity.typo = 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (RunStatus, {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}),
        (SourceType, {1: "NOTEBOOK", 2: "JOB", 3: "PROJECT", 4: "LOCAL", 5: "UNKNOWN"}),
        (ViewType, {1: "active_only", 2: "deleted_only", 3: "all"}),
    ],
)
def test_numbers_and_names(cls: type, names: dict[int, str]) -> None:
    for number, name in names.items():
        assert cls.to_string(number) == name  # type: ignore[attr-defined]
        assert cls.from_string(name) == number  # type: ignore[attr-defined]
        assert getattr(cls, name.upper()) == number
    with pytest.raises(ValueError, match=names[1]):
        cls.from_string("nope")  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="1, 2, 3"):
        cls.to_string(99)  # type: ignore[attr-defined]


def test_states() -> None:
    assert [RunStatus.is_terminated(number) for number in RunStatus.all_status()] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert LifecycleStage.view_type_to_stages(ViewType.ALL) == ("active", "deleted")
    with pytest.raises(ValueError, match="view type"):
        LifecycleStage.view_type_to_stages(0)


def test_a_page_is_a_list_with_a_token() -> None:
    page = PagedList([1, 2], "token")
    assert (page, page.token, page.to_list()) == ([1, 2], "token", [1, 2])
    assert type(page.to_list()) is list
    assert PagedList([]).token is None


def test_mlflows_names_are_there() -> None:
    for name in (
        "Dataset DatasetInput Experiment ExperimentTag FileInfo InputTag LifecycleStage Metric ModelVersion "
        "Param RegisteredModel Run RunData RunInfo RunInputs RunStatus RunTag SourceType ViewType"
    ).split():
        assert hasattr(entities, name)
