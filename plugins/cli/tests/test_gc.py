"""`pegboard gc`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pegboard import PegboardClient
from pegboard.entities import ViewType
from pegboard_cli.gc import _milliseconds

EVERYTHING = ViewType.ALL


def all_runs(client: PegboardClient) -> set[str]:
    found = client.search_experiments(EVERYTHING)
    ids = [experiment.experiment_id for experiment in found]
    return {run.info.run_id for run in client.search_runs(ids, run_view_type=EVERYTHING)}


@pytest.fixture
def runs(client: PegboardClient, place: Path) -> dict[str, str]:
    """Runs with an artifact each: active, deleted, and one in a deleted experiment, whose id is `gone`."""
    gone = client.create_experiment("gone", str(place / "elsewhere"))
    ids = {"gone": gone}
    for name, experiment in (("active", "0"), ("deleted", "0"), ("within", gone)):
        ids[name] = client.create_run(experiment, run_name=name).info.run_id
        client.log_text(ids[name], "x", "x.txt")
    client.delete_run(ids["deleted"])
    client.delete_experiment(gone)
    return ids


def artifact(client: PegboardClient, run_id: str) -> Path:
    return Path(client.get_run(run_id).info.artifact_uri.removeprefix("file://")) / "x.txt"


def test_nothing_is_removed_without_the_flag(run, client, runs) -> None:
    result = run("gc")
    assert result.code == 2
    assert "--yes" in result.err
    assert "would be removed" in run("gc", "--dry-run", "--yes").out
    assert {runs["active"], runs["deleted"], runs["within"]} <= all_runs(client)


def test_everything_deleted_goes_and_artifacts_stay(program, client, runs) -> None:
    kept = [artifact(client, runs[name]) for name in ("active", "deleted", "within")]
    result = program("gc", "--yes")
    assert (result.code, result.err) == (0, "")
    assert {tuple(line.split()) for line in result.out.splitlines()[1:]} == {
        ("run", runs["deleted"], "deleted", "removed"),
        ("run", runs["within"], "within", "removed"),
        ("experiment", runs["gone"], "gone", "removed"),
    }
    assert all_runs(client) == {runs["active"]}
    assert client.search_experiments(ViewType.DELETED_ONLY) == []
    assert all(path.exists() for path in kept)
    again = program("gc", "--yes")
    assert (again.code, again.out, again.err) == (0, "", "Nothing to remove.\n")


def test_artifacts_go_when_asked(run, client, runs) -> None:
    kept = artifact(client, runs["active"])
    removed = [artifact(client, runs[name]) for name in ("deleted", "within")]
    assert run("gc", "--yes", "--artifacts").code == 0
    assert kept.exists()
    assert not any(path.exists() for path in removed)


def test_artifacts_within_the_store_go_with_their_experiment(run, client, place) -> None:
    experiment = client.create_experiment("one")
    client.log_text(client.create_run(experiment).info.run_id, "x", "x.txt")
    client.delete_experiment(experiment)
    assert run("gc", "--yes", "--artifacts").code == 0
    assert not list(place.rglob("x.txt"))


def test_a_damaged_run_goes_only_without_its_artifacts(run, client, runs, place) -> None:
    (tag,) = place.rglob(f"{runs['within']}/tags/mlflow.runName")
    tag.write_bytes(b"\xff")
    result = run("gc", "--yes", "--artifacts", "--format", "json")
    assert result.code == 1
    assert {row["id"]: row["result"] for row in json.loads(result.out)} == {
        runs["deleted"]: "removed",
        runs["within"]: "not removed",
        runs["gone"]: "not removed",
    }
    assert (place / "elsewhere" / runs["within"] / "artifacts" / "x.txt").exists()
    assert run("gc", "--yes").code == 0
    assert client.search_experiments(ViewType.DELETED_ONLY) == []


def test_only_the_runs_that_are_named(run, client, runs) -> None:
    result = run("gc", "--yes", "--run-ids", f"{runs['deleted']},", "--format", "json")
    (row,) = json.loads(result.out)
    assert (row["kind"], row["id"], row["experiment_id"]) == ("run", runs["deleted"], "0")
    assert (row["result"], row["problem"]) == ("removed", None)
    assert all_runs(client) == {runs["active"], runs["within"]}


def test_only_the_experiments_that_are_named_with_their_runs(run, client, runs) -> None:
    result = run("gc", "--yes", "--experiment-ids", runs["gone"], "--format", "csv")
    assert [line.split(",")[1] for line in result.out.splitlines()[1:]] == [runs["within"], runs["gone"]]
    assert all_runs(client) == {runs["active"], runs["deleted"]}


def test_a_wrong_id_removes_nothing(run, client, runs) -> None:
    before = all_runs(client)
    for wrong in (runs["active"], "0" * 32, "../x"):
        result = run("gc", "--yes", "--run-ids", f"{runs['deleted']},{wrong}")
        assert result.code == 1
        assert wrong in result.err
    assert run("gc", "--yes", "--experiment-ids", f"{runs['gone']},0").code == 1
    assert run("gc", "--yes", "--experiment-ids", "77").code == 1
    assert run("gc", "--yes", "--older-than", "1d", "--run-ids", runs["deleted"]).code == 1
    assert all_runs(client) == before


def test_an_empty_list_of_ids_is_not_everything(run, client, runs) -> None:
    for option in ("--run-ids", "--experiment-ids"):
        for empty in ("", " , "):
            assert run("gc", "--yes", option, empty).code == 2
    assert runs["deleted"] in all_runs(client)


def test_older_than(run, client, runs) -> None:
    assert run("gc", "--yes", "--older-than", "1h").err == "Nothing to remove.\n"
    assert run("gc", "--yes", "--older-than", "0.0s").code == 0
    assert all_runs(client) == {runs["active"]}


def test_durations() -> None:
    def parsed(text: str) -> int:
        return _milliseconds(None, None, text)  # type: ignore[arg-type]

    assert parsed("1d2h3m4s") == 93_784_000
    assert parsed("1.5h") == 5_400_000
    assert parsed("0.0015s") == 1
    assert parsed("9" * 400 + "d") > 10**400


@pytest.mark.parametrize("text", ["", "1", "d", "1x", "2h1d", "-1d", "1 d", "1,5h", "nan", "1e3s", "١d"])
def test_what_is_no_duration_is_wrong_usage(run, text: str) -> None:
    assert run("gc", "--dry-run", f"--older-than={text}").code == 2


def test_the_store_by_option(program, client, runs) -> None:
    nowhere = {"PEGBOARD_TRACKING_URI": "nowhere://x"}
    assert program("gc", "--dry-run", **nowhere).code == 1
    for option in ("--backend-store-uri", "--tracking-uri"):
        assert runs["deleted"] in program("gc", "--dry-run", option, "./mlruns", **nowhere).out
    assert program("gc", "--dry-run", "--tracking-uri", "").code == 2
    assert program("gc", "--dry-run", "--tracking-uri", "a", "--backend-store-uri", "b").code == 2


def test_artifacts_at_a_place_that_may_be_shared_are_left_with_their_run(run, client, runs, place) -> None:
    meta = next(place.glob(f"mlruns/0/{runs['deleted']}/meta.yaml"))
    shared = place / "shared"
    shared.mkdir()
    (shared / "of-others.txt").touch()
    lines = meta.read_text().splitlines()
    lines = [f"artifact_uri: {shared}" if line.startswith("artifact_uri:") else line for line in lines]
    meta.write_text("\n".join(lines) + "\n")
    for mode in ("--dry-run", "--yes"):
        result = run("gc", mode, "--artifacts")
        assert result.code == 1
        assert str(shared) in result.err
    assert (shared / "of-others.txt").exists()
    assert all_runs(client) == {runs["active"], runs["deleted"]}
    assert run("gc", "--yes").code == 0


PLUGIN = """
from pegboard import hookimpl
from pegboard.contracts import ArtifactRepository, TrackingStore

