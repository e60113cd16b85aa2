"""Benchmarks of tracking in files: logging, searching, reading histories; the runner lists them."""

from __future__ import annotations

import shutil

import data
from measure import LIMIT, PEGBOARD, Bench, Budget, Row, row

_CALLS, _DURABLE_CALLS = 500, 20
_POINTS = 100_000


def log_metric(bench: Bench) -> list[Row]:
    """Log points one call at a time through the fluent API."""
    with bench.workers("log_metric", calls=_CALLS) as samplers:
        samples = bench.interleaved("log_metric", samplers)
    limit = "`open(…, 'a')`, write, close"
    rows = [row("`log_metric`, one call at a time; files", samples, limit, Budget(1.5, "limit"), _CALLS)]
    durable = (PEGBOARD, LIMIT)  # MLflow has no such setting
    with bench.workers("log_metric", durable, calls=_DURABLE_CALLS, durable=True) as samplers:
        samples = bench.interleaved("log_metric, durable", samplers)
    what = "`log_metric`, one call at a time, `PEGBOARD_DURABILITY=full`; files"
    return [*rows, row(what, samples, "the same with `fsync`", units=_DURABLE_CALLS)]


def log_batch(bench: Bench) -> list[Row]:
    """Log batches of 1,000 metrics through the client."""
    rows = []
    for keys, batches in ((1, 10), (1000, 1)):
        with bench.workers("log_batch", keys=keys, batches=batches) as samplers:
            samples = bench.interleaved(f"log_batch, {keys} keys", samplers)
        shape = "1,000 points of one key" if keys == 1 else "a point of 1,000 new keys"
        limit = "`open(…, 'a')`, write, close a key"
        rows.append(row(f"`log_batch`, {shape}; files", samples, limit, Budget(15, "faster"), batches))
    return rows


def search(bench: Bench) -> list[Row]:
    """Search runs with filter and order, which reads all of them: there is no index yet."""
    rows = []
    for count, share in ((1_000, 3), (10_000, 10)):
        folder = bench.new_folder()
        data.runs(folder, count)
        with bench.workers("search_runs", runs=str(folder), experiment_id=data.EXPERIMENT_ID) as samplers:
            samples = bench.interleaved(f"search of {count} runs", samplers, share)
        shutil.rmtree(folder)
        what = f"search of {count:,} runs, filter and order, first page of 100; files without an index"
        rows.append(row(what, samples, "`os.walk`, `os.read` of all files"))
    return rows


def history(bench: Bench) -> list[Row]:
    """Read the history of a metric of 100,000 points."""
    folder = bench.new_folder()
    run_id, path = data.history(folder, _POINTS)
    with bench.workers(
        "metric_history", runs=str(folder), run_id=run_id, path=str(path), points=_POINTS
    ) as samplers:
        samples = bench.interleaved("history", samplers)
    what = f"history of {_POINTS:,} points; files"
    return [row(what, samples, "parsing the lines into tuples", Budget(3, "limit"))]
