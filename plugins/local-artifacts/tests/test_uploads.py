"""What is logged: names, kinds of entries, conflicts, and what comes with a folder."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from pegboard.errors import InvalidParameterValue
from pegboard.validation import RESERVED_PREFIX
from pegboard_local_artifacts.repository import LocalArtifactRepository


def content(folder: Path) -> dict[str, str | None]:
    """All entries below a folder, hidden ones included, with the text of files."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_text()
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("name", ["a\\b", f"{RESERVED_PREFIX}x", "%2e%2e%2fx", os.fsdecode(b"\xff")])
def test_a_name_that_no_artifact_may_have_is_refused_before_anything_is_written(
    repository: LocalArtifactRepository, root: Path, source: Path, name: str
) -> None:
    (source / "a").write_text("1")
    (source / "z").mkdir()
    (source / "z" / name).write_text("1")
    with pytest.raises(InvalidParameterValue):
        repository.log_artifacts(str(source))
    with pytest.raises(InvalidParameterValue):
        repository.log_artifact(str(source / "z" / name))
    assert not root.exists()


@pytest.mark.parametrize(
    "name", ["a b", "ä日本", "new\nline", "100%", "a%2Fb", "~", "-", "*", "x" * 255, "C:x"]
)
def test_unusual_names_come_back(
    repository: LocalArtifactRepository, source: Path, tmp_path: Path, name: str
) -> None:
    (source / name).write_text(name)
    repository.log_artifact(str(source / name), "single")
    repository.log_artifacts(str(source), "folder")
    listed = [info.path for folder in ("single", "folder") for info in repository.list_artifacts(folder)]
    assert listed == [f"single/{name}", f"folder/{name}"]
    (tmp_path / "to").mkdir()
    assert content(Path(repository.download_artifacts("folder", str(tmp_path / "to")))) == {name: name}


def test_folders_that_could_not_be_deleted_are_not_made(
    repository: LocalArtifactRepository, root: Path, source: Path
) -> None:
    deep = source / "/".join("x" * 200)
    deep.mkdir(parents=True)
    (deep / "file").write_text("1")
    repository.log_artifacts(str(source), "/".join("y" * 49))
    with pytest.raises(InvalidParameterValue, match="251 parts"):
        repository.log_artifacts(str(source), "/".join("y" * 50))
    with pytest.raises(InvalidParameterValue, match="1500 parts"):
        repository.log_artifact(str(deep / "file"), "/".join("z" * 1500))
    repository.delete_artifacts("y")
    assert os.listdir(root) == []


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "broken link"])
def test_what_is_neither_file_nor_folder_is_refused_before_anything_is_written(
    repository: LocalArtifactRepository, root: Path, source: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "a").write_text("1")
    special = source / "z"
    if kind == "pipe":
        os.mkfifo(special)
    elif kind == "socket":
        monkeypatch.chdir(source)  # the path of a socket may have about 100 characters
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("z")
    else:
        special.symlink_to("/dev/null" if kind == "device" else "nowhere")
    with pytest.raises(InvalidParameterValue, match="z'"):
        repository.log_artifacts(str(source))
    with pytest.raises(InvalidParameterValue, match="z'"):
        repository.log_artifact(str(special))
    assert not root.exists()


def test_a_pipe_among_artifacts_is_none(
    repository: LocalArtifactRepository, root: Path, tmp_path: Path
) -> None:
    root.mkdir()
    os.mkfifo(root / "pipe")
    assert repository.list_artifacts() == []
    (tmp_path / "to").mkdir()
    assert content(Path(repository.download_artifacts(None, str(tmp_path / "to")))) == {}


def test_a_file_does_not_replace_a_folder_nor_a_folder_a_file(
    repository: LocalArtifactRepository, root: Path, source: Path
) -> None:
    (root / "folder" / "inner").mkdir(parents=True)
    (root / "file").write_text("old")
    before = content(root)
    (source / "a").write_text("new")
    (source / "folder").mkdir()
    (source / "folder" / "inner").write_text("new")
    with pytest.raises(InvalidParameterValue, match="is a folder"):
        repository.log_artifacts(str(source))
    with pytest.raises(InvalidParameterValue, match="is a folder"):
        repository.log_artifact(str(source / "folder" / "inner"), "folder")
    with pytest.raises(InvalidParameterValue, match="is no folder"):
        repository.log_artifact(str(source / "a"), "file")
    with pytest.raises(InvalidParameterValue, match="is no folder"):
        repository.log_artifacts(str(source), "file/deeper")
    (source / "file").mkdir()
    (source / "folder" / "inner").unlink()
    with pytest.raises(InvalidParameterValue, match="is no folder"):
        repository.log_artifacts(str(source))
    assert content(root) == before


