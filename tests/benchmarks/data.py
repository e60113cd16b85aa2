"""Makes what benchmarks read: distributions on a path, runs in MLflow's layout, histories, files to copy."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

EXPERIMENT_ID = "0"

_KINDS = (
    "tracking_store",
    "artifact_repository",
    "model_registry",
    "run_context",
    "request_header",
    "project_backend",
    "evaluator",
    "deployment_target",
    "command",
)
_META = """\
artifact_uri: {uri}
end_time: {end}
entry_point_name: ''
experiment_id: '{experiment}'
lifecycle_stage: active
run_id: {run}
run_name: {name}
run_uuid: {run}
source_name: ''
source_type: 4
source_version: ''
start_time: {start}
status: 3
tags: []
user_id: somebody
"""
_EXPERIMENT = """\
artifact_location: {uri}
creation_time: 1700000000000
experiment_id: '{experiment}'
last_update_time: 1700000000000
lifecycle_stage: active
name: Default
"""


def distributions(folder: Path, plugins: int, others: int) -> None:
    """Make the metadata of distributions as an installer leaves it, sized as that of real ones.

    Args:
        folder: Where they are installed.
        plugins: How many register entry points under Pegboard's groups, two each.
        others: How many do not; every fourth has a console script.
    """
    chance = random.Random(0)
    for number in range(others):
        name = f"package-{number:03}"
        module = name.replace("-", "_")
        script = f"[console_scripts]\n{name} = {module}.cli:main\n" if number % 4 == 0 else ""
        # The quartiles of a real environment of 94 distributions are 3.5 and 11 kB of METADATA.
        _distribution(folder, name, chance.randint(2_000, 13_000), chance.randint(15, 120), script)
    for number in range(plugins):
        name = f"pegboard-example-{number:02}"
        module = name.replace("-", "_")
        points = "".join(
            f"[pegboard.{_KINDS[index % len(_KINDS)]}]\nexample{number} = {module}.plugin\n\n"
            for index in (number, number + 4)
        )
        _distribution(folder, name, 3_000, 12, points)


def _distribution(folder: Path, name: str, length: int, files: int, entry_points: str) -> None:
    module = name.replace("-", "_")
    info = folder / f"{module}-1.2.3.dist-info"
    info.mkdir(parents=True)
    header = (
        f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.2.3\nSummary: What {name} is for, in a sentence\n"
        "Author-email: Somebody <somebody@example.org>\nLicense-Expression: Apache-2.0\n"
        "Classifier: Programming Language :: Python :: 3\nRequires-Python: >=3.11\n"
        "Requires-Dist: numpy>=1.24\nRequires-Dist: pytest>=8; extra == 'test'\nProvides-Extra: test\n"
        "Description-Content-Type: text/markdown\n\n"
    )
    if entry_points and "pegboard." in entry_points:
        header = header.replace("Requires-Dist: numpy>=1.24", "Requires-Dist: pegboard<0.2,>=0.1")
    text = f"# {name}\n\n" + "It does a thing, and here is how to use it in a program.\n" * (length // 57)
    (info / "METADATA").write_text(header + text)
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nGenerator: hatchling\nTag: py3-none-any\n")
    (info / "INSTALLER").write_text("uv\n")
    lines = [f"{module}/part_{part:03}.py,sha256={'x' * 43},{part * 97}" for part in range(files)]
    (info / "RECORD").write_text("\n".join(lines) + "\n")
    if entry_points:
        (info / "entry_points.txt").write_text(entry_points)


def runs(folder: Path, count: int) -> None:
    """Make finished runs in the experiment Default, each with four params, metrics and tags.

    Args:
        folder: The store's folder.
        count: How many.
    """
    chance = random.Random(0)
    _experiment(folder)
    for number in range(count):
        place = _run(folder, uuid.UUID(int=chance.getrandbits(128)).hex, number)
        texts = {
            "params/optimizer": chance.choice(("adam", "sgd")),
            "params/learning_rate": str(chance.random()),
            "params/layers": str(chance.randrange(20)),
            "params/seed": str(number),
            "tags/mlflow.user": "somebody",
            "tags/mlflow.source.name": "train.py",
            "tags/mlflow.source.type": "LOCAL",
            "tags/team": chance.choice(("vision", "speech", "text")),
            "metrics/accuracy": f"1700000000000 {chance.random()} 0\n",
            "metrics/loss": f"1700000000000 {chance.random()} 0\n",
            "metrics/recall": f"1700000000000 {chance.random()} 0\n",
            "metrics/seconds": f"1700000000000 {chance.random()} 0\n",
        }
        for name, text in texts.items():
            with open(f"{place}/{name}", "w") as file:
                file.write(text)


def history(folder: Path, points: int) -> tuple[str, Path]:
    """Make a run with one long metric, `loss`, and return the run's id and the metric's file."""
    _experiment(folder)
    run_id = "a" * 32
    path = Path(_run(folder, run_id, 0), "metrics", "loss")
    chance = random.Random(0)
    path.write_text("".join(f"{1_700_000_000_000 + n} {chance.random()} {n}\n" for n in range(points)))
    return run_id, path


def small_files(folder: Path, count: int) -> None:
    """Make files of 1 to 4 kB, a hundred to a folder."""
    chance = random.Random(0)
    for number in range(count):
        place = folder / f"part-{number // 100}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"file-{number}.bin").write_bytes(chance.randbytes(chance.randint(1_000, 4_000)))


def large_file(path: Path, mebibytes: int) -> None:
    """Make a file of random bytes."""
    chance = random.Random(0)
    with path.open("wb") as file:
        for _ in range(mebibytes):
            file.write(chance.randbytes(1 << 20))


def _experiment(folder: Path) -> None:
    place = folder / EXPERIMENT_ID
    place.mkdir(parents=True)
    (folder / ".trash").mkdir()
    (place / "meta.yaml").write_text(_EXPERIMENT.format(uri=place, experiment=EXPERIMENT_ID))


def _run(folder: Path, run_id: str, number: int) -> str:
    place = folder / EXPERIMENT_ID / run_id
    place.mkdir()
    for name in ("artifacts", "metrics", "params", "tags"):
        (place / name).mkdir()
    start = 1_700_000_000_000 + number * 1000
    name = f"run-{number}"
    text = _META.format(
        uri=place / "artifacts", end=start + 500, experiment=EXPERIMENT_ID, run=run_id, name=name, start=start
    )
    (place / "meta.yaml").write_text(text)
    (place / "tags" / "mlflow.runName").write_text(name)
    return str(place)
