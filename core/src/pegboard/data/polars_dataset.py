"""Datasets from polars frames."""

from __future__ import annotations

from typing import Any

from pegboard.data.dataset import FrameDataset, check_type
from pegboard.data.sources import source_of
from pegboard.frames import require

_TYPES = {
    "Boolean": "boolean",
    "Int8": "integer",
    "Int16": "integer",
    "Int32": "integer",
    "UInt8": "integer",
    "UInt16": "integer",
    "Int64": "long",
    "UInt32": "long",
    "Float32": "float",
    "Float64": "double",
    "String": "string",
    "Categorical": "string",
    "Enum": "string",
    "Binary": "binary",
    "Datetime": "datetime",
    "Date": "datetime",
}


class PolarsDataset(FrameDataset):
    """A polars frame as a dataset; the digest is the sum of the rows' hashes, as in MLflow."""

    def _compute_digest(self) -> str:
        return str(self.df.hash_rows().sum())

    @property
    def profile(self) -> Any:
        """The numbers of rows and elements."""
        return {"num_rows": self.df.height, "num_elements": self.df.height * self.df.width}

    @property
    def schema(self) -> Any:
        """The columns with their types, or None where a type has no name in MLflow's schema."""
        columns = []
        for name, dtype in self.df.schema.items():
            type_name = _TYPES.get(str(dtype.base_type()))
            if type_name is None:
                return None
            required = self.df[name].null_count() < self.df.height
            columns.append({"type": type_name, "name": name, "required": required})
        return {"mlflow_colspec": columns} if columns else None


def from_polars(
    df: Any,
    source: Any = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PolarsDataset:
    """Return a dataset of a polars frame.

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
    check_type("from_polars", df, require("polars", "polars", "from_polars").DataFrame)
    return PolarsDataset(df, source_of(source), targets, name, digest, predictions)
