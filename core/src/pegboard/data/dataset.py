"""The base of datasets: a name, a digest, a source, and what describes the data."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any

from pegboard.data.sources import DatasetSource
from pegboard.entities import Dataset as DatasetEntity
from pegboard.errors import InvalidParameterValue

#: How many rows or elements a digest reads; the shape is part of it, so that longer data differ too.
DIGEST_ROWS = 10_000


class Dataset:
    """Data as the input of a run; `log_input` takes it.

    Args:
        source: Where the data came from.
        name: Its name; `dataset` by default.
        digest: What identifies the content; computed by default.
    """

    def __init__(self, source: DatasetSource, name: str | None = None, digest: str | None = None) -> None:
        self.source = source
        self.name = name or "dataset"
        self._given_digest = digest

    @cached_property
    def digest(self) -> str:
        """What identifies the content."""
        return self._given_digest or self._compute_digest()

    def _compute_digest(self) -> str:
        content = f"{self.source.to_json()}{json.dumps(self.profile)}"
        return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()[:8]

    @property
    def profile(self) -> Any:
        """Sizes and other summaries, as JSON data; None without any."""
        return None

    @property
    def schema(self) -> Any:
        """The columns or tensors, as JSON data in MLflow's form; None where no schema fits."""
        return None

    def to_dict(self) -> dict[str, str | None]:
        """Return the fields that stores hold."""
        return {
            "name": self.name,
            "digest": self.digest,
            "source": self.source.to_json(),
            "source_type": self.source.type,
            "schema": None if self.schema is None else json.dumps(self.schema),
            "profile": None if self.profile is None else json.dumps(self.profile),
        }

    def to_json(self) -> str:
        """Return the fields that stores hold, as JSON."""
        return json.dumps(self.to_dict())

    def to_entity(self) -> DatasetEntity:
        """Return the entity that a tracking store takes."""
        return DatasetEntity(**self.to_dict())  # type: ignore[arg-type]


class FrameDataset(Dataset):
    """A data frame as a dataset.

    Args:
        df: The frame, of n rows.
        source: Where it came from.
        targets: The column that a model is to predict.
        name: Its name.
        digest: What identifies the content; computed by default.
        predictions: The column of predictions.

    Raises:
        InvalidParameterValue: A column is not in the frame.
    """

    def __init__(
        self,
        df: Any,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
    ) -> None:
        super().__init__(source, name, digest)
        _check_column("targets", targets, df.columns)
        _check_column("predictions", predictions, df.columns)
        self.df = df
        self.targets = targets
        self.predictions = predictions


def _check_column(what: str, column: str | None, columns: Any) -> None:
    """Refuse a column that the data do not have."""
    if column is not None and column not in columns:
        raise InvalidParameterValue(
            f"{what} is the column {column!r}, which the data do not have. Their columns are: "
            f"{', '.join(map(str, columns))}."
        )


def check_type(function: str, data: Any, wanted: type) -> None:
    """Refuse data that are not of the type that a function takes."""
    if not isinstance(data, wanted):
        raise InvalidParameterValue(
            f"{function} takes a {wanted.__module__.partition('.')[0]} {wanted.__name__}, not a "
            f"{type(data).__name__}."
        )
