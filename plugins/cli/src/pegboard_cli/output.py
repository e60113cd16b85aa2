"""How the commands print rows and sentences: for people on a terminal, for programs in a pipe.

Names, tags and paths come from stores and are data: what would steer a terminal is shown as an escape.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import click

from pegboard.listing import harmless, print_rows

Row = Mapping[str, Any]

#: Columns that hold milliseconds since the epoch; JSON shows them as such, tables and CSV as UTC in ISO 8601.
TIMES = frozenset({"start_time", "end_time", "creation_time", "last_update_time"})

# Columns that a terminal shows however narrow it is, and those that it cuts no more than it cuts numbers.
_IDS = frozenset({"id", "run_id", "experiment_id"})
_WHOLE = _IDS | TIMES | {"status", "lifecycle_stage", "kind", "result"}
_NARROW = 12


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person reads the stream; one that is closed is None."""
    return stream is not None and stream.isatty()


def tell(sentence: str) -> None:
    """Say on standard error what a command did; standard output is for what it made or found."""
    click.echo(harmless(sentence), err=True)


def print_listing(rows: Sequence[Row], columns: Sequence[str], output_format: str, if_none: str = "") -> None:
    """Print rows on standard output.

    Args:
        rows: The rows; JSON shows all their fields, table and CSV the columns.
        columns: The fields in their order.
        output_format: `table`, `json` or `csv`.
        if_none: What a table says instead, on standard error, if there are no rows.
    """
    if output_format == "json":
        print_rows(plain(rows), columns, "json")
        return
    to_terminal = is_terminal(sys.stdout)
    if output_format == "table" and to_terminal and rows:
        _print_table(rows, columns)
        return
    cells = [{column: cell(column, row.get(column), output_format) for column in columns} for row in rows]
    if output_format == "csv" and not to_terminal:
        print_rows(cells, columns, "csv")
        return
    cells = [{column: harmless(text) for column, text in row.items()} for row in cells]
    print_rows(cells, [harmless(column) for column in columns], output_format, if_none)


def print_value(value: str) -> None:
    """Print what a command made or found, alone on a line: as it is in a pipe, harmless on a terminal."""
    # As bytes, because a path may hold some that are no text.
    click.echo(harmless(value) if is_terminal(sys.stdout) else os.fsencode(value))


def write_csv(rows: Sequence[Row], columns: Sequence[str], filename: str) -> None:
    """Write rows as CSV to a file, in UTF-8.

    Raises:
        click.ClickException: The file cannot be written.
    """
    import csv

    try:
        with open(filename, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([cell(column, row.get(column), "csv") for column in columns] for row in rows)
    except OSError as error:
        raise click.ClickException(f"Cannot write '{harmless(filename)}': {error.strerror}.") from error


def print_json(value: Any) -> None:
    """Print one object as JSON on standard output."""
    import json

    click.echo(json.dumps(plain(value), indent=2))


def plain(value: Any) -> Any:
    """Return what JSON can say: NaN and infinities become texts, as in MLflow's REST API."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def cell(column: str, value: Any, output_format: str) -> str:
    """Return a value as the text of a table (times to the second) or of CSV (to the millisecond)."""
    if value is None:
        return ""
    if column in TIMES:
        return _time(value, "milliseconds" if output_format == "csv" else "seconds")
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {item}" for key, item in value.items())
    return str(value)


def _time(milliseconds: int, precision: str) -> str:
    from datetime import UTC, datetime, timedelta

    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except OverflowError:  # a time that no calendar has must not hide the row
        return str(milliseconds)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _is_numeric(rows: Sequence[Row], column: str) -> bool:
    return column not in TIMES and all(isinstance(row.get(column), (int, float, type(None))) for row in rows)


def _print_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Print a table that fits the terminal: long texts are cut, columns without room left out."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    headers = {column: _header(column) for column in columns}
    cells = [{column: harmless(_short(column, row.get(column))) for column in columns} for row in rows]
    numeric = {column for column in columns if _is_numeric(rows, column)}
    whole = numeric | _WHOLE
    least = {}
    for column in columns:
        width = max(cell_len(row[column]) for row in cells)
        header = cell_len(headers[column])
        least[column] = (
            max(width, min(header, _NARROW)) if column in whole else min(max(width, header), _NARROW)
        )
    shown = _fitting(columns, least, console.width)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for column in shown:
        table.add_column(
            Text(headers[column], no_wrap=True, overflow="ellipsis"),
            min_width=least[column],
            no_wrap=column in whole,
            justify="right" if column in numeric else "left",
            style="cyan" if column in _IDS else "",
        )
    for row in cells:
        table.add_row(*(Text(row[column], no_wrap=True, overflow="ellipsis") for column in shown))
    console.print(table, crop=False)
    if len(shown) < len(columns):
        left_out = ", ".join(column for column in columns if column not in shown)
        tell(f"Not shown for lack of room: {left_out}. A wider terminal, --format or a pipe shows them.")


def _header(column: str) -> str:
    # The key of a metric, param or tag is to be copied as it is.
    return harmless(column) if "." in column else column.upper().replace("_", " ")


def _short(column: str, value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else cell(column, value, "table")


def _fitting(columns: Sequence[str], least: Mapping[str, int], width: int) -> list[str]:
    """Return the columns that fit beside each other, all ids among them, the first ones first."""
    room = width - sum(least[column] + 2 for column in columns if column in _IDS) + 2
    shown = []
    for column in columns:
        if column in _IDS:
            shown.append(column)
        elif least[column] + 2 <= room:
            room -= least[column] + 2
            shown.append(column)
    return shown
