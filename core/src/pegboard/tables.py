"""Tables as artifact files, appended to and read over several runs, for the client's `log_table`."""

from __future__ import annotations

import json
import math
import posixpath
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pegboard import media
from pegboard.entities import Run, RunTag
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist, StorageDamaged
from pegboard.frames import require, run_columns
from pegboard.validation import MAX_TAG_VALUE_LENGTH, check_artifact_path

if TYPE_CHECKING:
    from pegboard.contracts import ArtifactRepository

#: The tag that names the tables of a run, as a JSON list of `{"path": ..., "type": "table"}`.
LOGGED_ARTIFACTS_TAG = "mlflow.loggedArtifacts"
#: The filter that finds the runs with tables.
LOGGED_ARTIFACTS_FILTER = f"tags.`{LOGGED_ARTIFACTS_TAG}` IS NOT NULL"

# The longest path of a table that `may_have_table` counts with.
_ROOM_FOR_A_NAME = 600
_FORBIDDEN = set("\"':,[]{}")

Columns = dict[Any, list[Any]]


def append(artifacts: ArtifactRepository, data: Any, artifact_file: str) -> None:
    """Write a table behind the rows that the artifact file holds already.

    Args:
        artifacts: Where the table is.
        data: Columns by name, or a data frame; cells may be images.
        artifact_file: A path that ends in `.json` or `.parquet`.

    Raises:
        InvalidParameterValue: The data or the path break these rules.
    """
    path = check_table_path(artifact_file)
    columns = _with_images_stored(artifacts, _columns(data), path)
    if _is_there(artifacts, path):
        columns = _joined([_read(artifacts, path), columns])
    with media.written(artifacts, path) as local:
        _write(columns, local)


def load(
    runs: Sequence[tuple[Run, ArtifactRepository]], artifact_file: str, extra_columns: Sequence[str]
) -> Any:
    """Return the rows of a table over runs as a pandas frame.

    Args:
        runs: The runs with their artifacts.
        artifact_file: The table's path.
        extra_columns: Columns to add from the runs, such as `run_id` or `params.lr`.

    Raises:
        ResourceDoesNotExist: No run has the table.
        InvalidParameterValue: A column is one that no run has.
    """
    pandas = require("pandas", "pandas", "load_table")
    path = check_table_path(artifact_file)
    known = run_columns([run for run, _ in runs])
    missing = [name for name in extra_columns if name not in known]
    tables = []
    for position, (_, artifacts) in enumerate(runs):
        if not _is_there(artifacts, path):
            continue
        if missing:
            raise InvalidParameterValue(
                f"The runs have no column {missing[0]!r}. They have: {', '.join(known)}."
            )
        columns = _read(artifacts, path)
        rows = max(map(len, columns.values()), default=0)
        for name in extra_columns:
            columns[f"{name}_" if name in columns else name] = [known[name][position]] * rows
        tables.append(columns)
    if not tables:
        raise ResourceDoesNotExist(
            f"None of the {len(runs)} runs has the table '{artifact_file}'. Log it with log_table first."
        )
    return pandas.DataFrame(_joined(tables))


def check_table_path(artifact_file: str) -> str:
    """Return the path of a table if it ends in `.json` or `.parquet` and needs no quoting in JSON."""
    path = check_artifact_path(media.simplified(artifact_file))
    wrong = sorted(_FORBIDDEN.intersection(path))
    if wrong:
        raise InvalidParameterValue(f"The table's path {path!r} contains {' '.join(wrong)}. Leave them out.")
    if not path.endswith((".json", ".parquet")):
        raise InvalidParameterValue(f"The table's path {path!r} must end in .json or .parquet.")
    return path


def logged_table_tag(tags: Mapping[str, str], artifact_file: str) -> RunTag | None:
    """Return the tag that names the run's tables with this one among them; None if it is already."""
    entries = _logged(tags)
    entry = {"path": check_table_path(artifact_file), "type": "table"}
    text = json.dumps([*entries, entry])
    # A tag that would be cut is left as it is; `may_have_table` counts with it.
    return (
        None if entry in entries or len(text) > MAX_TAG_VALUE_LENGTH else RunTag(LOGGED_ARTIFACTS_TAG, text)
    )


def may_have_table(tags: Mapping[str, str], artifact_file: str) -> bool:
    """Tell whether the run with these tags has logged the table, or so many that the tag names no more."""
    full = len(tags.get(LOGGED_ARTIFACTS_TAG, "")) > MAX_TAG_VALUE_LENGTH - _ROOM_FOR_A_NAME
    return full or {"path": check_table_path(artifact_file), "type": "table"} in _logged(tags)


def _logged(tags: Mapping[str, str]) -> list[Any]:
    text = tags.get(LOGGED_ARTIFACTS_TAG, "[]")
    try:
        entries = json.loads(text)
    except ValueError:
        try:
            entries = json.loads(text[: text.rfind("}") + 1] + "]")  # cut at the limit of a tag's length
        except ValueError:
            return []
    return entries if isinstance(entries, list) else []


