"""Listings in plain text for commands: as a table, JSON or CSV; plugins' commands may use it too."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

FORMATS = ("table", "json", "csv")

# The controls of Unicode, halves of surrogate pairs, line and paragraph separators, and the marks that turn
# the direction of text.
_STEERING = {
    *range(0x20),
    *range(0x7F, 0xA0),
    *(0x61C, 0x200E, 0x200F),
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
    *range(0xD800, 0xE000),
}
_ESCAPES = {number: repr(chr(number))[1:-1] for number in _STEERING}


def harmless(value: object) -> str:
    """Return text with what steers a terminal as escapes, such as `\\x1b`, on one line."""
    text = str(value)
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPES)


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--format table|json|csv`, as the argument `output_format`."""
    choice = click.Choice(FORMATS)
    option: Callable[..., Any] = click.option(
        "--format", "output_format", type=choice, default="table", help="The form of rows."
    )
    decorated: Callable[..., Any] = option(command)
    return decorated


def print_rows(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], output_format: str, if_none: str = ""
) -> None:
    """Print rows on standard output.

    Args:
        rows: The rows; JSON shows all their fields, table and CSV the columns.
        columns: The fields in their order.
        output_format: `table`, `json` or `csv`.
        if_none: What a table says instead, on standard error, if there are no rows.
    """
    if output_format == "json":
        click.echo(json.dumps([dict(row) for row in rows], indent=2, default=str))
    elif output_format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(row.get(column)) for column in columns] for row in rows)
    elif rows:
        click.echo(_table(rows, columns))
    else:
        click.echo(if_none, err=True)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    # A heading with a dot ends in somebody's key, which stays as it is.
    cells = [[column if "." in column else column.upper().replace("_", " ") for column in columns]]
    cells += [[harmless(" ".join(_text(row.get(column)).split())) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