@hookimpl
def tracking_store(uri):
    from pegboard_file.store import FileStore

    class WithoutPurge(FileStore):
        capabilities = FileStore.capabilities - {"purge"}
        deleted_runs = TrackingStore.deleted_runs
        deleted_experiments = TrackingStore.deleted_experiments

    return WithoutPurge(uri.removeprefix("other:"))

@hookimpl
def artifact_repository(uri):
    from pegboard_local_artifacts.repository import LocalArtifactRepository

    class WithoutDelete(LocalArtifactRepository):
        capabilities = frozenset()
        delete_artifacts = ArtifactRepository.delete_artifacts

    return WithoutDelete(uri.removeprefix("other:"))
"""


@pytest.fixture
def with_plugin(place: Path) -> dict[str, str]:
    """The environment with a plugin whose scheme `other` lacks the capabilities."""
    folder = place / "path" / "other-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[pegboard.tracking_store]\nother = other\n[pegboard.artifact_repository]\nother = other\n"
    )
    (place / "path" / "other.py").write_text(PLUGIN)
    return {"PYTHONPATH": str(place / "path")}


def test_a_store_that_cannot_purge_says_so(program, place, runs, with_plugin) -> None:
    result = program("gc", "--yes", "--backend-store-uri", f"other:{place / 'mlruns'}", **with_plugin)
    assert (result.code, result.out) == (1, "")
    assert "'purge'" in result.err
    assert result.err.count("\n") == 1


def test_artifacts_that_cannot_be_deleted_keep_their_run_and_its_experiment(
    program, client, place, with_plugin
) -> None:
    experiment = client.create_experiment("other", f"other:{place / 'artifacts'}")
    run_id = client.create_run(experiment).info.run_id
    client.delete_experiment(experiment)
    plain = client.create_run("0").info.run_id
    client.delete_run(plain)
    result = program("gc", "--yes", "--artifacts", "--format", "json", **with_plugin)
    assert result.code == 1
    assert "'delete'" in result.err
    assert {row["id"]: row["result"] for row in json.loads(result.out)} == {
        run_id: "not removed",
        plain: "removed",
        experiment: "not removed",
    }
    assert all_runs(client) == {run_id}
