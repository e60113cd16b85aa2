"""Deaths, full and read-only disks, and links: nothing acknowledged is lost, nothing half done is seen."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pegboard import settings
from pegboard.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunInfo,
    RunTag,
    ViewType,
)
from pegboard.errors import PermissionDenied, ResourceAlreadyExists, ResourceDoesNotExist, StorageFull
from pegboard_file.store import FileStore

STEPS = ("open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.truncate")


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Do something in a child that is killed before its n-th step on the file system; tell whether it was."""
    child = os.fork()
    if child == 0:
        left = [step]

        def count(event: str, _: object) -> None:
            if event in STEPS:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            action()
        except BaseException:
            os._exit(3)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"the action failed before step {step}"
    return os.WIFSIGNALED(status)


def kill_at_each_step(
    root: Path, action: Callable[[FileStore], object], check: Callable[[FileStore], None]
) -> None:
    """Kill the action before its first step, its second and so on, and check the store after each death."""
    step = 1
    while killed_at(step, lambda: action(FileStore(str(root)))):
        check(FileStore(str(root)))
        step += 1
    assert step > 3, "the action took no steps"
    check(FileStore(str(root)))


def names(store: FileStore) -> list[str]:
    return sorted(experiment.name for experiment in store.search_experiments(ViewType.ALL))


def runs(store: FileStore, experiment_id: str = "0") -> list[Run]:
    return store.search_runs([experiment_id], run_view_type=ViewType.ALL).to_list()


def test_killed_first_use(root: Path) -> None:
    def check(store: FileStore) -> None:
        assert names(store) == ["Default"]
        shutil.rmtree(root)

    kill_at_each_step(root, lambda store: store.search_experiments(), check)


def test_killed_creation_of_an_experiment(root: Path) -> None:
    tags = [ExperimentTag("t", "1"), ExperimentTag("a/b", "2")]

    def check(store: FileStore) -> None:
        found = store.get_experiment_by_name("e")
        assert found is None or found.tags == {"t": "1", "a/b": "2"}
        if found is None:
            store.create_experiment("e", tags=tags)
        with pytest.raises(ResourceAlreadyExists):
            store.create_experiment("e")
        assert names(store) == ["Default", "e"]
        shutil.rmtree(root)

    kill_at_each_step(root, lambda store: store.create_experiment("e", None, tags), check)


def test_killed_renaming(root: Path) -> None:
    experiment_id = FileStore(str(root)).create_experiment("old")

    def check(store: FileStore) -> None:
        assert names(store) in (["Default", "old"], ["Default", "new"])
        store.rename_experiment(experiment_id, "old")

    kill_at_each_step(root, lambda store: store.rename_experiment(experiment_id, "new"), check)


def test_killed_creation_of_a_run(root: Path) -> None:
    FileStore(str(root)).search_experiments()
    tags = [RunTag("t", "1"), RunTag("a/b", "2")]

    def check(store: FileStore) -> None:
        for run in runs(store):
            assert run.data.tags == {"t": "1", "a/b": "2", "mlflow.runName": "r"}
            store.log_metric(run.info.run_id, Metric("m", 1.0, 1))

    kill_at_each_step(root, lambda store: store.create_run("0", "me", 1, tags, "r"), check)


def test_killed_import(root: Path) -> None:
    FileStore(str(root)).search_experiments()
    info = RunInfo("r1", "0", "me", "FINISHED", 1, 2, LifecycleStage.ACTIVE, run_name="r")
    points = [Metric(f"m{i % 3}", 1.0, 1, i) for i in range(300)]

    def check(store: FileStore) -> None:
        found = runs(store)
        if found:
            assert [run.info.run_id for run in found] == ["r1"]
        else:
            with pytest.raises(ResourceDoesNotExist):
                store.get_run("r1")
            with suppress(ResourceAlreadyExists):
                store.import_run(Run(info), points)
        assert len(store.get_metric_history("r1", "m2")) == 100
        shutil.rmtree(root / "0" / "r1")

    kill_at_each_step(root, lambda store: store.import_run(Run(info), points), check)


def test_killed_deletion_and_restoring(root: Path) -> None:
    store = FileStore(str(root))
    experiment_id = store.create_experiment("e")
    active = {store.create_run(experiment_id, "me", i, [], None).info.run_id for i in range(3)}
    deleted = store.create_run(experiment_id, "me", 9, [], None).info.run_id
    store.delete_run(deleted)

    def check(store: FileStore) -> None:
        stage = store.get_experiment(experiment_id).lifecycle_stage
        found = {run.info.run_id: run.info.lifecycle_stage for run in runs(store, experiment_id)}
        if stage == LifecycleStage.DELETED:
            assert set(found.values()) == {LifecycleStage.DELETED}
            store.restore_experiment(experiment_id)
            found = {run.info.run_id: run.info.lifecycle_stage for run in runs(store, experiment_id)}
        assert {run_id for run_id, stage in found.items() if stage == LifecycleStage.ACTIVE} == active
        assert deleted in found

    kill_at_each_step(root, lambda store: store.delete_experiment(experiment_id), check)

    def restore(store: FileStore) -> None:
        store.delete_experiment(experiment_id)
        store.restore_experiment(experiment_id)

    kill_at_each_step(root, restore, check)


