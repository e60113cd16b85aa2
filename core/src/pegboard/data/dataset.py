"""The base of datasets: a name, a digest, a source, and what describes the data."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any

from pegboard.data.sources import DatasetSource
from pegboard.entities import Dataset as DatasetEntity

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
