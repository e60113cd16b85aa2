"""Does one task with one library each time a line comes in, and answers with the seconds that it took.

The runner starts it with the interpreter that has the library: worker.py TASK LIBRARY FOLDER ARGUMENTS. The
libraries run the same code, since `import pegboard as mlflow` is what Pegboard promises; the library `limit`
stands for the least that has to be done, with Python alone.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

Sampler = Callable[[], float]

NOW = 1_700_000_000_000


def timed(act: Callable[[], Any]) -> float:
    """Return how many seconds a call takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def loaded(library: str, folder: str) -> Any:
    """Return the library, tracking in a folder that is not there or has an experiment (MLflow wants that)."""
    module = importlib.import_module(library)
    module.set_tracking_uri(folder)
    return module


def log_metric(library: str, folder: str, calls: int, durable: bool = False) -> Sampler:
    """Log points of one metric, one call at a time; `durable` ones survive a loss of power."""
    if library == "limit":
        path = f"{folder}/metric"

        def append() -> None:
            for step in range(calls):
                with open(path, "a") as file:
                    file.write(f"{time.time_ns() // 1_000_000} {step * 0.1} {step}\n")
                    if durable:
                        file.flush()
                        os.fsync(file.fileno())

        return lambda: timed(append)
    if durable:
        os.environ["PEGBOARD_DURABILITY"] = "full"
    module = loaded(library, f"{folder}/mlruns")
    module.start_run()

    def log() -> None:
        for step in range(calls):
            module.log_metric("loss", step * 0.1, step=step)

    return lambda: timed(log)


def log_batch(library: str, folder: str, keys: int, batches: int) -> Sampler:
    """Log batches of 1,000 metrics of so many keys to a new run."""
    of_batch = [
        [(f"metric_{index % keys}", index * 0.1, batch * 1000 + index) for index in range(1000)]
        for batch in range(batches)
    ]
    if library == "limit":
        return _appended(folder, of_batch)
    module = loaded(library, f"{folder}/mlruns")
    entity = importlib.import_module(f"{library}.entities").Metric
    client = module.MlflowClient()

    def sample() -> float:
        run_id = client.create_run("0").info.run_id
        prepared = [[entity(key, value, NOW, step) for key, value, step in batch] for batch in of_batch]

        def log() -> None:
            for batch in prepared:
                client.log_batch(run_id, metrics=batch)

        return timed(log)

    return sample


def _appended(folder: str, of_batch: list[list[tuple[str, float, int]]]) -> Sampler:
    numbers = iter(range(10**9))

    def sample() -> float:
        target = f"{folder}/{next(numbers)}"
        os.mkdir(target)

        def append() -> None:
            for batch in of_batch:
                lines: dict[str, list[str]] = {}
                for key, value, step in batch:
                    lines.setdefault(key, []).append(f"{NOW} {value} {step}\n")
                for key, own in lines.items():
                    with open(f"{target}/{key}", "a") as file:
                        file.write("".join(own))

        return timed(append)

    return sample


def search_runs(library: str, folder: str, runs: str, experiment_id: str) -> Sampler:
    """Search the runs in a folder with filter and order for the first page of 100."""
    if library == "limit":
        return lambda: timed(lambda: _read_all(runs))
    client = loaded(library, runs).MlflowClient()

    def search() -> None:
        found = client.search_runs(
            [experiment_id],
            "metrics.accuracy > 0.5 and params.optimizer = 'adam'",
            max_results=100,
            order_by=["metrics.loss ASC"],
        )
        assert len(found) == 100, len(found)

    return lambda: timed(search)


def _read_all(folder: str) -> None:
    for place, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(f"{place}/{name}", os.O_RDONLY)
            os.read(descriptor, 1 << 16)
            os.close(descriptor)


def metric_history(library: str, folder: str, runs: str, run_id: str, path: str, points: int) -> Sampler:
    """Read the history of a metric."""

    def parse() -> None:
        with open(path) as file:
            found = [
                (int(timestamp), float(value), int(step))
                for timestamp, value, step in (line.split() for line in file)
            ]
        assert len(found) == points

    if library == "limit":
        return lambda: timed(parse)
    client = loaded(library, runs).MlflowClient()

    def read() -> None:
        assert len(client.get_metric_history(run_id, "loss")) == points

    return lambda: timed(read)


def upload(library: str, folder: str, source: str) -> Sampler:
    """Log a file or folder as artifacts of a new run."""
    if library == "limit":

        def copy() -> float:
            seconds = _copied(source, f"{folder}/copy")
            _removed(f"{folder}/copy")
            return seconds

        return copy
    client = loaded(library, f"{folder}/mlruns").MlflowClient()

    def sample() -> float:
        run_id = client.create_run("0").info.run_id
        log = client.log_artifacts if os.path.isdir(source) else client.log_artifact
        seconds = timed(lambda: log(run_id, source))
        _removed(f"{folder}/mlruns/0/{run_id}")
        return seconds

    return sample


def download(library: str, folder: str, source: str) -> Sampler:
    """Download what was logged from a file or folder."""
    target = f"{folder}/target"
    if library == "limit":

        def fetch() -> float:
            seconds = _copied(source, target)
            _removed(target)
            return seconds

        return fetch
    client = loaded(library, f"{folder}/mlruns").MlflowClient()
    run_id = client.create_run("0").info.run_id
    (client.log_artifacts if os.path.isdir(source) else client.log_artifact)(run_id, source)
    path = "" if os.path.isdir(source) else os.path.basename(source)

    def sample() -> float:
        os.mkdir(target)
        seconds = timed(lambda: client.download_artifacts(run_id, path, target))
        _removed(target)
        return seconds

    return sample


def _copied(source: str, target: str) -> float:
    return timed(lambda: subprocess.run(["cp", "-r", source, target], check=True))


def _removed(path: str) -> None:
    """Remove what a sample wrote before the disk gets to write it, which would slow the samples after it."""
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def main(task: str, library: str, folder: str, arguments: str) -> None:
    """Answer each line of standard input; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sample = None
    for _ in sys.stdin:
        if sample is None:
            sample = globals()[task](library, folder, **json.loads(arguments))
        print(json.dumps({"seconds": sample()}), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
