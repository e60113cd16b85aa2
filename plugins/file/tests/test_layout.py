"""The files are those of MLflow: names, bytes, places; and what is not ours is left alone."""

from __future__ import annotations

import hashlib
import math
import os
import re
from pathlib import Path

import pytest

from pegboard.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    InputTag,
    Metric,
    Param,
    Run,
    RunStatus,
    RunTag,
    ViewType,
)
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist, StorageDamaged
from pegboard_file.store import FileStore


def run_in(store: FileStore, experiment_id: str = "0", name: str = "a-run") -> Run:
    return store.create_run(experiment_id, "me", 1_700_000_000_000, [], name)


def test_opening_makes_nothing(root: Path) -> None:
    FileStore(str(root))
    assert not root.exists()


def test_first_use_makes_default(store: FileStore, root: Path) -> None:
    (experiment,) = store.search_experiments()
    assert sorted(path.name for path in root.iterdir()) == [".trash", "0"]
    assert (root / "0" / "meta.yaml").read_text() == (
        f"artifact_location: {root}/0\n"
        f"creation_time: {experiment.creation_time}\n"
        "experiment_id: '0'\n"
        f"last_update_time: {experiment.last_update_time}\n"
        "lifecycle_stage: active\n"
        "name: Default\n"
    )


def test_experiment_files(store: FileStore, root: Path) -> None:
    experiment_id = store.create_experiment("exp é: ☃ one", tags=[ExperimentTag("a/b", "v\r\n")])
    assert re.fullmatch(r"[1-9]\d{17}", experiment_id)
    folder = root / experiment_id
    assert "name: 'exp é: ☃ one'\n".encode() in (folder / "meta.yaml").read_bytes()
    assert (folder / "tags" / "a" / "b").read_bytes() == b"v\r\n"
    assert sorted(path.name for path in folder.iterdir()) == ["meta.yaml", "tags"]


def test_run_files(store: FileStore, root: Path) -> None:
    run_id = run_in(store).info.run_id
    folder = root / "0" / run_id
    assert re.fullmatch("[0-9a-f]{32}", run_id)
    assert (folder / "meta.yaml").read_text() == (
        f"artifact_uri: {root}/0/{run_id}/artifacts\n"
        "end_time: null\n"
        "entry_point_name: ''\n"
        "experiment_id: '0'\n"
        "lifecycle_stage: active\n"
        f"run_id: {run_id}\n"
        "run_name: a-run\n"
        f"run_uuid: {run_id}\n"
        "source_name: ''\n"
        "source_type: 4\n"
        "source_version: ''\n"
        "start_time: 1700000000000\n"
        "status: 1\n"
        "tags: []\n"
        "user_id: me\n"
    )
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert names == ["artifacts", "meta.yaml", "metrics", "params", "tags", "tags/mlflow.runName"]
    store.update_run_info(run_id, RunStatus.FINISHED, 5)
    text = (folder / "meta.yaml").read_text()
    assert "end_time: 5\n" in text
    assert "status: 3\n" in text
    store.delete_run(run_id)
    assert re.search(r"^deleted_time: \d{13}\n", (folder / "meta.yaml").read_text(), re.MULTILINE)
    store.restore_run(run_id)
    assert (folder / "meta.yaml").read_text() == text


def test_logged_files(store: FileStore, root: Path) -> None:
    run_id = run_in(store).info.run_id
    folder = root / "0" / run_id
    values = [1.5, math.nan, math.inf, -math.inf, 1e300, 3.0, 1e-07, -0.0]
    points = [Metric("a/b c", value, 1795262171716 + i, -i) for i, value in enumerate(values)]
    points.append(Metric("d", 1.0, 1, 0, None, "data", "d1"))
    store.log_batch(run_id, points, [Param("p", "é\r\n\n"), Param("empty", "")], [RunTag("x/t", " v ")])
    assert (folder / "metrics" / "a" / "b c").read_bytes() == (
        b"1795262171716 1.5 0\n1795262171717 nan -1\n1795262171718 inf -2\n1795262171719 -inf -3\n"
        b"1795262171720 1e+300 -4\n1795262171721 3.0 -5\n1795262171722 1e-07 -6\n1795262171723 -0.0 -7\n"
    )
    assert (folder / "metrics" / "d").read_bytes() == b"1 1.0 0 data d1\n"
    assert (folder / "params" / "p").read_bytes() == "é\r\n\n".encode()
    assert (folder / "params" / "empty").read_bytes() == b""
    assert (folder / "tags" / "x" / "t").read_bytes() == b" v "
    assert not list(folder.rglob(".pegboard*"))


