"""Runs as data frames: one row a run, one column a metric, param and tag."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pegboard.entities import Run
from pegboard.errors import InvalidParameterValue, MissingDependency

FORMATS = ("pandas", "list", "polars", "arrow")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = ("start_time", "end_time")
_TEXTS = ("run_id", "experiment_id", "status", "artifact_uri")


def require(package: str, extra: str, purpose: str, instead: str = "") -> Any:
    """Return a package that an extra brings.

    Args:
        package: The package to import.
        extra: The extra of `pegboard` that brings it.
        purpose: What it is needed for.
        instead: What to do without it, if anything.

    Raises:
        MissingDependency: It is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package.partition(".")[0]:
            raise
        raise MissingDependency(
            f"{purpose} needs the package '{package.partition('.')[0]}', which is not installed. Install it, "
            f"or the extra pegboard[{extra}].{' ' + instead if instead else ''}"
        ) from None


def check_format(output_format: str) -> None:
    """Refuse an output format of `search_runs` that is none, or whose package is missing."""
    if output_format not in FORMATS:
        raise InvalidParameterValue(
            f"output_format is {output_format!r}. It must be one of {', '.join(FORMATS)}."
        )
    if output_format != "list":
        package = "pyarrow" if output_format == "arrow" else output_format
        require(
            package, output_format, f"output_format='{output_format}'", "output_format='list' needs none."
        )


def runs_as(runs: Sequence[Run], output_format: str) -> Any:
    """Return runs in an output format of `search_runs`."""
    if output_format == "list":
        return list(runs)
    columns = run_columns(runs)
    if output_format == "pandas":
        return _pandas(columns)
    if output_format == "polars":
        import polars

        schema = {name: _polars_type(name) for name in columns}
        times = [polars.col(name).dt.cast_time_unit("ms") for name in _TIMES]
        return polars.DataFrame(columns, schema=schema).with_columns(times)
    import pyarrow

    return pyarrow.table({name: pyarrow.array(values, _arrow_type(name)) for name, values in columns.items()})


def run_columns(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return runs as columns: ids, status and times, then a column for each metric, param and tag."""
    columns: dict[str, list[Any]] = {name: [getattr(run.info, name) for run in runs] for name in _TEXTS}
    for name in _TIMES:
        columns[name] = [_time(getattr(run.info, name)) for run in runs]
    parts: list[tuple[str, list[Any]]] = [
        ("metrics", [run.data.metrics for run in runs]),
        ("params", [run.data.params for run in runs]),
        ("tags", [run.data.tags for run in runs]),
    ]
    for prefix, rows in parts:
        for key in sorted({key for row in rows for key in row}):
            columns[f"{prefix}.{key}"] = [row.get(key) for row in rows]
    return columns


def _time(milliseconds: int | None) -> datetime | None:
    if milliseconds is None:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:  # a time that no calendar has must not hide the run
        return None


def _pandas(columns: dict[str, list[Any]]) -> Any:
    import pandas

    data: dict[str, Any] = {}
    for name, values in columns.items():
        if name in _TIMES:
            data[name] = pandas.to_datetime(pandas.Series(values, dtype="object"), utc=True)
        elif name.startswith("metrics."):
            data[name] = pandas.Series(values, dtype="float64")
        else:
            data[name] = values
    return pandas.DataFrame(data)


def _polars_type(name: str) -> Any:
    import polars

    if name in _TIMES:
        return polars.Datetime("us", "UTC")
    return polars.Float64 if name.startswith("metrics.") else polars.String


def _arrow_type(name: str) -> Any:
    import pyarrow

    if name in _TIMES:
        return pyarrow.timestamp("ms", "UTC")
    return pyarrow.float64() if name.startswith("metrics.") else pyarrow.string()
