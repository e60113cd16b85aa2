"""Texts, dictionaries, figures and local files as artifacts."""

from __future__ import annotations

import datetime
import enum
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest
import yaml

import pegboard
from pegboard import PegboardClient
from pegboard.errors import InvalidParameterValue, MissingDependency


@pytest.fixture
def read(client: PegboardClient, run_id: str):
    def read(path: str) -> bytes:
        return Path(client.download_artifacts(run_id, path)).read_bytes()

    return read


def paths(client: PegboardClient, run_id: str, folder: str | None = None) -> list[str]:
    found = []
    for entry in client.list_artifacts(run_id, folder):
        found += paths(client, run_id, entry.path) if entry.is_dir else [entry.path]
    return found


# Texts


@pytest.mark.parametrize("text", ["", "é\r\n日本\n\ttab", "a\0b", "x" * 100_000])
def test_a_text_comes_back_equal(text: str, client: PegboardClient, run_id: str, read: Any) -> None:
    client.log_text(run_id, text, "a/b.txt")
    assert read("a/b.txt").decode() == text


@pytest.mark.parametrize("text", [None, 5, b"bytes", "\ud800"], ids=repr)
def test_what_is_no_text_is_refused(text: Any, client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="text"):
        client.log_text(run_id, text, "a.txt")
    assert paths(client, run_id) == []


def test_a_later_text_replaces_the_earlier(client: PegboardClient, run_id: str, read: Any) -> None:
    client.log_text(run_id, "a long first text", "a.txt")
    client.log_text(run_id, "short", "a.txt")
    assert read("a.txt") == b"short"


# Dictionaries


def test_json_is_indented_in_the_given_order(client: PegboardClient, run_id: str, read: Any) -> None:
    client.log_dict(run_id, {"b": [1, {"x": None}], "a": "é"}, "d.json")
    assert read("d.json").decode() == json.dumps({"b": [1, {"x": None}], "a": "é"}, indent=2)
    client.log_dict(run_id, ["a", 1], "no-extension")
    assert json.loads(read("no-extension")) == ["a", 1]


@pytest.mark.parametrize("name", ["d.yaml", "d.yml"])
def test_yaml_is_for_its_extensions(name: str, client: PegboardClient, run_id: str, read: Any) -> None:
    client.log_dict(run_id, {"b": [1, 2], "a": {"c": "é", "n": numpy.float32(0.5)}}, name)
    assert yaml.safe_load(read(name)) == {"a": {"c": "é", "n": 0.5}, "b": [1, 2]}
    assert b"a:" in read(name).splitlines()  # block style, sorted: the mapping opens on a line of its own


class Colour(str, enum.Enum):  # noqa: UP042 (the form that people have)
    RED = "red"


