"""Images as artifacts: what is taken, how it is converted, under which names it is stored."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy
import PIL.Image
import pytest

import pegboard
from pegboard import PegboardClient
from pegboard.errors import InvalidParameterValue, PegboardException

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture
def stored(client: PegboardClient, run_id: str, tmp_path: Path):
    """Log an image as a file and give back what was stored."""

    def stored(image: Any, name: str = "image.png") -> PIL.Image.Image:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            client.log_image(run_id, image, name)
        return PIL.Image.open(client.download_artifacts(run_id, name))

    return stored


def pixels(image: Any) -> Any:
    return numpy.array(image).tolist()


# Arrays


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (numpy.array([[True, False]]), [[255, 0]]),
        (numpy.array([[0, 7, 255]]), [[0, 7, 255]]),
        (numpy.array([[-5, 300]]), [[0, 255]]),
        (numpy.array([[0, 200]], dtype="uint8"), [[0, 200]]),
        (numpy.array([[70000, 3]], dtype="uint32"), [[255, 3]]),
        (numpy.array([[0.0, 0.5, 1.0]]), [[0, 127, 255]]),
        (numpy.array([[-1.0, 2.0, 0.999]]), [[0, 255, 254]]),
        (numpy.array([[numpy.nan, numpy.inf, -numpy.inf]]), [[0, 255, 0]]),
        (numpy.array([[0.5]], dtype="float16"), [[127]]),
    ],
)
def test_values_become_8_bit_and_are_clipped(array: Any, expected: list[list[int]], stored: Any) -> None:
    image = stored(array)
    assert (image.mode, pixels(image)) == ("L", expected)


@pytest.mark.parametrize(
    ("shape", "mode"), [((2, 3), "L"), ((2, 3, 1), "L"), ((2, 3, 3), "RGB"), ((2, 3, 4), "RGBA")]
)
def test_channels_decide_the_mode(shape: tuple[int, ...], mode: str, stored: Any) -> None:
    array = numpy.arange(numpy.prod(shape), dtype="uint8").reshape(shape)
    image = stored(array)
    assert (image.mode, image.size) == (mode, (3, 2))
    assert pixels(image) == (array[:, :, 0] if shape[2:] == (1,) else array).tolist()


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2), (2, 2, 5), (2, 2, 3, 1), (0, 2), (2, 0, 3), ()])
def test_other_shapes_are_refused(shape: tuple[int, ...], client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="H×W×3"):
        client.log_image(run_id, numpy.zeros(shape), "image.png")
    assert client.list_artifacts(run_id) == []


@pytest.mark.parametrize(
    "image",
    [numpy.zeros((2, 2), dtype=complex), numpy.array([["a"]]), [[1, 2]], "image.png", None, 5],
    ids=repr,
)
def test_other_types_are_refused(image: Any, client: PegboardClient, run_id: str) -> None:
    for arguments in ({"artifact_file": "image.png"}, {"key": "k"}):
        with pytest.raises(InvalidParameterValue):
            client.log_image(run_id, image, **arguments)
    assert client.list_artifacts(run_id) == []


def test_pil_images_are_stored_as_they_are(stored: Any) -> None:
    image = PIL.Image.new("RGBA", (3, 2), (1, 2, 3, 4))
    assert stored(image).mode == "RGBA"
    assert pixels(stored(image)) == pixels(image)


@pytest.mark.parametrize("name", ["image.jpg", "image", "image.nope"])
def test_a_name_must_fit_the_image(name: str, client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match=name):
        client.log_image(run_id, PIL.Image.new("RGBA", (2, 2)), name)
    assert client.list_artifacts(run_id) == []


# By key and step


def names(client: PegboardClient, run_id: str) -> list[str]:
    return sorted(entry.path for entry in client.list_artifacts(run_id, "images"))


def test_a_series_has_names_that_tell_key_step_and_time(client: PegboardClient, run_id: str) -> None:
    client.log_image(run_id, numpy.zeros((2, 2)), key="dogs/a b.c-d_e", step=3, timestamp=1234)
    png, webp = sorted(names(client, run_id), key=lambda name: name.endswith(".webp"))
    stem = re.escape("images/dogs~a b.c-d_e+step+3+timestamp+1234+") + UUID
    assert re.fullmatch(stem + r"\.png", png)
    assert webp == png.removesuffix(".png") + "+compressed.webp"
    assert client.get_run(run_id).data.tags["mlflow.loggedImages"] == "True"


def test_step_is_0_and_the_time_now_by_default(client: PegboardClient, run_id: str) -> None:
    for _ in range(2):
        client.log_image(run_id, numpy.zeros((2, 2)), key="k")
    found = [
        re.match(rf"images/k\+step\+0\+timestamp\+(\d+)\+{UUID}", name) for name in names(client, run_id)
    ]
    assert len(found) == 4  # nothing was overwritten
    assert all(match and int(match[1]) > 10**12 for match in found)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((512, 256), (256, 128)), ((10, 20), (128, 256)), ((3000, 2), (256, 1)), ((1, 1), (256, 256))],
)
def test_thumbnails_have_a_longer_side_of_256(
    size: tuple[int, int], expected: tuple[int, int], client: PegboardClient, run_id: str
) -> None:
    client.log_image(run_id, PIL.Image.new("RGB", size, (255, 0, 0)), key="k")
    (webp,) = [name for name in names(client, run_id) if name.endswith(".webp")]
    image = PIL.Image.open(client.download_artifacts(run_id, webp))
    assert (image.size, image.format) == (expected, "WEBP")
    (png,) = [name for name in names(client, run_id) if name.endswith(".png")]
    assert PIL.Image.open(client.download_artifacts(run_id, png)).size == size


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I", "CMYK"])
def test_images_of_every_mode_have_a_thumbnail_or_leave_nothing(
    mode: str, client: PegboardClient, run_id: str
) -> None:
    try:
        client.log_image(run_id, PIL.Image.new(mode, (4, 4)), key="k")
    except InvalidParameterValue:
        assert names(client, run_id) == []
    else:
        assert len(names(client, run_id)) == 2


@pytest.mark.parametrize("key", ["", "a+b", "a\\b", "a%2e", "é", "a\n", 5, b"a"], ids=repr)
def test_a_key_has_letters_and_few_signs(key: Any, client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="key"):
        client.log_image(run_id, numpy.zeros((2, 2)), key=key)
    assert client.list_artifacts(run_id) == []


@pytest.mark.parametrize(
    "arguments", [{"step": "3"}, {"step": 1.5}, {"step": "../x"}, {"timestamp": "x"}], ids=str
)
def test_step_and_time_are_whole_numbers(arguments: Any, client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match=next(iter(arguments))):
        client.log_image(run_id, numpy.zeros((2, 2)), key="k", **arguments)
    assert client.list_artifacts(run_id) == []


@pytest.mark.parametrize(
    "arguments",
    [{}, {"artifact_file": "a.png", "key": "k"}, {"artifact_file": "a.png", "step": 0},
     {"artifact_file": "a.png", "timestamp": 1}],
)  # fmt: skip
def test_file_or_key_with_step(arguments: dict[str, Any], client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="artifact_file"):
        client.log_image(run_id, numpy.zeros((2, 2)), **arguments)


def test_the_fluent_call_stores_before_it_returns(root: Path) -> None:
    with pegboard.start_run() as run:
        pegboard.log_image(numpy.zeros((2, 2)), key="k", step=1)
        pegboard.log_image(numpy.zeros((2, 2)), "plain.png", synchronous=False)
        assert [one.path for one in PegboardClient().list_artifacts(run.info.run_id)] == [
            "images",
            "plain.png",
        ]


# pegboard.Image


def test_an_image_object(stored: Any, tmp_path: Path) -> None:
    image = pegboard.Image(numpy.array([[[255, 0, 0], [0, 255, 0]]], dtype="uint8"))
    assert image.size == (2, 1)
    assert image.to_list() == [(255, 0, 0), (0, 255, 0)]
    assert image.to_array().shape == (1, 2, 3)
    assert pixels(stored(image)) == [[[255, 0, 0], [0, 255, 0]]]
    image.save(str(tmp_path / "a.png"))
    assert pegboard.Image(str(tmp_path / "a.png")).to_list() == image.to_list()
    assert isinstance(image.resize((4, 4)), pegboard.Image)
    assert image.resize((4, 4)).size == (4, 4)
    assert pegboard.Image([[0, 255]]).to_list() == [0, 255]
    assert pegboard.Image(PIL.Image.new("L", (3, 3))).to_pil().size == (3, 3)


def test_an_image_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "no.png").write_text("x")
    for name in ("no.png", "missing.png"):
        with pytest.raises(PegboardException, match=name) as caught:
            pegboard.Image(str(tmp_path / name))
        assert caught.value.error_code == "BAD_REQUEST"
