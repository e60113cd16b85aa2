"""Interleaved measuring of contenders, and the rows that come of it; all benchmarks use it.

The contenders take turns, one sample each a round, so that a noisy machine disturbs all of them alike.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

PEGBOARD, MLFLOW, LIMIT, BARE = "pegboard", "mlflow", "limit", "bare"
WORKER = Path(__file__).with_name("worker.py")

#: Takes one sample, in seconds.
Sampler = Callable[[], float]


@dataclass(frozen=True)
class Budget:
    """What Pegboard may take.

    Args:
        bound: Seconds, or a factor.
        over: What the factor is of: the limit, or `faster` for how many times faster than MLflow it must be.
    """

    bound: float
    over: Literal["seconds", "limit", "faster"] = "seconds"

    def __str__(self) -> str:
        if self.over == "seconds":
            return f"≤ {in_units(self.bound)}"
        return f"≤ {self.bound:g} × limit" if self.over == "limit" else f"≥ {self.bound:g} × MLflow's rate"

    def reached(self, row: Row) -> float | None:
        """Return what to compare with the bound; None if what it takes was not measured."""
        mine = row.seconds[PEGBOARD]
        if self.over == "seconds":
            return mine
        other = row.seconds.get(LIMIT if self.over == "limit" else MLFLOW)
        if other is None:
            return None
        return mine / other if self.over == "limit" else other / mine

    def met(self, row: Row) -> bool | None:
        """Tell whether a row keeps the budget; None if that was not measured."""
        reached = self.reached(row)
        if reached is None:
            return None
        return reached >= self.bound if self.over == "faster" else reached <= self.bound

    def possible(self, row: Row) -> bool:
        """Tell whether the limit itself would keep the budget."""
        return bool(self.met(replace(row, seconds={**row.seconds, PEGBOARD: row.seconds[LIMIT]})))


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        what: What was done.
        seconds: The median of each contender, in seconds.
        limit: What the limit is.
        budget: The budget; None for a row of information.
        samples: What the medians are of.
    """

    what: str
    seconds: Mapping[str, float]
    limit: str
    budget: Budget | None
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)


def row(
    what: str,
    samples: Mapping[str, Sequence[float]],
    limit: str,
    budget: Budget | None = None,
    units: int = 1,
    over_bare: bool = False,
) -> Row:
    """Return the row of some samples.

    Args:
        what: What was done.
        samples: The samples of each contender, in seconds.
        limit: What the limit is.
        budget: What Pegboard may take.
        units: How many operations a sample has; the row is of one.
        over_bare: Whether to take off what the contender `bare` took in the same round.
    """
    if over_bare:
        bare = samples[BARE]
        samples = {
            name: [mine - floor for mine, floor in zip(own, bare, strict=True)]
            for name, own in samples.items()
            if name != BARE
        } | {LIMIT: bare}
    each = {name: [sample / units for sample in own] for name, own in samples.items()}
    return Row(what, {name: statistics.median(own) for name, own in each.items()}, limit, budget, each)


class Bench:
    """What a benchmark needs of the runner.

    Args:
        pythons: The interpreters with Pegboard and with MLflow.
        folder: An empty folder for what benchmarks make.
        rounds: How many rounds to measure.
    """

    def __init__(self, pythons: Mapping[str, str], folder: Path, rounds: int) -> None:
        self.pythons = pythons
        self.folder = folder
        self.rounds = rounds
        self.environment = _clean_environment()

    def interleaved(
        self, what: str, samplers: Mapping[str, Sampler], share: int = 1
    ) -> dict[str, list[float]]:
        """Return the samples of each contender after a first round that does not count.

        Args:
            what: What is done, for the progress line.
            samplers: The contenders.
            share: A long benchmark takes this part of the rounds, but three if so many are wanted.
        """
        rounds = max(min(3, self.rounds), self.rounds // share)
        samples: dict[str, list[float]] = {name: [] for name in samplers}
        for number in range(rounds + 1):
            for name, sample in samplers.items():
                progress(f"{what}: {'first round' if not number else f'round {number} of {rounds}'}, {name}")
                seconds = sample()
                if number:
                    samples[name].append(seconds)
        progress("")
        return samples

    def process(self, command: Sequence[str], each_folder: bool = False, path: Path | None = None) -> Sampler:
        """Return what times a whole process from outside.

        Args:
            command: The program and its arguments.
            each_folder: Whether each process tracks in a new folder.
            path: A folder to put on the path of Python.
        """
        environment = dict(self.environment)
        if path is not None:
            environment["PYTHONPATH"] = str(path)

        def sample() -> float:
            if each_folder:
                environment["MLFLOW_TRACKING_URI"] = str(self.new_folder() / "mlruns")
            start = time.perf_counter()
            ended = subprocess.run(
                command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True
            )
            seconds = time.perf_counter() - start
            if ended.returncode:
                raise SystemExit(f"{command!r} failed:\n{ended.stderr.decode(errors='replace')}")
            return seconds

        return sample

    @contextmanager
    def workers(
        self, task: str, contenders: Sequence[str] = (PEGBOARD, MLFLOW, LIMIT), **arguments: object
    ) -> Iterator[dict[str, Sampler]]:
        """Start a worker for each contender and yield what takes their samples.

        Args:
            task: A function of the worker script.
            contenders: Who takes part.
            **arguments: What it takes besides library and folder.
        """
        started: list[subprocess.Popen[str]] = []
        samplers: dict[str, Sampler] = {}
        try:
            for name in contenders:
                python = self.pythons.get(name, self.pythons[PEGBOARD])
                command = [python, str(WORKER), task, name, str(self.new_folder()), json.dumps(arguments)]
                errors = self.folder / f"{task}-{name}.log"
                with errors.open("w") as log:
                    process = subprocess.Popen(
                        command,
                        env=self.environment,
                        cwd=self.folder,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        text=True,
                    )
                started.append(process)
                samplers[name] = _asking(process, errors)
            yield samplers
        finally:
            for process in started:
                process.communicate()

    def new_folder(self) -> Path:
        """Return a new empty folder."""
        number = sum(1 for _ in self.folder.iterdir())
        folder = self.folder / f"{number:05}"
        folder.mkdir()
        return folder


def _asking(process: subprocess.Popen[str], errors: Path) -> Sampler:
    """Return what asks a worker for one sample."""
    assert process.stdin is not None
    assert process.stdout is not None
    asked, answers = process.stdin, process.stdout

    def sample() -> float:
        with suppress(BrokenPipeError):  # the log tells why it ended
            print("next", file=asked, flush=True)
        answer = answers.readline()
        if not answer:
            raise SystemExit(f"The worker {process.args!r} failed:\n{errors.read_text(errors='replace')}")
        return float(json.loads(answer)["seconds"])

    return sample


def _clean_environment() -> dict[str, str]:
    """Return the environment without what sets Python or a library, so that byte code is used and kept."""
    prefixes = ("PYTHON", "MLFLOW_", "PEGBOARD_", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return kept | {
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def progress(text: str) -> None:
    """Show what is being measured, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def in_units(seconds: float) -> str:
    """Return a time with three digits, in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if abs(seconds) >= size:
            return f"{_three(seconds / size)} {unit}"
    return f"{_three(seconds / 1e-6)} µs"


def _three(number: float) -> str:
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"
