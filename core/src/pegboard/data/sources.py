"""Where a dataset came from, in the JSON forms that MLflow's files and REST API hold."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from pegboard.choose import scheme_of
from pegboard.entities import Dataset as DatasetEntity
from pegboard.entities import DatasetInput
from pegboard.errors import InvalidParameterValue

_URI_SCHEMES = ("s3", "gs", "ftp", "sftp", "hdfs", "viewfs", "wasbs", "abfss", "r2", "b2")


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """The source of a dataset.

    Args:
        type: Its type, such as `local`, `http`, `s3` or `code`.
        content: What identifies it: `uri` or `url`, or the tags of the code that made it.
    """

    type: str
    content: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return what identifies the source."""
        return dict(self.content)

    def to_json(self) -> str:
        """Return what identifies the source as JSON, as stores hold it."""
        return json.dumps(self.content)


def source_of(source: Any) -> DatasetSource:
    """Return the source of a dataset from what a user gives.

    Args:
        source: A source, a path, a URI, or None for the code that runs.
    """
    if isinstance(source, DatasetSource):
        return source
    if source is None:
        from pegboard.contexts import context_tags

        return DatasetSource("code", {"tags": context_tags()})
    if not isinstance(source, (str, os.PathLike)):
        raise InvalidParameterValue(
            f"The source is {source!r} of type {type(source).__name__}. Give a path, URI or DatasetSource."
        )
    text = os.fspath(source)
    scheme = scheme_of(text)
    if scheme in ("http", "https"):
        return DatasetSource("http", {"url": text})
    if scheme in _URI_SCHEMES:
        return DatasetSource(scheme, {"uri": text})
    return DatasetSource("local" if scheme in (None, "file") else scheme, {"uri": text})


def get_source(dataset: Any) -> DatasetSource:
    """Return the source of a dataset, of a run's dataset input, or of its dataset entity."""
    if isinstance(dataset, DatasetInput):
        dataset = dataset.dataset
    if isinstance(dataset, DatasetEntity):
        return DatasetSource(dataset.source_type, json.loads(dataset.source))
    source: DatasetSource = dataset.source
    return source
