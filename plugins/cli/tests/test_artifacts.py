"""`pegboard artifacts ...`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pegboard import PegboardClient


@pytest.fixture
def run_id(client: PegboardClient, place: Path) -> str:
    """A run without artifacts; the folder `up` holds some to upload."""
    (place / "up" / "sub").mkdir(parents=True)
    (place / "up" / "a.txt").write_text("one")
    (place / "up" / "sub" / "b.txt").write_text("two!")
    return client.create_run("0").info.run_id


def test_upload_list_and_download(program, run_id: str, place: Path) -> None:
    assert program("artifacts", "log-artifact", "-l", "up/a.txt", "-r", run_id).out == ""
    result = program("artifacts", "log-artifacts", "-l", "up", "-r", run_id, "-a", "in")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert program("artifacts", "list", "-r", run_id).out == "PATH   FILE SIZE\na.txt  3\nin/\n"
    assert json.loads(program("artifacts", "list", "-r", run_id, "-a", "in", "--format", "json").out) == [
        {"path": "in/a.txt", "is_dir": False, "file_size": 3},
        {"path": "in/sub", "is_dir": True, "file_size": None},
    ]
    result = program("artifacts", "download", "-r", run_id, "-a", "in", "-d", "new/deep")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{place / 'new/deep/in'}\n"
    assert (place / "new/deep/in/sub/b.txt").read_text() == "two!"


def test_download_by_uri_and_of_everything(run, run_id: str, client: PegboardClient) -> None:
    client.log_text(run_id, "hello", "dir/x.txt")
    path = Path(run("artifacts", "download", "-u", f"runs:/{run_id}/dir/x.txt").out.rstrip("\n"))
    assert path.read_text() == "hello"
    everything = Path(run("artifacts", "download", "--run-id", run_id, "--dst-path", "all").out.rstrip("\n"))
    assert (everything / "dir" / "x.txt").read_text() == "hello"


@pytest.mark.parametrize(
    "options",
    [(), ("-r", "x", "-u", "y"), ("-u", "y", "-a", "z"), ("-r", "x", "-d", "file")],
)
def test_download_wrongly_used(run, place: Path, options: tuple[str, ...]) -> None:
    (place / "file").touch()
    assert run("artifacts", "download", *options).code == 2


@pytest.mark.parametrize("option", ["-l", "--local-file"])
@pytest.mark.parametrize("local", ["none", "up"])
def test_log_artifact_takes_a_file(run, run_id: str, option: str, local: str) -> None:
    assert run("artifacts", "log-artifact", option, local, "-r", run_id).code == 2


def test_log_artifacts_takes_a_folder(run, run_id: str) -> None:
    assert run("artifacts", "log-artifacts", "-l", "up/a.txt", "-r", run_id).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("log-artifact", "-l", "up/a.txt", "-r", "0" * 32),
        ("log-artifact", "-l", "up/a.txt", "-r", "RUN", "-a", "../x"),
        ("log-artifacts", "-l", "up", "-r", "RUN", "-a", "/x"),
        ("list", "-r", "0" * 32),
        ("list", "-r", "RUN", "-a", ".."),
        ("download", "-r", "RUN", "-a", "none"),
        ("download", "-r", "RUN", "-d", "up/a.txt/below"),
        ("download", "-u", "nowhere://x/y"),
        ("download", "-u", "models:/m/1"),
    ],
)
def test_what_does_not_work_is_one_line_and_code_1(run, run_id: str, arguments: tuple[str, ...]) -> None:
    result = run("artifacts", *(run_id if part == "RUN" else part for part in arguments))
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Error: ")
    assert result.err.count("\n") == 1


def test_an_empty_folder_has_no_artifacts(run, run_id: str) -> None:
    result = run("artifacts", "list", "-r", run_id)
    assert (result.code, result.out, result.err) == (0, "", "No artifacts there.\n")