def test_input_files(store: FileStore, root: Path) -> None:
    run_id = run_in(store).info.run_id
    dataset = Dataset("n", "d", "local", '{"uri": "/a.csv"}', None, '{"rows": 2}')
    store.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
    dataset_id = "a69913f66f2cfd4bd3f8ea75954ac476"
    assert (root / "0" / "datasets" / dataset_id / "meta.yaml").read_text() == (
        "digest: d\nname: n\nprofile: '{\"rows\": 2}'\nschema: null\n"
        'source: \'{"uri": "/a.csv"}\'\nsource_type: local\n'
    )
    input_id = hashlib.md5((dataset_id + run_id).encode()).hexdigest()
    assert (root / "0" / run_id / "inputs" / input_id / "meta.yaml").read_text() == (
        f"destination_id: {dataset_id}\ndestination_type: RUN\nsource_id: {dataset_id}\n"
        "source_type: DATASET\ntags:\n  mlflow.data.context: training\n"
    )


def test_unknown_keys_survive(store: FileStore, root: Path) -> None:
    experiment_id = store.create_experiment("e")
    run_id = run_in(store, experiment_id).info.run_id
    places = [root / experiment_id / "meta.yaml", root / experiment_id / run_id / "meta.yaml"]
    for place in places:
        with place.open("a") as file:
            file.write("workspace: default\nzz_new:\n  deep: [1, 2.5, null]\n")
    store.rename_experiment(experiment_id, "f")
    store.update_run_info(run_id, RunStatus.FAILED, 7, "other")
    store.delete_experiment(experiment_id)
    store.restore_experiment(experiment_id)
    for place in places:
        assert place.read_text().endswith("workspace: default\nzz_new:\n  deep:\n  - 1\n  - 2.5\n  - null\n")


def test_older_and_sparser_files(store: FileStore, root: Path) -> None:
    experiment_id = store.create_experiment("e")
    run_id = run_in(store, experiment_id).info.run_id
    (root / experiment_id / "meta.yaml").write_text(
        f"artifact_location: s3://b\nexperiment_id: {experiment_id}\nname: 12\n"
    )
    (root / experiment_id / run_id / "meta.yaml").write_text(
        f"experiment_id: {experiment_id}\nrun_uuid: {run_id}\nname: ''\n"
    )
    experiment, run = store.get_experiment(experiment_id), store.get_run(run_id)
    assert (experiment.name, experiment.lifecycle_stage, experiment.creation_time) == ("12", "active", None)
    assert (run.info.run_name, run.info.status, run.info.lifecycle_stage) == ("a-run", "RUNNING", "active")
    assert run.info.artifact_uri == f"{root}/{experiment_id}/{run_id}/artifacts"