def test_killed_batch_and_inputs(root: Path) -> None:
    store = FileStore(str(root))
    run_id = store.create_run("0", "me", 1, [], "r").info.run_id
    store.set_tag(run_id, RunTag("t", "old"))
    use = DatasetInput(Dataset("n", "d", "local", "{}"))

    def action(store: FileStore) -> None:
        points = [Metric("m", float(i), 1, i) for i in range(100)]
        tags = [RunTag("t", "new"), RunTag("mlflow.runName", "s")]
        store.log_batch(run_id, points, [Param("p", "1"), Param("a/b", "2")], tags)
        store.log_inputs(run_id, [use])

    def check(store: FileStore) -> None:
        run = store.get_run(run_id)
        assert run.data.tags["t"] in ("old", "new")
        assert len(store.get_metric_history(run_id, "m")) in (0, 100)
        assert set(run.data.params.items()) <= {("p", "1"), ("a/b", "2")}
        assert run.inputs.dataset_inputs in ([], [use])

    kill_at_each_step(root, action, check)
    run = FileStore(str(root)).get_run(run_id)
    assert (run.info.run_name, run.data.params) == ("s", {"p": "1", "a/b": "2"})


def test_killed_while_it_writes(root: Path) -> None:
    """What a process has acknowledged before it dies is there."""
    run_id = FileStore(str(root)).create_run("0", "me", 1, [], None).info.run_id
    program = (
        "import sys, itertools\n"
        "from pegboard.entities import Metric, Param\n"
        "from pegboard_file.store import FileStore\n"
        "store = FileStore(sys.argv[1])\n"
        "for i in itertools.count():\n"
        "    store.log_metric(sys.argv[2], Metric('m', float(i), i, i))\n"
        "    points = [Metric(f'k{j}', float(i), i, i) for j in range(5)]\n"
        "    store.log_batch(sys.argv[2], points, [Param(f'p{i}', 'v')])\n"
        "    print(i, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(root), run_id], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(50)]
        writer.kill()
    store = FileStore(str(root))
    assert [m.step for m in store.get_metric_history(run_id, "m")][:50] == acknowledged
    run = store.get_run(run_id)
    assert {f"p{i}" for i in acknowledged} <= set(run.data.params)
    for j in range(5):
        assert len(store.get_metric_history(run_id, f"k{j}")) >= 50
    store.log_metric(run_id, Metric("m", 0.0, 0, -1))
    assert store.get_metric_history(run_id, "m")[0].step == -1


def all_files(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_full_disk(small_disk: Path) -> None:
    root = small_disk / "mlruns"
    store = FileStore(str(root))
    run_id = store.create_run("0", "me", 1, [], "r").info.run_id
    store.log_batch(run_id, [Metric("m", 1.0, 1, 0)], [Param("p", "1")], [RunTag("t", "old")])
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"x" * 512)
    before = all_files(root)
    points = [Metric("m", float(i), 2, i) for i in range(999)]
    calls: list[Callable[[], object]] = [
        lambda: store.log_batch(run_id, points, [], [RunTag("t", "new")]),
        lambda: store.log_batch(run_id, [Metric("new", 1.0, 1, 0)], [Param("q", "1")]),
        lambda: store.log_batch(run_id, [], [], [RunTag("t", "new")]),
        lambda: store.create_experiment("e"),
        lambda: store.rename_experiment("0", "e"),
        lambda: store.create_run("0", "me", 1, [], "r"),
        lambda: store.update_run_info(run_id, 3, 5, "new name"),
        lambda: store.log_inputs(run_id, [DatasetInput(Dataset("n", "d", "local", "{}"))]),
    ]
    for call in calls:
        with pytest.raises(StorageFull, match=str(root)):
            call()
        assert all_files(root) == before
    with pytest.raises(StorageFull, match=str(root)):
        for i in range(10_000):
            store.log_metric(run_id, Metric("m", 1.0, 3, i))
    filler.unlink()
    store.log_batch(run_id, points, [], [RunTag("t", "new")])
    assert store.get_run(run_id).data.tags["t"] == "new"
    assert len(store.get_metric_history(run_id, "m")) >= 999


def test_write_that_is_cut_short(store: FileStore, root: Path) -> None:
    run_id = store.create_run("0", "me", 1, [], None).info.run_id
    store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    file = root / "0" / run_id / "metrics" / "m"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    points = [Metric("m", 1.0, 1, i) for i in range(1, 100)]
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 20, limits[1]))
        with pytest.raises(StorageFull, match=str(file)):
            store.log_batch(run_id, points, [Param("p", "1")])
        with pytest.raises(StorageFull, match="metrics/new"):
            store.log_batch(run_id, [Metric("new", 1.0, 1, i) for i in range(100)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == b"1 1.0 0\n"
    assert store.get_run(run_id).data.params == {}
    assert not (file.parent / "new").exists()
    store.log_batch(run_id, points)
    assert len(store.get_metric_history(run_id, "m")) == 100


def test_read_only_disk(small_disk: Path) -> None:
    root = small_disk / "mlruns"
    writer = FileStore(str(root))
    run_id = writer.create_run("0", "me", 1, [], "r").info.run_id
    writer.log_batch(run_id, [Metric("m", 1.0, 1, 0)], [Param("p", "1")])
    (small_disk / "empty").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    store = FileStore(str(root))
    assert names(store) == ["Default"]
    assert store.search_runs(["0"], "metrics.m = 1")[0].info.run_id == run_id
    assert len(store.get_metric_history(run_id, "m")) == 1
    assert FileStore(str(small_disk / "empty")).search_experiments() == []
    calls: list[Callable[[], object]] = [
        lambda: store.log_metric(run_id, Metric("m", 2.0, 2, 1)),
        lambda: writer.log_metric(run_id, Metric("m", 2.0, 2, 1)),
        lambda: store.log_param(run_id, Param("q", "1")),
        lambda: store.set_tag(run_id, RunTag("t", "1")),
        lambda: store.delete_tag(run_id, "mlflow.runName"),
        lambda: store.create_experiment("e"),
        lambda: store.create_run("0", "me", 1, [], None),
        lambda: store.delete_run(run_id),
        lambda: FileStore(str(small_disk / "new")).search_experiments(),
    ]
    for call in calls:
        with pytest.raises(PermissionDenied, match=str(small_disk)):
            call()


def test_full_durability(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.DURABILITY.variable, "full")
    store = FileStore(str(root))
    experiment_id = store.create_experiment("e", tags=[ExperimentTag("t", "1")])
    run_id = store.create_run(experiment_id, "me", 1, [], "r").info.run_id
    store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    store.log_batch(run_id, [Metric("a/b", 1.0, 1, 0)], [Param("c/d", "1")], [RunTag("e/f", "1")])
    store.log_inputs(run_id, [DatasetInput(Dataset("n", "d", "local", "{}"))])
    store.rename_experiment(experiment_id, "f")
    store.delete_experiment(experiment_id)
    store.restore_experiment(experiment_id)
    run = store.get_run(run_id)
    assert (run.data.metrics, run.data.params) == ({"m": 1.0, "a/b": 1.0}, {"c/d": "1"})


@pytest.mark.parametrize(
    "name", ["", "metrics", "params", "tags", "metrics/m", "params/p", "tags/t", "metrics/a"]
)
def test_links_that_leave_the_root(name: str, store: FileStore, root: Path, tmp_path: Path) -> None:
    run_id = store.create_run("0", "me", 1, [], "r").info.run_id
    points = [Metric("m", 1.0, 1, 0), Metric("a/b", 1.0, 1, 0)]
    store.log_batch(run_id, points, [Param("p", "1")], [RunTag("t", "1")])
    inside, outside = root / "0" / run_id / name, tmp_path / "outside"
    inside.rename(outside)
    inside.symlink_to(outside)
    before = all_files(outside) or outside.read_bytes()
    store = FileStore(str(root))
    with pytest.raises(PermissionDenied, match=str(inside).rstrip("/")):
        store.log_batch(
            run_id, [Metric(m.key, 2.0, 2, 1) for m in points], [Param("p", "1")], [RunTag("t", "2")]
        )
    assert (all_files(outside) or outside.read_bytes()) == before


def test_experiment_behind_a_link(store: FileStore, root: Path, tmp_path: Path) -> None:
    experiment_id = store.create_experiment("e")
    run_id = store.create_run(experiment_id, "me", 1, [], "r").info.run_id
    (root / experiment_id).rename(tmp_path / "outside")
    (root / experiment_id).symlink_to(tmp_path / "outside")
    assert store.get_run(run_id).info.run_name == "r"
    calls: list[Callable[[], object]] = [
        lambda: store.create_run(experiment_id, "me", 1, [], None),
        lambda: store.set_experiment_tag(experiment_id, ExperimentTag("t", "1")),
        lambda: store.rename_experiment(experiment_id, "f"),
        lambda: store.delete_experiment(experiment_id),
        lambda: FileStore(str(root)).log_metric(run_id, Metric("m", 1.0, 1)),
        lambda: store.delete_run(run_id),
    ]
    for call in calls:
        with pytest.raises(PermissionDenied, match=experiment_id):
            call()