def _columns(data: Any) -> Columns:
    """Return a table as columns of equal length; plain values, and columns of unequal length, are one row."""
    if hasattr(data, "to_pydict"):  # pyarrow
        return dict(data.to_pydict())
    if hasattr(data, "get_columns") and hasattr(data, "to_dict"):  # polars
        return dict(data.to_dict(as_series=False))
    if hasattr(data, "to_dict") and hasattr(data, "columns"):  # pandas
        if not data.columns.is_unique:
            repeated = data.columns[data.columns.duplicated()][0]
            raise InvalidParameterValue(f"The table has several columns {repeated!r}. Names must be unique.")
        return {name: list(data[name]) for name in data.columns}
    if not isinstance(data, Mapping):
        raise InvalidParameterValue(
            f"The table is of type {type(data).__name__}. It must be a dictionary of columns or a data frame."
        )
    lists = {name: _as_list(values) for name, values in data.items()}
    lengths = {len(values) for values in lists.values() if values is not None}
    if len(lengths) != 1:
        return {name: [values] for name, values in data.items()}
    rows = lengths.pop()
    return {name: [data[name]] * rows if values is None else values for name, values in lists.items()}


def _as_list(values: Any) -> list[Any] | None:
    if isinstance(values, (list, tuple, range)):
        return list(values)
    if _is_image(values):
        return None
    for convert in ("to_pylist", "to_list"):  # pyarrow; pandas and polars
        if hasattr(values, convert):
            return list(getattr(values, convert)())
    if getattr(values, "ndim", 0) != 1:
        return None
    if values.dtype.kind == "M":
        values = values.astype("datetime64[us]")  # finer ones have no date to become
    return list(values.tolist())


def _with_images_stored(artifacts: ArtifactRepository, columns: Columns, table: str) -> Columns:
    """Return the columns with their images stored beside the table, the cells saying where."""
    folder = f"table_images/{posixpath.splitext(table)[0]}"
    return {
        name: [_stored_image(artifacts, cell, folder) if _is_image(cell) else cell for cell in cells]
        for name, cells in columns.items()
    }


def _is_image(cell: Any) -> bool:
    return all(hasattr(cell, name) for name in ("save", "resize", "size"))


def _stored_image(artifacts: ArtifactRepository, cell: Any, folder: str) -> dict[str, str]:
    picture = media.to_pil(cell)
    place = f"{folder}/{uuid.uuid4()}"
    for extension, write in ((".png", media.write_image), (".webp", media.write_thumbnail)):
        with media.written(artifacts, place + extension) as path:
            write(picture, path)
    return {"type": "image", "filepath": f"{place}.png", "compressed_filepath": f"{place}.webp"}


def _is_there(artifacts: ArtifactRepository, path: str) -> bool:
    return any(entry.path == path for entry in artifacts.list_artifacts(posixpath.dirname(path) or None))


def _read(artifacts: ArtifactRepository, path: str) -> Columns:
    with tempfile.TemporaryDirectory(prefix="pegboard-") as folder:
        local = artifacts.download_artifacts(path, folder)
        if path.endswith(".parquet"):
            frame = require("pandas", "pandas", "A table as Parquet").read_parquet(local)
            return {name: list(frame[name]) for name in frame.columns}
        try:
            with open(local, encoding="utf-8") as file:
                table = json.load(file)
            names, rows = table["columns"], table["data"]
            return {name: [row[place] for row in rows] for place, name in enumerate(names)}
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise StorageDamaged(
                f"The artifact '{path}' is no table: {error!r}. Log the table under another name."
            ) from None


def _joined(tables: Sequence[Columns]) -> Columns:
    """Return tables one behind the other; a cell of a column that a table lacks is None."""
    names = list(dict.fromkeys(name for table in tables for name in table))
    joined: Columns = {name: [] for name in names}
    for table in tables:
        rows = max(map(len, table.values()), default=0)
        for name in names:
            joined[name] += table.get(name) or [None] * rows
    return joined


def _write(columns: Columns, path: str) -> None:
    if path.endswith(".parquet"):
        pandas = require("pandas", "pandas", "A table as Parquet")
        require("pyarrow", "arrow", "A table as Parquet", "A path that ends in .json needs none.")
        try:
            pandas.DataFrame(columns).to_parquet(path, index=False)
        except (ValueError, TypeError) as error:  # pyarrow's own errors are among them
            raise InvalidParameterValue(
                f"The table cannot be written as Parquet: {error}. A path that ends in .json takes any cells."
            ) from None
        return
    rows = [[_cell(value) for value in row] for row in zip(*columns.values(), strict=True)]
    labels = [media.plain_value(name) if hasattr(name, "tolist") else name for name in columns]
    media.write_text(json.dumps({"columns": labels, "data": rows}, default=media.plain_value), path)


def _cell(value: Any) -> Any:
    # JSON has no NaN and no infinities.
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): _cell(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cell(item) for item in value]
    if hasattr(value, "tolist"):
        return _cell(value.tolist())
    # NaT and NA are no values either, and do not even say whether they equal themselves.
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    return media.plain_value(value)
