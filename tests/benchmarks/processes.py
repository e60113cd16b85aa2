"""Benchmarks of whole processes: import, commands, a fresh script; the runner lists them."""

from __future__ import annotations

from pathlib import Path

import data
from measure import BARE, LIMIT, MLFLOW, PEGBOARD, Bench, Budget, Row, Sampler, row

_SCRIPT = """\
import {library} as library
with library.start_run():
    library.log_param("learning_rate", 0.1)
    library.log_metric("loss", 0.5)
"""
_PLUGINS, _OTHERS = 20, 300


def import_library(bench: Bench) -> list[Row]:
    """Import the library in a new interpreter, over the interpreter alone."""
    samples = bench.interleaved(
        "import",
        {
            BARE: bench.process([bench.pythons[PEGBOARD], "-c", "pass"]),
            PEGBOARD: bench.process([bench.pythons[PEGBOARD], "-c", "import pegboard"]),
            MLFLOW: bench.process([bench.pythons[MLFLOW], "-c", "import mlflow"]),
        },
    )
    what = "import of the library, over a bare interpreter"
    return [row(what, samples, "the bare interpreter", Budget(0.010), over_bare=True)]


def commands(bench: Bench) -> list[Row]:
    """Run commands that list, where 20 plugins are installed among 300 other distributions."""
    path = bench.new_folder()
    data.distributions(path, _PLUGINS, _OTHERS)
    python = bench.pythons[PEGBOARD]
    scan = "import importlib.metadata; list(importlib.metadata.entry_points())"
    limits = {
        "--version": ([python, "-c", "pass"], "the bare interpreter"),
        "--help": ([python, "-c", "pass"], "the bare interpreter"),
        "plugins": ([python, "-c", scan], "`importlib.metadata.entry_points()`"),
    }
    rows = []
    for argument, (limit, name) in limits.items():
        samplers: dict[str, Sampler] = {
            LIMIT: bench.process(limit, path=path),
            PEGBOARD: bench.process([_beside(python, "pegboard"), argument], path=path),
        }
        if argument != "plugins":  # MLflow has no such listing
            program = _beside(bench.pythons[MLFLOW], "mlflow")
            samplers[MLFLOW] = bench.process([program, argument], path=path)
        samples = bench.interleaved(f"command {argument}", samplers)
        what = f"command `{argument}`, {_PLUGINS} plugins among {_OTHERS} other distributions"
        rows.append(row(what, samples, name, Budget(0.200 if argument == "plugins" else 0.120)))
    return rows


def fresh_script(bench: Bench) -> list[Row]:
    """Run a script that logs a param and a metric to a run in a new folder."""
    samples = bench.interleaved(
        "fresh script",
        {
            LIMIT: bench.process([bench.pythons[PEGBOARD], "-c", "pass"]),
            **{
                name: bench.process(
                    [bench.pythons[name], "-c", _SCRIPT.format(library=name)], each_folder=True
                )
                for name in (PEGBOARD, MLFLOW)
            },
        },
    )
    what = "fresh script: import, start a run, log a param and a metric, end; files"
    return [row(what, samples, "the bare interpreter", Budget(0.150))]


def _beside(python: str, program: str) -> str:
    return str(Path(python).parent / program)
