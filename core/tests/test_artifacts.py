"""The module `artifacts`: listing, downloading and loading by URI and by run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

import pegboard
from pegboard import PegboardClient, artifacts
from pegboard.errors import (
    InvalidParameterValue,
    NoSuchProvider,
    PegboardException,
    ResourceDoesNotExist,
    Unsupported,
)


@pytest.fixture
def logged(client: PegboardClient, run_id: str) -> str:
    client.log_text(run_id, "text é\r\n", "a.txt")
    client.log_text(run_id, "deep", "d/e/f.txt")
    client.log_dict(run_id, {"k": [1]}, "d/data.json")
    client.log_image(run_id, numpy.zeros((2, 3)), "i.png")
    return run_id


def test_listing_by_run_and_by_uri(logged: str, client: PegboardClient) -> None:
    for found in (
        artifacts.list_artifacts(run_id=logged),
        artifacts.list_artifacts(f"runs:/{logged}"),
        client.list_artifacts(logged),
    ):
        assert [(entry.path, entry.is_dir) for entry in found] == [
            ("a.txt", False), ("d", True), ("i.png", False),
        ]  # fmt: skip
        assert (found[0].file_size, found[1].file_size) == (9, None)
    for found in (
        artifacts.list_artifacts(run_id=logged, artifact_path="d"),
        artifacts.list_artifacts(f"runs:/{logged}/d"),
        artifacts.list_artifacts(f"runs:/{logged}/d/"),
    ):
        assert [entry.path for entry in found] == ["d/data.json", "d/e"]


def test_listing_what_has_no_entries(logged: str, client: PegboardClient) -> None:
    assert artifacts.list_artifacts(run_id=logged, artifact_path="a.txt") == []
    assert artifacts.list_artifacts(run_id=logged, artifact_path="missing") == []
    assert client.list_artifacts(client.create_run("0").info.run_id) == []


def test_listing_by_the_uri_of_the_place(logged: str) -> None:
    root = pegboard.get_run(logged).info.artifact_uri
    assert [entry.path for entry in artifacts.list_artifacts(f"{root}/d")] == ["d/data.json", "d/e"]
    assert artifacts.load_text(f"{root}/a.txt") == "text é\r\n"


def test_downloading_into_a_folder(logged: str, tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder"
    path = artifacts.download_artifacts(run_id=logged, artifact_path="d/e/f.txt", dst_path=str(target))
    assert Path(path).read_text() == "deep"
    assert Path(path).is_relative_to(target)
    path = artifacts.download_artifacts(f"runs:/{logged}/d", dst_path=str(target))
    assert (Path(path) / "e" / "f.txt").read_text() == "deep"
    whole = Path(artifacts.download_artifacts(run_id=logged, dst_path=str(tmp_path / "all")))
    assert (whole / "a.txt").read_bytes() == "text é\r\n".encode()
    assert (whole / "d" / "e" / "f.txt").read_text() == "deep"


def test_what_is_downloaded_lies_under_its_last_name(
    logged: str, client: PegboardClient, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    for download in (
        lambda path: client.download_artifacts(logged, path, str(target)),
        lambda path: artifacts.download_artifacts(run_id=logged, artifact_path=path, dst_path=str(target)),
        lambda path: artifacts.download_artifacts(f"runs:/{logged}/{path}", dst_path=str(target)),
    ):
        assert download("d/e/f.txt") == str(target / "f.txt")
        assert download("d/e") == str(target / "e")
        assert download("d/e/") == str(target / "e")
        assert download("a.txt") == str(target / "a.txt")
        assert sorted(str(path.relative_to(target)) for path in target.rglob("*")) == [
            "a.txt", "e", "e/f.txt", "f.txt",
        ]  # fmt: skip


def test_a_place_that_is_taken_by_another_kind(logged: str, client: PegboardClient, tmp_path: Path) -> None:
    target = tmp_path / "target"
    (target / "f.txt").mkdir(parents=True)
    (target / "e").write_text("mine")
    for path in ("d/e/f.txt", "d/e"):
        with pytest.raises(PegboardException, match=str(target)):
            client.download_artifacts(logged, path, str(target))
    with pytest.raises(PegboardException, match="missing"):
        client.download_artifacts(logged, "d/e", str(tmp_path / "missing"))
    assert (target / "e").read_text() == "mine"
    assert sorted(path.name for path in target.iterdir()) == ["e", "f.txt"]


def test_downloading_without_a_folder_gives_a_path_to_read(logged: str) -> None:
    path = artifacts.download_artifacts(f"runs:/{logged}/a.txt")
    assert Path(path).is_absolute()
    assert Path(path).read_bytes() == "text é\r\n".encode()
    assert (Path(artifacts.download_artifacts(run_id=logged)) / "d" / "data.json").is_file()


def test_a_run_is_found_at_the_given_uri(logged: str, root: Path, tmp_path: Path) -> None:
    pegboard.set_tracking_uri(str(tmp_path / "elsewhere"))
    assert len(artifacts.list_artifacts(run_id=logged, tracking_uri=str(root))) == 3
    path = artifacts.download_artifacts(run_id=logged, artifact_path="a.txt", tracking_uri=str(root))
    assert Path(path).is_file()
    with pytest.raises(ResourceDoesNotExist):
        artifacts.list_artifacts(run_id=logged)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"artifact_uri": "runs:/a/b", "run_id": "a"}, {"artifact_uri": "runs:/a", "artifact_path": "b"}],
)
def test_a_uri_or_a_run(arguments: dict[str, str]) -> None:
    for call in (artifacts.list_artifacts, artifacts.download_artifacts):
        with pytest.raises(InvalidParameterValue):
            call(**arguments)


@pytest.mark.parametrize("uri", ["runs:", "runs:/", "runs:/a b/x", "", "/", "file:///", "file:"])
def test_uris_that_name_nothing(uri: str) -> None:
    for call in (artifacts.list_artifacts, artifacts.download_artifacts):
        with pytest.raises(InvalidParameterValue):
            call(uri)


def test_what_is_not_there(logged: str, tmp_path: Path) -> None:
    for uri in (
        f"runs:/{logged}/missing",
        f"runs:/{logged}/a.txt/below",
        f"runs:/{'0' * 32}/a.txt",
        str(tmp_path / "missing.txt"),
        (tmp_path / "missing" / "x.txt").as_uri(),
    ):
        with pytest.raises(ResourceDoesNotExist):
            artifacts.download_artifacts(uri)
        with pytest.raises(ResourceDoesNotExist):
            artifacts.load_text(uri)


def test_uris_that_nobody_serves(logged: str) -> None:
    with pytest.raises(NoSuchProvider, match="'foo'"):
        artifacts.download_artifacts("foo://bucket/x")
    with pytest.raises(Unsupported, match="registry"):
        artifacts.download_artifacts("models:/m/1")


def test_a_place_outside_of_runs(tmp_path: Path) -> None:
    folder = tmp_path / "some é folder"
    folder.mkdir()
    (folder / "plain.txt").write_text("plain")
    (folder / "with space.txt").write_text("space")
    (folder / "100%25.txt").write_text("percent")
    assert artifacts.load_text(str(folder / "plain.txt")) == "plain"
    for name, text in (("plain.txt", "plain"), ("with space.txt", "space"), ("100%25.txt", "percent")):
        assert artifacts.load_text((folder / name).as_uri()) == text
        assert artifacts.load_text(str(folder / name)) == text
    assert len(artifacts.list_artifacts(folder.as_uri())) == 3
    assert artifacts.load_text("some é folder/plain.txt") == "plain"


# Loading


def test_loading(logged: str) -> None:
    assert artifacts.load_text(f"runs:/{logged}/a.txt") == "text é\r\n"
    assert artifacts.load_dict(f"runs:/{logged}/d/data.json") == {"k": [1]}
    assert artifacts.load_image(f"runs:/{logged}/i.png").size == (3, 2)


def test_loading_what_is_of_another_kind(logged: str, client: PegboardClient, tmp_path: Path) -> None:
    (tmp_path / "b.bin").write_bytes(b"\xff\xfe\x00")
    client.log_artifact(logged, str(tmp_path / "b.bin"))
    for load, name in (
        (artifacts.load_text, "b.bin"),
        (artifacts.load_text, "d"),
        (artifacts.load_dict, "a.txt"),
        (artifacts.load_dict, "b.bin"),
        (artifacts.load_image, "a.txt"),
        (artifacts.load_image, "d"),
    ):
        with pytest.raises(PegboardException, match=name) as caught:
            load(f"runs:/{logged}/{name}")
        assert caught.value.error_code == "BAD_REQUEST"


def test_the_uri_of_an_artifact(root: Path) -> None:
    with pegboard.start_run() as run:
        assert pegboard.get_artifact_uri() == run.info.artifact_uri
        assert pegboard.get_artifact_uri("a/b c.txt") == f"{run.info.artifact_uri}/a/b c.txt"
        assert pegboard.get_artifact_uri("a/") == f"{run.info.artifact_uri}/a"


@pytest.mark.parametrize("form", ["plain", "uri"])
def test_a_store_in_a_folder_with_odd_letters(form: str, tmp_path: Path) -> None:
    folder: Any = tmp_path / "runs é %20 #?"
    client = PegboardClient(str(folder) if form == "plain" else folder.as_uri())
    run = client.create_run("0")
    client.log_text(run.info.run_id, "x", "a b.txt")
    assert [entry.path for entry in client.list_artifacts(run.info.run_id)] == ["a b.txt"]
    assert artifacts.load_text(f"{run.info.artifact_uri}/a b.txt") == "x"
    assert (folder / "0" / run.info.run_id / "artifacts" / "a b.txt").is_file()
