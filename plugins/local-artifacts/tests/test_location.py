"""Paths and `file:` URIs as locations."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pegboard.errors import InvalidParameterValue
from pegboard_local_artifacts.location import folder_of
from pegboard_local_artifacts.repository import LocalArtifactRepository


@pytest.mark.parametrize(
    ("location", "folder"),
    [
        ("/data/a", "/data/a"),
        ("/data//a/", "/data/a"),
        ("/data/100%25 ä", "/data/100%25 ä"),
        ("/data/a?b#c", "/data/a?b#c"),
        ("file:///data/a", "/data/a"),
        ("FILE:///data/a", "/data/a"),
        ("file:/data/a", "/data/a"),
        ("file://localhost/data/a", "/data/a"),
        ("file:///data/a%20b%3Fc%23d%25", "/data/a b?c#d%"),
        ("file:///data/a b", "/data/a b"),
        ("file:///data/%C3%A4/ä", "/data/ä/ä"),
        ("file:///data/100%zz", "/data/100%zz"),
        ("file:///", "/"),
    ],
)
def test_absolute(location: str, folder: str) -> None:
    assert folder_of(location) == folder


@pytest.mark.parametrize(
    ("location", "below"),
    [
        ("a b", "a b"),
        ("./a", "a"),
        ("file:a/b", "a/b"),
        ("file:./a%20b", "a b"),
        ("file:~/a", "~/a"),
        (".", ""),
    ],
)
def test_relative_to_the_working_directory(
    location: str, below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert folder_of(location) == str(tmp_path / below)


def test_climbing_through_a_link_means_what_the_system_means(tmp_path: Path) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to("far/away")
    assert folder_of(f"{tmp_path}/link/../a") == str(tmp_path / "far" / "a")


def test_a_working_directory_that_changes_moves_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "file").write_text("x")
    monkeypatch.chdir(tmp_path)
    repository = LocalArtifactRepository("file:artifacts")
    monkeypatch.chdir("elsewhere")
    repository.log_artifact(str(tmp_path / "file"))
    assert os.listdir(tmp_path / "artifacts") == ["file"]


@pytest.mark.parametrize(
    "location",
    [
        "file://host/a",
        "file:///a?b=c",
        "file:///a#b",
        "file:",
        "file://",
        "file://localhost",
        "",
        "file:///a%00b",
    ],
)
def test_refused(location: str) -> None:
    with pytest.raises(InvalidParameterValue):
        folder_of(location)
