"""Texts, dictionaries, figures and images as artifact files, for the client's `log_*` methods."""

from __future__ import annotations

import json
import os
import posixpath
import re
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pegboard.errors import BAD_REQUEST, InvalidParameterValue, MissingDependency, PegboardException
from pegboard.frames import require
from pegboard.validation import check_artifact_path, check_integer, check_text

if TYPE_CHECKING:
    from pegboard.contracts import ArtifactRepository

#: The tag that says that a run has images by key and step.
LOGGED_IMAGES_TAG = "mlflow.loggedImages"
#: The longer side of the small copy of an image, in pixels.
THUMBNAIL_SIZE = 256

_IMAGE_KEY = re.compile(r"[a-zA-Z0-9_\-./ ]+")
_PLOTLY_IMAGES = (".png", ".jpeg", ".webp", ".svg", ".pdf")


@contextmanager
def written(artifacts: ArtifactRepository, artifact_file: str) -> Iterator[str]:
    """Give a local path to write to, and upload what is there afterwards as the artifact file."""
    path = check_artifact_path(simplified(artifact_file))
    if not path:
        raise InvalidParameterValue(
            f"{artifact_file!r} names no artifact file. Use a path such as 'a/b.txt'."
        )
    folder, name = posixpath.split(path)
    with tempfile.TemporaryDirectory(prefix="pegboard-") as temporary:
        local = os.path.join(temporary, name)
        yield local
        artifacts.log_artifact(local, folder or None)


def simplified(artifact_file: Any) -> str:
    """Return the path of an artifact file without empty and `.` parts; one that climbs stays as it is."""
    if not isinstance(artifact_file, (str, os.PathLike)):
        raise InvalidParameterValue(
            f"The artifact file is {artifact_file!r} of type {type(artifact_file).__name__}. It must be "
            "a path."
        )
    path = os.fspath(artifact_file)
    return path if not path or ".." in path.split("/") else posixpath.normpath(path)


