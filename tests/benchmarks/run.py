"""Measures Pegboard beside MLflow and the least that has to be done, for the budgets of the design.

Developers run it through `nox -s bench`; see docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import artifacts
import processes
import report
import stores
from measure import MLFLOW, PEGBOARD, Bench, Row

BENCHMARKS = {
    "import": processes.import_library,
    "commands": processes.commands,
    "fresh-script": processes.fresh_script,
    "log-metric": stores.log_metric,
    "log-batch": stores.log_batch,
    "search": stores.search,
    "history": stores.history,
    "small-artifacts": artifacts.small_artifacts,
    "large-artifact": artifacts.large_artifact,
}


def main() -> None:
    """Run the benchmarks that are asked for."""
    arguments = _arguments()
    # Not resolved: the link in an environment is what makes an interpreter that environment's.
    pythons = {PEGBOARD: os.path.abspath(arguments.pegboard), MLFLOW: os.path.abspath(arguments.mlflow)}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="pegboard-bench-", dir=arguments.folder) as folder:
        facts = report.machine(pythons, Path(folder))
        for name in arguments.only or BENCHMARKS:
            place = Path(folder, name)
            place.mkdir()
            rows += BENCHMARKS[name](Bench(pythons, place, arguments.rounds))
        facts["load"].append(report.load())
    print(report.section(rows, facts, arguments.rounds))
    if arguments.output:
        report.write_page(arguments.output, report.section(rows, facts, arguments.rounds))
    if arguments.json:
        report.write_json(arguments.json, rows, facts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pegboard", required=True, help="the interpreter of an environment with Pegboard")
    parser.add_argument("--mlflow", required=True, help="the interpreter of an environment with MLflow")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="a benchmark; repeat for more")
    parser.add_argument("--rounds", type=int, default=15, help="how often each is measured (15)")
    parser.add_argument("--folder", help="where data are made; the system's temporary folder by default")
    parser.add_argument("--output", type=Path, help="the page to put the results into")
    parser.add_argument("--json", type=Path, help="where to write all samples, in seconds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
