"""Turns rows into the table, the page's section and JSON; the runner calls it."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measure import LIMIT, MLFLOW, PEGBOARD, Row, in_units

BEGIN = "<!-- results: written by tests/benchmarks/run.py -->"
END = "<!-- end of results -->"

_FACTS = """\
import importlib.metadata, json, platform, sys
versions = {}
for found in importlib.metadata.distributions():
    name = found.metadata["Name"]
    if name.startswith(("pegboard", "mlflow")):
        editable = '"editable":true' in (found.read_text("direct_url.json") or "").replace(" ", "")
        versions[name] = found.version + (" (editable, which is slower to import)" if editable else "")
print(json.dumps({"python": platform.python_version(), "versions": dict(sorted(versions.items()))}))
"""


def machine(pythons: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Return what the numbers depend on: machine, date, versions."""
    facts = {
        name: json.loads(subprocess.run([python, "-c", _FACTS], capture_output=True, check=True).stdout)
        for name, python in pythons.items()
    }
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [load()],
        "disk": _file_system(folder),
        "contenders": facts,
    }


def load() -> float:
    """Return how many processes wanted a core, on average over the last minute."""
    return round(os.getloadavg()[0], 1)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _file_system(folder: Path) -> str:
    """Return the type of the file system that a folder is on, where the system tells."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "unknown"
    above = [(len(place), kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(above, default=(0, "unknown"))[1]


def table(rows: Sequence[Row]) -> str:
    """Return the table in Markdown."""
    lines = [
        "| what | Pegboard | MLflow | limit | × limit | × faster | budget | met |",
        "|---|---:|---:|---|---:|---:|---|---|",
    ]
    for row in rows:
        mine, peer, limit = (row.seconds.get(name) for name in (PEGBOARD, MLFLOW, LIMIT))
        assert mine is not None
        cells = [
            row.what,
            in_units(mine),
            "–" if peer is None else in_units(peer),
            row.limit if limit is None else f"{in_units(limit)}, {row.limit}",
            "–" if limit is None else f"{mine / limit:.2g}",
            "–" if peer is None else f"{peer / mine:.2g}" if peer / mine < 10 else f"{peer / mine:.0f}",
            "information" if row.budget is None else str(row.budget),
            _met(row),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _met(row: Row) -> str:
    met = None if row.budget is None else row.budget.met(row)
    if row.budget is None or met is None:
        return "–"
    if met:
        return "yes"
    return "**no**; the limit neither" if LIMIT in row.seconds and not row.budget.possible(row) else "**no**"


def section(rows: Sequence[Row], facts: Mapping[str, Any], rounds: int) -> str:
    """Return the generated part of the page."""
    judged = [row for row in rows if row.budget is not None and row.budget.met(row) is not None]
    short = [row.what for row in judged if row.budget is not None and not row.budget.met(row)]
    mine, peer = facts["contenders"][PEGBOARD], facts["contenders"][MLFLOW]
    verdict = f"{len(judged) - len(short)} of {len(judged)} budgets are met."
    if short:
        verdict += " Short of theirs fall: " + "; ".join(short) + "."
    return "\n".join(
        [
            f"Measured on {facts['date']}, {rounds} rounds (a long benchmark has fewer, but three), on "
            f"{facts['cores']} cores of {facts['processor']}, {facts['system']}, files on {facts['disk']}, "
            f"load average {facts['load'][0]} at the beginning and {facts['load'][-1]} at the end; more than "
            "1 then means that other work shared the machine.",
            "",
            f"- Pegboard's environment: Python {mine['python']}, {_listed(mine['versions'])}",
            f"- MLflow's environment: Python {peer['python']}, {_listed(peer['versions'])}",
            "",
            table(rows),
            "",
            verdict,
        ]
    )


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def write_page(page: Path, text: str) -> None:
    """Put the section into a page between its two marks; what people wrote around it stays."""
    old = page.read_text() if page.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} lacks the lines {BEGIN!r} and {END!r}, between which the results go.")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def write_json(path: Path, rows: Sequence[Row], facts: Mapping[str, Any]) -> None:
    """Write rows with all samples, in seconds."""
    path.write_text(json.dumps({"machine": facts, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
