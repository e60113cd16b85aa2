"""The lines of metric files: `timestamp value step`, as MLflow writes them; called by whoever logs or reads.

A line may have two more columns, the name and digest of a dataset. Very old files have no step column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pegboard import notices
from pegboard.entities import Metric
from pegboard.errors import StorageDamaged

# What an append that was cut off can leave of a line: any beginning of one.
_TORN = re.compile(rb"-?\d*|-?\d+ ?|-?\d+ [-+]?[\d.einfa+-]* ?|-?\d+ [-+]?[\d.einfa+-]+ -?\d*( .*)?")


def line(metric: Metric) -> bytes:
    """Return the line of a checked point."""
    if metric.dataset_name is None or metric.dataset_digest is None:
        return b"%d %a %d\n" % (metric.timestamp, metric.value, metric.step)
    dataset = _dataset_columns(metric.key, metric.dataset_name, metric.dataset_digest)
    return b"%d %a %d%b\n" % (metric.timestamp, metric.value, metric.step, dataset)


def _dataset_columns(key: str, name: str, digest: str) -> bytes:
    for text in (name, digest):
        if not text or text.split() != [text]:
            notices.once(
                f"dataset:{name}:{digest}",
                f"The dataset '{name}' with digest '{digest}' is not noted in the points of metric "
                f"'{key}': its "
                "name or digest is empty or has spaces, which the lines of a metric file cannot hold.",
            )
            return b""
    return f" {name} {digest}".encode()


def parse(key: str, data: bytes, path: str) -> list[Metric]:
    """Return the points of a metric file in its order, repeats included.

    A line that was cut off by a crash is skipped and noted.

    Raises:
        StorageDamaged: A line is nothing that a store writes.
    """
    points: list[Metric] = []
    append = points.append
    try:
        for text in _lines(data):
            timestamp, value, step = text.split()
            append(Metric(key, float(value), int(timestamp), int(step)))
    except ValueError:
        return [Metric(key, *fields) for fields in _odd_points(data, path)]
    return points


def latest(key: str, data: bytes, path: str) -> Metric | None:
    """Return the last point of a metric file in the order of histories, None if it has none."""
    try:
        best: tuple[int, int, bool, float] | None = None
        for text in _lines(data):
            timestamp, value, step = text.split()
            number = float(value)
            found = (int(step), int(timestamp), number == number, number)
            if best is None or found > best:
                best = found
    except ValueError:
        points = [Metric(key, *fields) for fields in _odd_points(data, path)]
        return max(points, key=lambda m: (m.step, m.timestamp, m.value == m.value, m.value), default=None)
    return None if best is None else Metric(key, best[3], best[1], best[0])


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


Fields = tuple[float, int, int, None, str | None, str | None]


def _odd_points(data: bytes, path: str) -> Iterator[Fields]:
    """Yield the fields of each point of a file in which some line has not three columns."""
    lines = _lines(data)
    counts = {len(text.split()) for text in lines}
    without_step = counts == {2} and data.endswith(b"\n")
    for number, text in enumerate(lines, 1):
        columns = text.split()
        if without_step:
            columns.append(b"0")
        try:
            timestamp, value, step, *dataset = columns
            fields = (float(value), _whole(timestamp), _whole(step))
            names = _dataset(dataset)
        except ValueError:
            _note_torn(text, path, number)
            continue
        yield (*fields, None, *names)


def _whole(column: bytes) -> int:
    # MLflow writes a timestamp or step as it was given, which may be a float.
    return int(column) if b"." not in column else int(float(column))


def _dataset(columns: list[bytes]) -> tuple[str | None, str | None]:
    if not columns:
        return None, None
    if len(columns) == 1:
        raise ValueError("cut off before the digest")
    return b" ".join(columns[:-1]).decode(), columns[-1].decode()


def _note_torn(text: bytes, path: str, number: int) -> None:
    if not _TORN.fullmatch(text.strip()):
        raise StorageDamaged(
            f"Line {number} of '{path}' is {text[:60]!r}, which is no point of a metric. Repair or remove "
            "the line."
        )
    if text:
        notices.once(
            f"torn:{path}:{number}",
            f"Line {number} of '{path}' is {text[:60]!r}, cut off when a writer died; it is skipped.",
        )