def write_text(text: str, path: str) -> None:
    """Write a text in UTF-8, its newlines as they are."""
    text = check_text("The text", text, nul=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def write_dict(dictionary: Any, path: str) -> None:
    """Write a dictionary or list as YAML where the path ends in `.yml` or `.yaml`, else as JSON."""
    try:
        if path.endswith((".yml", ".yaml")):
            yaml = require("yaml", "yaml", "Writing YAML", "A name that ends in .json needs none.")
            text = yaml.safe_dump(_plain(dictionary), default_flow_style=False, allow_unicode=True)
        else:
            text = json.dumps(dictionary, indent=2, default=plain_value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidParameterValue(
            f"The dictionary cannot be written as {os.path.basename(path)}: {error}."
        ) from None
    write_text(text, path)


def _plain(value: Any) -> Any:
    """Return data as what YAML has names for; keys stay what they are."""
    if value is None or isinstance(value, bool):
        return value
    for base in (str, int, float):
        if isinstance(value, base):
            # Of derived types, such as numpy's and those of enumerations, the plain value.
            return base.__str__(value) if base is str else base(value)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _plain(plain_value(value))


def plain_value(value: Any) -> Any:
    """Return what JSON can hold for a value that it cannot: numbers and lists of arrays, else its text."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def write_figure(figure: Any, path: str, options: Mapping[str, Any]) -> None:
    """Write a matplotlib or plotly figure in the format that the path's extension names.

    Args:
        figure: The figure.
        path: Where to write.
        options: Passed to `savefig`, `write_html` or `write_image`.

    Raises:
        InvalidParameterValue: It is no such figure, or the library does not know the extension.
    """
    extension = posixpath.splitext(path)[1]
    plotly = sys.modules.get("plotly.basedatatypes")
    try:
        if plotly is not None and isinstance(figure, plotly.BaseFigure):
            _write_plotly(figure, path, extension, options)
        elif hasattr(figure, "savefig"):
            if not extension:
                raise ValueError("a figure's name needs an extension such as .png")
            figure.savefig(path, **options)
        else:
            raise TypeError(f"{type(figure).__name__} is no figure of matplotlib or plotly")
    except (TypeError, ValueError, RuntimeError, ImportError) as error:
        if "kaleido" in str(error).lower():
            raise MissingDependency(
                f"Storing a plotly figure as '{os.path.basename(path)}' needs the package 'kaleido'. Install "
                "it, or store the figure as .html, which needs none."
            ) from None
        raise InvalidParameterValue(
            f"The figure cannot be stored as '{os.path.basename(path)}': {error}."
        ) from error


def _write_plotly(figure: Any, path: str, extension: str, options: Mapping[str, Any]) -> None:
    if extension == ".html":
        figure.write_html(path, **{"include_plotlyjs": "cdn", "auto_open": False, **options})
    elif extension in _PLOTLY_IMAGES:
        figure.write_image(path, **options)
    else:
        raise ValueError(f"plotly writes .html, {', '.join(_PLOTLY_IMAGES)}")


class Image:
    """An image for `log_image` and for cells of `log_table`.

    Args:
        image: An array, a PIL image, a list of rows, or the path of an image file.
    """

    def __init__(self, image: Any) -> None:
        if isinstance(image, list):
            numpy = require("numpy", "images", "An image from a list")
            image = numpy.array(image)
        self.image = read_image(image, image) if isinstance(image, str) else to_pil(image)
        self.size: tuple[int, int] = self.image.size

    def to_pil(self) -> Any:
        """Return the image as a PIL image."""
        return self.image

    def to_array(self) -> Any:
        """Return the pixels as an array of H×W or H×W×channels."""
        return require("numpy", "images", "An image as an array").array(self.image)

    def to_list(self) -> list[Any]:
        """Return the pixels as a list, row by row."""
        pixels = self.to_array()
        return (
            [tuple(pixel) for pixel in pixels.reshape(-1, pixels.shape[2]).tolist()]
            if pixels.ndim == 3
            else (pixels.flatten().tolist())
        )

    def save(self, path: str) -> None:
        """Write the image in the format that the path's extension names."""
        self.image.save(path)

    def resize(self, size: tuple[int, int]) -> Image:
        """Return the image in another size, width and height in pixels."""
        return Image(self.image.resize(size))


def read_image(path: str, shown: str) -> Any:
    """Return a local image file as a PIL image; `shown` names it in errors."""
    pillow = require("PIL.Image", "images", "Reading an image")
    try:
        image = pillow.open(path)
        image.load()
    except (OSError, SyntaxError) as error:
        raise PegboardException(f"'{shown}' is no image that Pillow reads: {error}.", BAD_REQUEST) from None
    return image


def to_pil(image: Any) -> Any:
    """Return an image as a PIL image.

    Args:
        image: A PIL image, an `Image`, or an array of H×W, H×W×1, H×W×3 or H×W×4: booleans, integers 0 to
            255, floats 0 to 1. What is out of range is clipped.

    Raises:
        InvalidParameterValue: It is none of these.
        MissingDependency: Pillow or numpy is not installed.
    """
    if isinstance(image, Image):
        return image.image
    pillow = require("PIL.Image", "images", "Storing an image")
    if isinstance(image, pillow.Image):
        return image
    if not (hasattr(image, "dtype") and hasattr(image, "shape")):
        raise InvalidParameterValue(
            f"The image is of type {type(image).__name__}. It must be an array or a PIL image."
        )
    return pillow.fromarray(_pixels(image))


def _pixels(array: Any) -> Any:
    numpy = require("numpy", "images", "Storing an array as an image")
    array = numpy.asarray(array)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or not array.size:
        raise InvalidParameterValue(
            f"The image has the shape {array.shape}. It must be H×W, H×W×1, H×W×3 or H×W×4, and not empty."
        )
    if array.dtype.kind == "b":
        pixels = array.astype(numpy.uint8) * 255
    elif array.dtype.kind in "iu":
        pixels = numpy.clip(array, 0, 255).astype(numpy.uint8)
    elif array.dtype.kind == "f":
        pixels = (numpy.clip(numpy.nan_to_num(array, nan=0.0), 0, 1) * 255).astype(numpy.uint8)
    else:
        raise InvalidParameterValue(
            f"The image has the element type {array.dtype}. It must hold booleans, integers 0 to 255 or "
            "floats 0 to 1."
        )
    return pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels


def image_place(
    artifact_file: str | None, key: str | None, step: int | None, timestamp: int | None, now: int
) -> str:
    """Return the artifact path of an image: the given file, or one made of key, step and time.

    Raises:
        InvalidParameterValue: File and key are both given or both missing, or the key breaks its rule.
    """
    if (artifact_file is None) == (key is None):
        raise InvalidParameterValue("log_image takes artifact_file, or key (with step), one of them.")
    if artifact_file is not None:
        if step is not None or timestamp is not None:
            raise InvalidParameterValue(
                "log_image takes step and timestamp with key, not with artifact_file."
            )
        return artifact_file
    assert key is not None
    if not isinstance(key, str) or not _IMAGE_KEY.fullmatch(key):
        raise InvalidParameterValue(
            f"The image key {key!r} breaks its rule: letters, digits, spaces and '_', '-', '.', '/' only."
        )
    name = key.replace("/", "~")
    step = check_integer("The image's step", step or 0)
    timestamp = check_integer("The image's timestamp", timestamp or now, 0)
    return f"images/{name}+step+{step}+timestamp+{timestamp}+{uuid.uuid4()}.png"


def thumbnail_place(place: str) -> str:
    """Return the artifact path of the small copy of an image by key."""
    return place.removesuffix(".png") + "+compressed.webp"


def write_image(picture: Any, path: str) -> None:
    """Write a PIL image in the format that the path's extension names."""
    try:
        picture.save(path)
    except (ValueError, OSError, KeyError) as error:
        raise InvalidParameterValue(
            f"The image cannot be stored as '{os.path.basename(path)}': {error}."
        ) from None


def write_thumbnail(picture: Any, path: str) -> None:
    """Write a copy of a PIL image whose longer side is `THUMBNAIL_SIZE` pixels."""
    scale = THUMBNAIL_SIZE / max(picture.size)
    width, height = (max(1, int(side * scale)) for side in picture.size)
    write_image(picture.resize((width, height)), path)
