"""Artifacts by URI or by run, under the names of MLflow's module `mlflow.artifacts`."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any
from urllib.parse import unquote

from pegboard import client, media, uris
from pegboard.contracts import ArtifactRepository
from pegboard.entities import FileInfo
from pegboard.errors import (
    BAD_REQUEST,
    InvalidParameterValue,
    PegboardException,
    ResourceDoesNotExist,
    Unsupported,
)


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | None = None,
    tracking_uri: str | None = None,
    registry_uri: str | None = None,
) -> str:
    """Download an artifact file or folder and return its absolute local path.

    Args:
        artifact_uri: Where it is, such as `runs:/<run id>/plots`, or any URI that a plugin serves.
        run_id: Instead of the URI, the run whose artifact it is.
        artifact_path: With `run_id`, the path; all of the run's artifacts by default.
        dst_path: A folder, made if it is not there, for the last part of the path; a temporary one, or the
            artifact where it lies, by default.
        tracking_uri: Where the run is tracked.
        registry_uri: Where models are registered.

    Raises:
        InvalidParameterValue: URI and run are both given or both missing.
        ResourceDoesNotExist: There is no such artifact.
    """
    repository, path = _located(artifact_uri, run_id, artifact_path, tracking_uri)
    if dst_path is not None:
        try:
            os.makedirs(dst_path, exist_ok=True)
        except OSError as error:
            raise InvalidParameterValue(
                f"The destination '{dst_path}' cannot be made: {error.strerror}. Choose another folder."
            ) from error
    return client.download(repository, path, dst_path)


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """Return the direct entries of an artifact folder; a file has none.

    Args:
        artifact_uri: Where it is, such as `runs:/<run id>/plots`.
        run_id: Instead of the URI, the run whose artifacts to list.
        artifact_path: With `run_id`, the folder; the root by default.
        tracking_uri: Where the run is tracked.
    """
    repository, path = _located(artifact_uri, run_id, artifact_path, tracking_uri)
    return repository.list_artifacts(path)


def load_text(artifact_uri: str) -> str:
    """Return an artifact as text, read as UTF-8; raise an error of code BAD_REQUEST if it is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = download_artifacts(artifact_uri, dst_path=folder)
        try:
            with open(path, encoding="utf-8", newline="") as file:
                return file.read()
        except (UnicodeDecodeError, IsADirectoryError) as error:
            raise PegboardException(
                f"The artifact '{artifact_uri}' is no text: {error}.", BAD_REQUEST
            ) from None


def load_dict(artifact_uri: str) -> Any:
    """Return what a JSON artifact holds, such as a dictionary that `log_dict` stored.

    Raises:
        PegboardException: The artifact is no JSON; the code is BAD_REQUEST.
    """
    text = load_text(artifact_uri)
    try:
        return json.loads(text)
    except ValueError as error:
        raise PegboardException(
            f"The artifact '{artifact_uri}' is no JSON: {error}. Read it with load_text.", BAD_REQUEST
        ) from None


def load_image(artifact_uri: str) -> Any:
    """Return an artifact as a PIL image.

    Raises:
        PegboardException: The artifact is no image that Pillow reads; the code is BAD_REQUEST.
        MissingDependency: Pillow is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        return media.read_image(download_artifacts(artifact_uri, dst_path=folder), artifact_uri)


def _located(
    artifact_uri: str | None, run_id: str | None, artifact_path: str | None, tracking_uri: str | None
) -> tuple[ArtifactRepository, str]:
    """Return the repository and the path within it that a call is about."""
    tracking_uri = tracking_uri or uris.get_tracking_uri()
    if (artifact_uri is None) == (run_id is None):
        raise InvalidParameterValue("Give artifact_uri or run_id, one of them.")
    if artifact_uri is None:
        assert run_id is not None
        return _of_run(run_id, artifact_path or "", tracking_uri)
    if artifact_path is not None:
        raise InvalidParameterValue(
            "artifact_path goes with run_id; an artifact_uri ends in the path itself."
        )
    artifact_uri = os.fspath(artifact_uri)
    if artifact_uri.startswith("runs:"):
        run_id, _, path = artifact_uri.removeprefix("runs:").strip("/").partition("/")
        return _of_run(run_id, path, tracking_uri)
    if artifact_uri.startswith("models:"):
        raise Unsupported(
            f"'{artifact_uri}' names a registered model, and no model registry is installed. Use the URI of "
            "the artifact itself, such as runs:/<run id>/<path>."
        )
    root, name = _parent(artifact_uri)
    repository = client.repository(root, tracking_uri)
    there = {entry.path for entry in repository.list_artifacts()}
    # The parts of a file: URI may be percent-encoded; repositories decode the root, this is the last part.
    names = [name, unquote(name)] if artifact_uri.startswith("file:") else [name]
    for candidate in names:
        if candidate in there:
            return repository, candidate
    raise ResourceDoesNotExist(f"There is no artifact '{artifact_uri}'.")


def _of_run(run_id: str, path: str, tracking_uri: str) -> tuple[ArtifactRepository, str]:
    run = client.PegboardClient(tracking_uri).get_run(run_id)
    return client.repository(run.info.artifact_uri or "", tracking_uri), path


def _parent(uri: str) -> tuple[str, str]:
    """Return the URI of the folder that an artifact lies in, and its name there."""
    root, slash, name = uri.rstrip("/").rpartition("/")
    if not name or (slash and root.endswith(":/")) or (not slash and ":" in name):
        raise InvalidParameterValue(f"'{uri}' names no artifact. Use a URI that ends in a path.")
    return (root or ("/" if slash else ".")), name
