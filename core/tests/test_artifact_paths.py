"""Paths that attack: each call that stores an artifact refuses them, and nothing is written anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pegboard
from pegboard import PegboardClient, artifacts
from pegboard.errors import InvalidParameterValue, PegboardException
from pegboard.validation import check_artifact_path

ATTACKS = [
    "/etc/x",
    "//etc/x",
    "..",
    "../x",
    "a/../../x",
    "a/../b",
    "a/..",
    "%2e%2e/x",
    "%2E%2e%2Fx",
    "%252e%252e/x",
    "a/%2e%2e/x",
    "%2fetc/x",
    "..\\x",
    "a\\b",
    "a%5cb",
    "\\\\host\\x",
    "C:/x",
    "c:\\x",
    "a\0b",
    "a%00b",
    ".pegboard-x",
    "a/.pegboard-x/b",
    "%2epegboard-x/b",
    "a/%2e/b",
]


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def calls(client: PegboardClient, run_id: str, local: Path, path: str) -> dict[str, Callable[[], Any]]:
    image, table = PIL.Image.new("L", (2, 2)), {"a": [1]}
    return {
        "log_text": lambda: client.log_text(run_id, "x", path),
        "log_text in a folder": lambda: client.log_text(run_id, "x", f"{path}/x.txt"),
        "log_dict": lambda: client.log_dict(run_id, {}, f"{path}/d.json"),
        "log_image": lambda: client.log_image(run_id, image, f"{path}/i.png"),
        "log_table": lambda: client.log_table(run_id, table, f"{path}/t.json"),
        "log_table of images": lambda: client.log_table(run_id, {"i": [image]}, f"{path}/t.json"),
        "log_artifact": lambda: client.log_artifact(run_id, str(local / "f.txt"), path),
        "log_artifact of a folder": lambda: client.log_artifact(run_id, str(local), path),
        "log_artifacts": lambda: client.log_artifacts(run_id, str(local), path),
        "fluent log_text": lambda: pegboard.log_text("x", f"{path}/x.txt", run_id=run_id),
    }


@pytest.mark.parametrize("path", ATTACKS)
def test_no_call_writes_there(path: str, client: PegboardClient, run_id: str, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.mkdir()
    (local / "f.txt").write_text("f")
    client.log_text(run_id, "kept", "kept.txt")
    before = everything(tmp_path)
    for name, call in calls(client, run_id, local, path).items():
        with pytest.raises(InvalidParameterValue):
            call()
        assert everything(tmp_path) == before, name


def test_a_figure_does_not_write_there_either(client: PegboardClient, run_id: str, tmp_path: Path) -> None:
    class Figure:
        def savefig(self, path: str) -> None:
            Path(path).write_text("figure")

    client.log_figure(run_id, Figure(), "fine.png")
    before = everything(tmp_path)
    for path in ATTACKS:
        with pytest.raises(InvalidParameterValue):
            client.log_figure(run_id, Figure(), f"{path}/f.png")
    assert everything(tmp_path) == before


@pytest.mark.parametrize("path", ATTACKS)
def test_nothing_is_read_there(path: str, client: PegboardClient, run_id: str) -> None:
    client.log_text(run_id, "x", "x.txt")
    for call in (
        lambda: client.list_artifacts(run_id, path),
        lambda: client.download_artifacts(run_id, path),
        lambda: artifacts.download_artifacts(run_id=run_id, artifact_path=path),
        lambda: artifacts.list_artifacts(run_id=run_id, artifact_path=path),
        lambda: artifacts.load_text(f"runs:/{run_id}/{path}"),
    ):
        with pytest.raises(PegboardException):
            call()
    with pegboard.start_run(), pytest.raises(InvalidParameterValue):
        pegboard.get_artifact_uri(path)


@pytest.mark.parametrize("path", ["", ".", "./", None, 5, b"a"], ids=repr)
def test_a_file_needs_a_name(path: Any, client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue):
        client.log_text(run_id, "x", path)
    with pytest.raises(InvalidParameterValue):
        client.log_image(run_id, numpy.zeros((2, 2)), path) if path is not None else client.log_dict(
            run_id, {}, path
        )
    assert client.list_artifacts(run_id) == []


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        *(("./a.txt", "a.txt"), ("a//b.txt", "a/b.txt"), ("a/./b.txt", "a/b.txt"), ("dir/", "dir")),
        *((name, name) for name in ("..a.txt", "a..b/c.txt", "...", "é 日本.txt", "100%.txt", "a%20b.txt")),
        *((name, name) for name in ("~/x.txt", "#h?.txt", "a+b=c&d.txt", "-", "a b/ c .txt")),
    ],
)
def test_odd_names_are_names(path: str, stored: str, client: PegboardClient, run_id: str) -> None:
    client.log_text(run_id, "content", path)
    assert Path(client.download_artifacts(run_id, stored)).read_text() == "content"
    assert artifacts.load_text(f"runs:/{run_id}/{stored}") == "content"
    with pegboard.start_run(run_id=run_id):
        assert artifacts.load_text(pegboard.get_artifact_uri(stored)) == "content"


def test_a_path_may_be_a_path_object(client: PegboardClient, run_id: str) -> None:
    client.log_text(run_id, "x", Path("a") / "b.txt")  # type: ignore[arg-type]
    assert [entry.path for entry in client.list_artifacts(run_id, "a")] == ["a/b.txt"]


def test_a_link_within_the_artifacts_leads_nowhere(
    client: PegboardClient, run_id: str, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    client.log_text(run_id, "x", "x.txt")
    place = client.get_run(run_id).info.artifact_uri
    os.symlink(outside, f"{place}/link")
    with pytest.raises(PegboardException):
        client.log_text(run_id, "x", "link/x.txt")
    assert list(outside.iterdir()) == []


@given(st.text(alphabet="ab./\\%25eEfFcC0: -~", max_size=12))
def test_a_path_that_passes_stays_inside_however_often_it_is_decoded(path: str) -> None:
    from urllib.parse import unquote

    try:
        checked = check_artifact_path(path)
    except InvalidParameterValue:
        return
    for _ in range(4):
        assert not checked.startswith("/")
        assert "\\" not in checked
        assert not {"..", "."} & set(checked.split("/"))
        inside = os.path.normpath(os.path.join("/root", checked))
        assert inside == "/root" or inside.startswith("/root/")
        checked = unquote(checked)
