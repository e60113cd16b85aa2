"""Torn lines are tolerated, damaged files reported with their path and never removed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pegboard.entities import Metric, Param, RunTag, ViewType
from pegboard.errors import PegboardException, StorageDamaged
from pegboard_file.store import FileStore


@pytest.fixture
def run_id(store: FileStore) -> str:
    return store.create_run("0", "me", 1, [], "a-run").info.run_id


def points(store: FileStore, run_id: str) -> list[tuple[int, float, int]]:
    return [(m.timestamp, m.value, m.step) for m in store.get_metric_history(run_id, "m")]


@pytest.mark.parametrize("torn", [b"1", b"179526", b"17952 ", b"17952 1.", b"17952 -in", b"17952 1e-0"])
def test_torn_last_line(torn: bytes, store: FileStore, root: Path, run_id: str) -> None:
    store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    file = root / "0" / run_id / "metrics" / "m"
    file.write_bytes(file.read_bytes() + torn)
    assert points(store, run_id) == [(1, 1.0, 0)]
    assert store.get_run(run_id).data.metrics == {"m": 1.0}
    store.log_metric(run_id, Metric("m", 2.0, 2, 1))
    store.log_batch(run_id, [Metric("m", 3.0, 3, 2)])
    assert file.read_bytes() == b"1 1.0 0\n" + torn + b"\n2 2.0 1\n3 3.0 2\n"
    assert points(store, run_id) == [(1, 1.0, 0), (2, 2.0, 1), (3, 3.0, 2)]
    assert store.get_run(run_id).data.metrics == {"m": 3.0}


def test_last_line_without_line_feed(store: FileStore, root: Path, run_id: str) -> None:
    file = root / "0" / run_id / "metrics" / "m"
    file.write_bytes(b"1 1.0 0\n2 2.0 1")
    assert points(store, run_id) == [(1, 1.0, 0), (2, 2.0, 1)]
    store.log_metric(run_id, Metric("m", 3.0, 3, 2))
    assert points(store, run_id) == [(1, 1.0, 0), (2, 2.0, 1), (3, 3.0, 2)]


def test_odd_lines_of_mlflow(store: FileStore, root: Path, run_id: str) -> None:
    file = root / "0" / run_id / "metrics" / "m"
    file.write_bytes(
        b"\n1 1.0 0 data d1\r\n2  2.0 1 my data d2\n3 NaN 2\n4 Infinity 3 \n5.0 5 4.0\n6 6.0 5\n6 6.0 5\n"
    )
    history = store.get_metric_history(run_id, "m")
    assert [m.step for m in history] == [0, 1, 2, 3, 4, 5]
    assert [(m.dataset_name, m.dataset_digest) for m in history[:3]] == [
        ("data", "d1"),
        ("my data", "d2"),
        (None, None),
    ]
    assert math.isnan(history[2].value)
    file.write_bytes(b"1 1.0\n2 2.0\n")
    assert points(store, run_id) == [(1, 1.0, 0), (2, 2.0, 0)]


def test_dataset_that_a_line_cannot_hold(store: FileStore, root: Path, run_id: str) -> None:
    store.log_metric(run_id, Metric("m", 1.0, 1, 0, None, "my data", "d"))
    assert (root / "0" / run_id / "metrics" / "m").read_bytes() == b"1 1.0 0\n"


def test_empty_metric_file(store: FileStore, root: Path, run_id: str) -> None:
    (root / "0" / run_id / "metrics" / "m").write_bytes(b"")
    assert points(store, run_id) == []
    assert store.get_run(run_id).data.metrics == {}


DAMAGES = {
    "meta.yaml": [b"", b"a: [", b"\xff", b"run_id: other\n", b"status: 9\n"],
    "params/p": [b"\xff\xfe"],
    "tags/t": [b"\x80"],
    "metrics/m": [b"garbage\n", b"1 2.0 x\n", b"\x00\x01\x02\n"],
}


@pytest.mark.parametrize(
    ("name", "content"), [(name, content) for name, contents in DAMAGES.items() for content in contents]
)
def test_damaged_run(
    name: str, content: bytes, store: FileStore, root: Path, run_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = store.create_run("0", "me", 2, [], "b-run").info.run_id
    store.log_batch(run_id, [Metric("m", 1.0, 1, 0)], [Param("p", "1")], [RunTag("t", "1")])
    file = root / "0" / run_id / name
    if content == b"status: 9\n":
        content = file.read_bytes().replace(b"status: 1", b"status: 9")
    file.write_bytes(content)
    with pytest.raises(StorageDamaged, match=str(file)):
        store.get_run(run_id)
    assert [run.info.run_id for run in store.search_runs(["0"], run_view_type=ViewType.ALL)] == [other]
    assert str(file) in caplog.text
    assert file.read_bytes() == content


def test_run_without_meta(
    store: FileStore, root: Path, run_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "0" / run_id / "meta.yaml").unlink()
    with pytest.raises(StorageDamaged, match=run_id):
        store.get_run(run_id)
    with pytest.raises(StorageDamaged, match=run_id):
        store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    assert store.search_runs(["0"]) == []
    assert run_id in caplog.text


def test_missing_folders_of_a_run(store: FileStore, root: Path, run_id: str) -> None:
    for name in ("metrics", "params", "artifacts"):
        (root / "0" / run_id / name).rmdir()
    assert store.get_run(run_id).data.params == {}
    store.log_batch(run_id, [Metric("a/b", 1.0, 1)], [Param("p", "1")])
    assert store.get_run(run_id).data.params == {"p": "1"}


@pytest.mark.parametrize(
    "content", [b"", b"a: [", b"name: x\nexperiment_id: '12'\n", b"experiment_id: '{}'\n", None]
)
def test_damaged_experiment(
    content: bytes | None, store: FileStore, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    experiment_id = store.create_experiment("e")
    store.create_run(experiment_id, "me", 1, [], None)
    file = root / experiment_id / "meta.yaml"
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content.replace(b"{}", experiment_id.encode()))
    with pytest.raises(StorageDamaged, match=experiment_id):
        store.get_experiment(experiment_id)
    with pytest.raises(StorageDamaged, match=experiment_id):
        store.create_run(experiment_id, "me", 1, [], None)
    assert [experiment.name for experiment in store.search_experiments()] == ["Default"]
    assert experiment_id in caplog.text
    store.create_experiment("f")


def test_files_that_are_no_keys(store: FileStore, root: Path, run_id: str) -> None:
    store.log_batch(run_id, params=[Param("p", "1")])
    (root / "0" / run_id / "params" / "p~!").write_bytes(b"\xff")
    (root / "0" / run_id / "params" / "loop").symlink_to(".")
    assert store.get_run(run_id).data.params == {"p": "1"}


def test_missing_dataset(store: FileStore, root: Path, run_id: str) -> None:
    folder = root / "0" / run_id / "inputs" / "x"
    folder.mkdir(parents=True)
    (folder / "meta.yaml").write_text("source_id: gone\nsource_type: DATASET\ntags: {}\n")
    assert store.get_run(run_id).inputs.dataset_inputs == []
    (folder / "meta.yaml").write_text("source_id: ../../x\nsource_type: DATASET\ntags: {}\n")
    with pytest.raises(PegboardException, match=str(folder)):
        store.get_run(run_id)
