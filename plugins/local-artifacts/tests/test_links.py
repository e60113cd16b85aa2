"""Links: within the repository they may lead anywhere in it and nowhere else; in what is logged, anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pegboard.errors import InvalidParameterValue
from pegboard_local_artifacts.repository import LocalArtifactRepository

SECRET = "not an artifact"


@pytest.fixture
def outside(tmp_path: Path, root: Path) -> Path:
    """A folder outside of the root, to which a folder link and a file link lead."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text(SECRET)
    (root / "models").mkdir(parents=True)
    (root / "models" / "weights").write_text("1")
    (root / "models" / "out").symlink_to(folder)
    (root / "models" / "secret").symlink_to("../../outside/secret")
    return folder


CALLS: dict[str, Callable[[LocalArtifactRepository, Path], object]] = {
    "log a file": lambda repository, file: repository.log_artifact(str(file), "models/out"),
    "log a file deeper": lambda repository, file: repository.log_artifact(str(file), "models/out/new"),
    "log a folder": lambda repository, file: repository.log_artifacts(str(file.parent), "models/out"),
    "list": lambda repository, _: repository.list_artifacts("models/out"),
    "is a folder": lambda repository, _: repository.is_directory("models/out"),
    "download a file": lambda repository, file: repository.download_file("models/secret", f"{file}.copy"),
    "download below": lambda repository, file: repository.download_file("models/out/secret", f"{file}.copy"),
    "in place": lambda repository, _: repository.download_artifacts("models/out/secret"),
    "download a folder": lambda repository, file: repository.download_artifacts(
        "models/out", str(file.parent)
    ),
    "delete a link": lambda repository, _: repository.delete_artifacts("models/secret"),
    "delete below": lambda repository, _: repository.delete_artifacts("models/out/secret"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_path_through_a_link_out_of_the_root_is_refused(
    repository: LocalArtifactRepository,
    outside: Path,
    source: Path,
    call: Callable[[LocalArtifactRepository, Path], object],
) -> None:
    (source / "file").write_text("new")
    with pytest.raises(InvalidParameterValue, match="out of the artifact repository"):
        call(repository, source / "file")
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"secret": SECRET}
    assert [path.name for path in source.iterdir()] == ["file"]


def test_a_logged_folder_does_not_enter_a_link_out_of_the_root(
    repository: LocalArtifactRepository, outside: Path, source: Path
) -> None:
    (source / "out").mkdir()
    (source / "out" / "secret").write_text("overwritten")
    with pytest.raises(InvalidParameterValue, match="out of the artifact repository"):
        repository.log_artifacts(str(source), "models")
    assert (outside / "secret").read_text() == SECRET


def test_links_out_of_the_root_are_not_listed_or_downloaded_with_their_folder(
    repository: LocalArtifactRepository, outside: Path, tmp_path: Path
) -> None:
    assert [info.path for info in repository.list_artifacts("models")] == ["models/weights"]
    (tmp_path / "to").mkdir()
    folder = Path(repository.download_artifacts("models", str(tmp_path / "to")))
    assert [path.name for path in folder.iterdir()] == ["weights"]


def test_a_logged_file_replaces_a_link_and_not_what_it_leads_to(
    repository: LocalArtifactRepository, outside: Path, source: Path
) -> None:
    (source / "secret").write_text("new")
    repository.log_artifact(str(source / "secret"), "models")
    assert (outside / "secret").read_text() == SECRET
    assert Path(repository.download_artifacts("models/secret")).read_text() == "new"


def test_a_folder_does_not_replace_a_broken_link(
    repository: LocalArtifactRepository, root: Path, source: Path
) -> None:
    root.mkdir()
    (root / "link").symlink_to("nowhere")
    (source / "link").mkdir()
    (source / "link" / "a").write_text("1")
    with pytest.raises(InvalidParameterValue, match="link'"):
        repository.log_artifacts(str(source))
    assert [path.name for path in root.iterdir()] == ["link"]


def test_deleting_a_folder_leaves_what_links_in_it_lead_to(
    repository: LocalArtifactRepository, root: Path, outside: Path
) -> None:
    repository.delete_artifacts("models")
    assert (outside / "secret").read_text() == SECRET
    assert list(root.iterdir()) == []


def test_links_within_the_root_are_followed(
    repository: LocalArtifactRepository, root: Path, source: Path, tmp_path: Path
) -> None:
    (root / "v1").mkdir(parents=True)
    (root / "latest").symlink_to("v1")
    (source / "model").write_text("1")
    repository.log_artifact(str(source / "model"), "latest")
    repository.log_artifacts(str(source), "latest/copy")
    assert (root / "v1" / "copy" / "model").read_text() == "1"
    assert [info.path for info in repository.list_artifacts("latest")] == ["latest/copy", "latest/model"]
    (tmp_path / "to").mkdir()
    repository.download_artifacts(None, str(tmp_path / "to"))
    assert (tmp_path / "to" / "latest" / "copy" / "model").read_text() == "1"
    repository.delete_artifacts("latest")
    assert (root / "v1" / "model").exists()
    assert not repository.is_directory("latest")


def test_a_root_that_is_a_link_is_a_root(tmp_path: Path, source: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")
    (source / "a").write_text("1")
    LocalArtifactRepository(str(tmp_path / "link")).log_artifacts(str(source), "x")
    assert (tmp_path / "disk" / "x" / "a").read_text() == "1"


def test_a_link_that_leads_to_itself_is_not_there(repository: LocalArtifactRepository, root: Path) -> None:
    root.mkdir()
    (root / "loop").symlink_to("loop")
    assert repository.list_artifacts() == []
    assert repository.list_artifacts("loop") == []
    repository.delete_artifacts("loop")
    assert not (root / "loop").is_symlink()


def test_logged_links_are_followed(repository: LocalArtifactRepository, source: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "big").write_text("big")
    (source / "folder").symlink_to(tmp_path / "data")
    (source / "file").symlink_to(tmp_path / "data" / "big")
    repository.log_artifacts(str(source))
    repository.log_artifact(str(source / "file"), "single")
    for path in ("folder/big", "file", "single/file"):
        place = Path(repository.download_artifacts(path))
        assert not place.is_symlink()
        assert place.read_text() == "big"


@pytest.mark.parametrize("shape", ["itself", "above", "each other", "twice and twice"])
def test_circles_of_links_are_refused_before_anything_is_written(
    repository: LocalArtifactRepository, root: Path, source: Path, shape: str
) -> None:
    (source / "a").mkdir()
    (source / "b").mkdir()
    if shape == "itself":
        (source / "a" / "self").symlink_to(".")
    elif shape == "above":
        (source / "a" / "up").symlink_to("..")
    elif shape == "each other":
        (source / "a" / "b").symlink_to("../b")
        (source / "b" / "a").symlink_to("../a")
    else:  # no circle, but 2 ** 40 paths
        for level in range(40):
            (source / f"l{level}").mkdir()
            (source / f"l{level}" / "x").symlink_to(f"../l{level + 1}")
            (source / f"l{level}" / "y").symlink_to(f"../l{level + 1}")
        (source / "l40").mkdir()
    with pytest.raises(InvalidParameterValue, match="leads back"):
        repository.log_artifacts(str(source))
    assert not root.exists()