def test_a_root_that_is_not_there_yet_is_empty(
    repository: LocalArtifactRepository, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "to").mkdir()
    assert repository.download_artifacts(None, str(tmp_path / "to")) == str(tmp_path / "to")
    assert repository.download_artifacts() == str(root)
    assert os.listdir(root) == os.listdir(tmp_path / "to") == []


def test_a_folder_is_merged_into_what_is_there(
    repository: LocalArtifactRepository, root: Path, source: Path
) -> None:
    for path in ("kept", "both/kept", "both/replaced"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("old")
    for path in ("new", "both/replaced", "both/new", "only/deep/new"):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text("new")
    (source / "empty" / "emptier").mkdir(parents=True)
    repository.log_artifacts(str(source))
    assert content(root) == {
        "kept": "old",
        "new": "new",
        "both": None,
        "both/kept": "old",
        "both/replaced": "new",
        "both/new": "new",
        "only": None,
        "only/deep": None,
        "only/deep/new": "new",
        "empty": None,
        "empty/emptier": None,
    }


def test_a_folder_that_contains_the_repository_is_logged_without_it(source: Path) -> None:
    (source / "train.py").write_text("1")
    root = source / "mlruns" / "artifacts"
    root.mkdir(parents=True)
    repository = LocalArtifactRepository(str(root))
    expected = {"train.py": "1", "mlruns": None}
    for _ in range(2):
        repository.log_artifacts(str(source), "code")
        assert content(root / "code") == expected


def test_the_repository_can_be_logged_into_itself(repository: LocalArtifactRepository, root: Path) -> None:
    (root / "a").mkdir(parents=True)
    (root / "a" / "file").write_text("1")
    repository.log_artifacts(str(root), "a/copy")
    assert content(root / "a" / "copy") == {"a": None, "a/file": "1"}
    repository.log_artifact(str(root / "a" / "file"), "a")
    assert (root / "a" / "file").read_text() == "1"


def test_files_get_the_permissions_of_new_files(
    repository: LocalArtifactRepository, root: Path, source: Path
) -> None:
    (source / "a").write_text("1")
    (source / "a").chmod(0o700)
    before = os.umask(0o027)
    try:
        repository.log_artifact(str(source / "a"), "single")
        repository.log_artifacts(str(source), "folder")
    finally:
        os.umask(before)
    assert {(root / path).stat().st_mode & 0o777 for path in ("single/a", "folder/a")} == {0o640}
    assert {(root / path).stat().st_mode & 0o777 for path in ("single", "folder")} == {0o750}


def test_many_may_log_into_one_new_folder(
    repository: LocalArtifactRepository, root: Path, tmp_path: Path
) -> None:
    folders = [tmp_path / f"source{index}" for index in range(8)]
    for index, folder in enumerate(folders):
        (folder / "x").mkdir(parents=True)
        (folder / "x" / str(index)).write_text("1")
    for attempt in range(20):
        barrier = threading.Barrier(len(folders))

        def log(
            folder: Path, target: str = f"new{attempt}/deep", barrier: threading.Barrier = barrier
        ) -> None:
            barrier.wait()
            repository.log_artifacts(str(folder), target)

        threads = [threading.Thread(target=log, args=(folder,)) for folder in folders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert content(root / f"new{attempt}") == {
            "deep": None,
            "deep/x": None,
            **{f"deep/x/{index}": "1" for index in range(len(folders))},
        }


def test_with_full_durability_the_same_arrives(
    repository: LocalArtifactRepository, root: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEGBOARD_DURABILITY", "full")
    (source / "a").mkdir()
    (source / "a" / "b").write_text("1")
    repository.log_artifacts(str(source), "x/y")
    repository.log_artifact(str(source / "a" / "b"), "x/y/a")
    assert content(root) == {"x": None, "x/y": None, "x/y/a": None, "x/y/a/b": "1"}