@pytest.mark.parametrize("name", ["d.yaml", "d.json"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [(numpy.float64(1.5), 1.5), (numpy.str_("x"), "x"), (numpy.bool_(True), True), (numpy.int64(7), 7),
     (Colour.RED, "red"), (enum.IntEnum("Number", "ONE").ONE, 1), (numpy.array([0.5]), [0.5]),
     ((1, 2), [1, 2])],
    ids=repr,
)  # fmt: skip
def test_values_that_are_of_a_derived_type(
    value: Any, expected: Any, name: str, client: PegboardClient, run_id: str, read: Any
) -> None:
    client.log_dict(run_id, {"k": value}, name)
    assert yaml.safe_load(read(name)) == {"k": expected}


def test_keys_that_are_no_text(client: PegboardClient, run_id: str, read: Any) -> None:
    client.log_dict(run_id, {1: "a", None: "b", "c": 2}, "d.yaml")
    assert yaml.safe_load(read("d.yaml")) == {1: "a", None: "b", "c": 2}


def test_an_extension_in_capitals_is_json(client: PegboardClient, run_id: str, read: Any) -> None:
    client.log_dict(run_id, {"a": 1}, "d.YML")
    assert json.loads(read("d.YML")) == {"a": 1}


def test_values_that_json_lacks(client: PegboardClient, run_id: str, read: Any) -> None:
    values = {
        "array": numpy.arange(3), "scalar": numpy.float32(1.5), "int": numpy.int64(7),
        "time": datetime.datetime(2024, 1, 2), "path": Path("a/b"), "set": {1}, 5: "key",
    }  # fmt: skip
    client.log_dict(run_id, values, "d.json")
    assert json.loads(read("d.json")) == {
        "array": [0, 1, 2], "scalar": 1.5, "int": 7, "time": "2024-01-02T00:00:00", "path": "a/b",
        "set": "{1}", "5": "key",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["d.json", "d.yaml"])
def test_what_cannot_be_written_leaves_nothing(name: str, client: PegboardClient, run_id: str) -> None:
    circle: dict[str, Any] = {}
    circle["self"] = circle
    for value in (circle, {(1, 2): 3}):
        with pytest.raises(InvalidParameterValue, match=name):
            client.log_dict(run_id, value, name)
    assert paths(client, run_id) == []


# Figures


def test_a_matplotlib_figure(client: PegboardClient, run_id: str, read: Any) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, _ = pyplot.subplots(figsize=(1, 1))
    client.log_figure(run_id, figure, "plots/f.png", save_kwargs={"dpi": 50})
    client.log_figure(run_id, figure, "f.svg")
    import PIL.Image

    assert PIL.Image.open(io.BytesIO(read("plots/f.png"))).size == (50, 50)
    assert b"<svg" in read("f.svg")
    for name in ("f.nope", "f"):
        with pytest.raises(InvalidParameterValue, match=f"'{name}'"):
            client.log_figure(run_id, figure, name)
    pyplot.close(figure)
    assert sorted(paths(client, run_id)) == ["f.svg", "plots/f.png"]


def test_a_plotly_figure(client: PegboardClient, run_id: str, read: Any) -> None:
    graph_objects = pytest.importorskip("plotly.graph_objects")
    figure = graph_objects.Figure(graph_objects.Bar(x=["here it is"], y=[1]))
    client.log_figure(run_id, figure, "f.html")
    assert b"here it is" in read("f.html")
    assert len(read("f.html")) < 100_000  # the library is linked, not within
    client.log_figure(run_id, figure, "whole.html", save_kwargs={"include_plotlyjs": True})
    assert len(read("whole.html")) > 1_000_000
    with pytest.raises(InvalidParameterValue, match=r"\.html"):
        client.log_figure(run_id, figure, "f.json")


def test_a_plotly_picture_needs_kaleido(
    client: PegboardClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph_objects = pytest.importorskip("plotly.graph_objects")
    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(MissingDependency, match="kaleido"):
        client.log_figure(run_id, graph_objects.Figure(), "f.png")
    assert paths(client, run_id) == []


@pytest.mark.parametrize("figure", [None, "f", 5, {}], ids=repr)
def test_what_is_no_figure_is_refused(figure: Any, client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="figure"):
        client.log_figure(run_id, figure, "f.png")


# Local files and folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "to log"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / ".hidden").write_text("h")
    (folder / "deep" / "er" / "b.bin").write_bytes(bytes(range(256)))
    return folder


def test_a_file_goes_under_its_own_name(client: PegboardClient, run_id: str, folder: Path) -> None:
    client.log_artifact(run_id, str(folder / "a.txt"))
    client.log_artifact(run_id, folder / "a.txt", Path("x") / "y")  # type: ignore[arg-type]
    client.log_artifact(run_id, str(folder / "a.txt"), "")
    assert paths(client, run_id) == ["a.txt", "x/y/a.txt"]


def test_a_folder_goes_under_its_own_name(client: PegboardClient, run_id: str, folder: Path) -> None:
    client.log_artifact(run_id, f"{folder}/", "x")
    assert sorted(paths(client, run_id)) == ["x/to log/.hidden", "x/to log/a.txt", "x/to log/deep/er/b.bin"]


def test_the_content_of_a_folder(client: PegboardClient, run_id: str, folder: Path, read: Any) -> None:
    client.log_artifacts(run_id, str(folder))
    client.log_artifacts(run_id, str(folder), "x")
    one = [".hidden", "a.txt", "deep/er/b.bin"]
    assert sorted(paths(client, run_id)) == sorted([*one, *(f"x/{name}" for name in one)])
    assert read("deep/er/b.bin") == bytes(range(256))


def test_what_is_not_there_is_refused(client: PegboardClient, run_id: str, folder: Path) -> None:
    for call in (
        lambda: client.log_artifact(run_id, str(folder / "missing")),
        lambda: client.log_artifacts(run_id, str(folder / "missing")),
        lambda: client.log_artifacts(run_id, str(folder / "a.txt")),
    ):
        with pytest.raises(InvalidParameterValue, match=r"missing|a\.txt"):
            call()
    assert paths(client, run_id) == []


def test_the_fluent_calls(root: Path, folder: Path) -> None:
    with pegboard.start_run() as run:
        pegboard.log_artifact(str(folder / "a.txt"), "one")
        pegboard.log_artifacts(str(folder), "all")
        pegboard.log_text("t", "t.txt")
        pegboard.log_dict({"a": 1}, "d.json")
    assert sorted(paths(PegboardClient(), run.info.run_id)) == [
        "all/.hidden", "all/a.txt", "all/deep/er/b.bin", "d.json", "one/a.txt", "t.txt",
    ]  # fmt: skip


def test_a_deleted_run_takes_no_artifacts(client: PegboardClient, run_id: str, folder: Path) -> None:
    client.log_text(run_id, "kept", "kept.txt")
    client.delete_run(run_id)
    for call in (
        lambda: client.log_text(run_id, "x", "x.txt"),
        lambda: client.log_dict(run_id, {}, "x.json"),
        lambda: client.log_artifact(run_id, str(folder / "a.txt")),
        lambda: client.log_artifacts(run_id, str(folder)),
        lambda: client.log_image(run_id, numpy.zeros((2, 2)), key="k"),
        lambda: client.log_table(run_id, {"a": [1]}, "t.json"),
    ):
        with pytest.raises(InvalidParameterValue, match="deleted"):
            call()
    assert paths(client, run_id) == ["kept.txt"]
