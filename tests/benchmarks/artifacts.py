"""Benchmarks of artifacts in local folders: many small files and a large one; the runner lists them."""

from __future__ import annotations

import data
from measure import Bench, Budget, Row, row

_FILES, _MEBIBYTES = 1_000, 256


def small_artifacts(bench: Bench) -> list[Row]:
    """Log and download a folder of 1,000 small files."""
    source = bench.new_folder()
    data.small_files(source, _FILES)
    return _both_ways(bench, str(source), f"{_FILES:,} small files", "`cp -r`", 1)


def large_artifact(bench: Bench) -> list[Row]:
    """Log and download a file of 256 MiB."""
    source = bench.new_folder() / "large.bin"
    data.large_file(source, _MEBIBYTES)
    return _both_ways(bench, str(source), f"a file of {_MEBIBYTES} MiB", "`cp`", 2)


def _both_ways(bench: Bench, source: str, what: str, limit: str, share: int) -> list[Row]:
    rows = []
    for task, way in (("upload", "log"), ("download", "download")):
        with bench.workers(task, source=source) as samplers:
            samples = bench.interleaved(f"{way} {what}", samplers, share)
        rows.append(row(f"artifacts: {way} {what}; local", samples, limit, Budget(2, "limit")))
    return rows