def test_other_folders_are_left_alone(store: FileStore, root: Path) -> None:
    run_id = run_in(store).info.run_id
    for name in ("models/m/meta.yaml", "bad name/meta.yaml", "prompts/x/meta.yaml", "jobs/meta.yaml"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text("name: m\n")
    for name in (
        "traces/tr-1/trace_info.yaml",
        "models/m-1/meta.yaml",
        "datasets/d/meta.yaml",
        "later/meta.yaml",
    ):
        (root / "0" / name).parent.mkdir(parents=True)
        (root / "0" / name).write_text("name: m\n")
    (root / "0" / "tags").mkdir()
    (root / "stray").write_text("")
    assert [experiment.name for experiment in store.search_experiments(ViewType.ALL)] == ["Default"]
    assert [run.info.run_id for run in store.search_runs(["0"], run_view_type=ViewType.ALL)] == [run_id]
    for name in ("models", "prompts", "jobs"):
        with pytest.raises((ResourceDoesNotExist, StorageDamaged)):
            store.get_experiment(name)
    for name in ("models", "traces", "tags", "datasets", "m-1"):
        with pytest.raises(ResourceDoesNotExist):
            store.get_run(name)


def test_only_experiments_are_folders_of_the_root(store: FileStore, root: Path) -> None:
    first, second = store.create_experiment("a"), store.create_experiment("b")
    run_id = run_in(store, first).info.run_id
    store.log_batch(run_id, [Metric("m", 1.0, 1)], [Param("p", "1")], [RunTag("t", "1")])
    store.rename_experiment(first, "c")
    store.delete_experiment(second)
    assert {path.name for path in root.iterdir()} == {".trash", "0", first}
    assert not list(root.rglob(".pegboard*"))


def test_edited_in_place_is_seen(store: FileStore, root: Path) -> None:
    run_id = run_in(store).info.run_id
    store.set_tag(run_id, RunTag("t", "old"))
    store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    (root / "0" / run_id / "tags" / "t").write_text("new")
    with (root / "0" / run_id / "metrics" / "m").open("a") as file:
        file.write("2 2.5 1\n")
    meta = root / "0" / run_id / "meta.yaml"
    meta.write_text(meta.read_text().replace("stage: active", "stage: deleted"))
    run = store.get_run(run_id)
    assert (run.data.tags["t"], run.data.metrics, run.info.lifecycle_stage) == ("new", {"m": 2.5}, "deleted")
    with pytest.raises(InvalidParameterValue, match="deleted"):
        store.log_metric(run_id, Metric("m", 1.0, 1, 2))


def test_nested_keys_are_refused_by_name(store: FileStore, root: Path) -> None:
    run_id = run_in(store).info.run_id
    store.log_metric(run_id, Metric("a/b/c", 1.0, 1))
    for key in ("a", "a/b", "a/b/c/d"):
        with pytest.raises(InvalidParameterValue, match=rf"'{key}' .* 'a/b/c'"):
            store.log_batch(run_id, [Metric("fine", 1.0, 1), Metric(key, 1.0, 1)])
    with pytest.raises(InvalidParameterValue, match=r"'x/y' .* 'x'"):
        store.log_batch(run_id, params=[Param("x/y", "1"), Param("x", "1")])
    assert set(store.get_run(run_id).data.metrics) == {"a/b/c"}
    store.set_tag(run_id, RunTag("t/u", "1"))
    store.delete_tag(run_id, "t/u")
    store.set_tag(run_id, RunTag("t", "1"))


def test_keys_that_differ_by_case_on_a_disk_that_ignores_it(store: FileStore, root: Path) -> None:
    run_id = run_in(store).info.run_id
    folder = root / "0" / run_id
    os.link(folder / "meta.yaml", folder / "META.YAML")  # by this the store knows such a disk
    store.log_metric(run_id, Metric("Loss/é", 1.0, 1))
    for key in ("loss/é", "Loss/É"):
        with pytest.raises(InvalidParameterValue, match="case"):
            store.log_metric(run_id, Metric(key, 1.0, 1))
    with pytest.raises(InvalidParameterValue, match="case"):
        store.log_batch(run_id, params=[Param("p", "1"), Param("P", "1")])
    assert set(store.get_run(run_id).data.metrics) == {"Loss/é"}


@pytest.mark.parametrize(
    ("uri", "folder", "location"),
    [
        ("{0}/a b", "{0}/a b", "{0}/a b"),
        ("{0}/a%20b", "{0}/a%20b", "{0}/a%20b"),
        ("file://{0}/a%20b", "{0}/a b", "file://{0}/a%20b"),
        ("file:{0}/x", "{0}/x", "file://{0}/x"),
        ("file://localhost{0}/x/", "{0}/x", "file://localhost{0}/x"),
        ("FILE://{0}/é", "{0}/é", "FILE://{0}/é"),
        ("x", "{0}/x", "{0}/x"),
        ("./x/y", "{0}/x/y", "{0}/x/y"),
        ("~x", "{0}/~x", "{0}/~x"),
        ("file:x", "{0}/x", "file://{0}/x"),
        ("file:./x", "{0}/x", "file://{0}/x"),
    ],
)
def test_uris(uri: str, folder: str, location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = FileStore(uri.format(tmp_path))
    assert store.root == folder.format(tmp_path)
    assert store.get_experiment("0").artifact_location == location.format(tmp_path) + "/0"
    assert Path(folder.format(tmp_path), "0", "meta.yaml").exists()


@pytest.mark.parametrize(
    "uri", ["", "file:", "file://host/x", "file:///a%00b", "s3://bucket/x", "a\0b", None]
)
def test_wrong_uris(uri: str) -> None:
    with pytest.raises(InvalidParameterValue):
        FileStore(uri)


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidParameterValue, match="no folder"):
        FileStore(str(tmp_path / "file"))


def test_artifact_locations(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = FileStore(str(root), "s3://bucket/p?v=1")
    for given, stored in {
        None: "s3://bucket/p/{id}?v=1",
        "s3://b/p x": "s3://b/p x",
        "rel/a": f"{tmp_path}/rel/a",
        "/abs/a": "/abs/a",
        "file:rel": f"file://{tmp_path}/rel",
        "file:///abs%20x": "file:///abs%20x",
    }.items():
        experiment_id = store.create_experiment(f"at {given}", given)
        stored = stored.format(id=experiment_id)
        assert store.get_experiment(experiment_id).artifact_location == stored
        run_id = run_in(store, experiment_id).info.run_id
        base, mark, query = stored.partition("?")
        assert store.get_run(run_id).info.artifact_uri == f"{base}/{run_id}/artifacts{mark}{query}"
    for wrong in ("runs:/x/y", "models:/x", "s3://" + "x" * 2048):
        with pytest.raises(InvalidParameterValue):
            store.create_experiment("wrong", wrong)


def test_local_artifact_root(root: Path, tmp_path: Path) -> None:
    store = FileStore(str(root), str(tmp_path / "art"))
    run = run_in(store)
    assert run.info.artifact_uri == f"{tmp_path}/art/0/{run.info.run_id}/artifacts"
    assert store.get_run(run.info.run_id).info == run.info


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_moved_folder(form: str, tmp_path: Path) -> None:
    old, new = tmp_path / "old" / "mlruns", tmp_path / "new"
    store = FileStore(form.format(old))
    experiment_id = store.create_experiment("e")
    with_artifacts, without = (run_in(store, experiment_id).info.run_id for _ in range(2))
    (old / experiment_id / with_artifacts / "artifacts" / "model.bin").write_text("x")
    (tmp_path / "old").rename(new)
    moved = FileStore(form.format(new / "mlruns"))
    base = form.format(new / "mlruns")
    for run_id in (with_artifacts, without):
        assert moved.get_run(run_id).info.artifact_uri == f"{base}/{experiment_id}/{run_id}/artifacts"
    assert moved.get_experiment(experiment_id).artifact_location == f"{base}/{experiment_id}"
    later = run_in(moved, experiment_id)
    assert later.info.artifact_uri == f"{base}/{experiment_id}/{later.info.run_id}/artifacts"


def test_artifacts_of_a_deleted_experiment(store: FileStore, root: Path) -> None:
    experiment_id = store.create_experiment("e")
    run = run_in(store, experiment_id)
    (root / experiment_id / run.info.run_id / "artifacts" / "a").write_text("x")
    store.delete_experiment(experiment_id)
    own = f"{root}/.trash/{experiment_id}/{run.info.run_id}/artifacts"
    assert store.get_run(run.info.run_id).info.artifact_uri == own
    store.restore_experiment(experiment_id)
    assert store.get_run(run.info.run_id).info.artifact_uri == run.info.artifact_uri


def test_purging_keeps_artifacts(store: FileStore, root: Path) -> None:
    experiment_id = store.create_experiment("e")
    kept, gone = (run_in(store, experiment_id).info.run_id for _ in range(2))
    (root / experiment_id / kept / "artifacts" / "a").write_text("x")
    store.delete_experiment(experiment_id)
    store.purge_run(gone)
    store.purge_experiment(experiment_id)
    left = [path.relative_to(root / ".trash") for path in (root / ".trash").rglob("*") if path.is_file()]
    assert left == [Path(experiment_id, kept, "artifacts", "a")]
    with pytest.raises(ResourceDoesNotExist):
        store.get_run(kept)
    with pytest.raises(ResourceDoesNotExist):
        store.get_experiment(experiment_id)
