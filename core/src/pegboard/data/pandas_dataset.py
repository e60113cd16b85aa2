"""Datasets from pandas frames."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from pegboard.data.dataset import DIGEST_ROWS, FrameDataset, check_type
from pegboard.data.sources import source_of
from pegboard.frames import require

_TYPES = {
    "bool": "boolean",
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "uint8": "integer",
    "uint16": "integer",
    "int64": "long",
    "uint32": "long",
    "boolean": "boolean",
    "float16": "float",
    "float32": "float",
    "float64": "double",
}


class PandasDataset(FrameDataset):
    """A pandas frame as a dataset; the digest is computed as MLflow computes it."""

    def _compute_digest(self) -> str:
        import numpy
        import pandas

        # As MLflow does: hashes of the first rows of text and number columns, the number of rows, the labels.
        texts = [label for place, label in enumerate(self.df.columns) if _is_text(self.df.iloc[:, place])]
        numbers = self.df.select_dtypes(include=["number"]).columns
        kept = pandas.Index(texts, dtype=self.df.columns.dtype).union(numbers)
        rows = self.df.head(DIGEST_ROWS)[kept]
        digest = hashlib.md5(usedforsecurity=False)
        digest.update(pandas.util.hash_pandas_object(rows).to_numpy().tobytes())
        digest.update(numpy.int64(len(self.df)).tobytes())
        for label in self.df.columns:
            digest.update(str(label).encode())
        return digest.hexdigest()[:8]

    @property
    def profile(self) -> Any:
        """The numbers of rows and elements."""
        return {"num_rows": len(self.df), "num_elements": int(self.df.size)}

    @property
    def schema(self) -> Any:
        """The columns with their types, or None where a type has no name in MLflow's schema."""
        columns = [_column(label, self.df.iloc[:, place]) for place, label in enumerate(self.df.columns)]
        return {"mlflow_colspec": columns} if columns and all(columns) else None


def _is_text(series: Any) -> bool:
    return all(type(value) is str for value in series)


def _column(label: Any, series: Any) -> dict[str, Any] | None:
    type_name = _TYPES.get(str(series.dtype).lower()) or _type_of_values(series)
    if type_name is None:
        return None
    name = label.item() if hasattr(label, "item") else label
    return {"type": type_name, "name": name, "required": not bool(series.isna().any())}


def _type_of_values(series: Any) -> str | None:
    if series.dtype.kind == "M" or str(series.dtype).startswith("datetime64"):
        return "datetime"
    values = series.dropna()
    if not len(values):
        return "any" if len(series) else None
    for kind, name in ((str, "string"), (bytes, "binary"), (bool, "boolean"), (date, "datetime")):
        if all(isinstance(value, kind) for value in values):
            return name
    return None


def from_pandas(
    df: Any,
    source: Any = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """Return a dataset of a pandas frame.

    Args:
        df: The frame.
        source: Where it came from: a path, a URI, a source; the code that runs by default.
        targets: The column that a model is to predict.
        name: Its name; `dataset` by default.
        digest: What identifies the content; computed by default.
        predictions: The column of predictions.

    Raises:
        InvalidParameterValue: A column is not in the frame.
    """
    check_type("from_pandas", df, require("pandas", "pandas", "from_pandas").DataFrame)
    return PandasDataset(df, source_of(source), targets, name, digest, predictions)
