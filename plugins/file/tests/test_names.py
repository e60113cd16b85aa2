"""Names of experiments stay unique among processes, and claims of the dead block nobody."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from typing import Any

from pegboard.entities import ViewType
from pegboard.errors import ResourceAlreadyExists
from pegboard_file import naming
from pegboard_file.store import FileStore

PROCESSES, NAMES = 6, 15
CONTEXT = multiprocessing.get_context("fork")


def _create(root: str, barrier: Any, made: Any) -> None:
    store = FileStore(root)
    for i in range(NAMES):
        barrier.wait(60)
        try:
            made.put((f"name {i}", store.create_experiment(f"name {i}")))
        except ResourceAlreadyExists:
            made.put((f"name {i}", None))


def _rename(root: str, barrier: Any, made: Any) -> None:
    store = FileStore(root)
    own = [store.create_experiment(f"{os.getpid()} {i}") for i in range(NAMES)]
    for i in range(NAMES):
        barrier.wait(60)
        try:
            store.rename_experiment(own[i], f"name {i}")
            made.put((f"name {i}", own[i]))
        except ResourceAlreadyExists:
            made.put((f"name {i}", None))


def test_racing_processes(root: Path) -> None:
    barrier, made = CONTEXT.Barrier(PROCESSES), CONTEXT.Queue()
    targets = [_create, _rename] * (PROCESSES // 2)
    workers = [CONTEXT.Process(target=target, args=(str(root), barrier, made)) for target in targets]
    for worker in workers:
        worker.start()
    results = [made.get(timeout=60) for _ in range(PROCESSES * NAMES)]
    for worker in workers:
        worker.join()
    found = [
        (experiment.name, experiment.experiment_id)
        for experiment in FileStore(str(root)).search_experiments(ViewType.ALL)
        if experiment.name.startswith("name")
    ]
    assert sorted(name for name, _ in found) == sorted(f"name {i}" for i in range(NAMES))
    assert sorted(found) == sorted((name, winner) for name, winner in results if winner is not None)


def test_claims_of_the_dead(store: FileStore, root: Path) -> None:
    store.search_experiments()
    prefix = naming.claim_prefix("wanted")
    claims = [root / f"{prefix}{token}" for token in ("0" * 16, "f" * 16)]
    for claim in claims:
        claim.write_text("name: wanted\n")
    experiment_id = store.create_experiment("wanted")
    assert store.get_experiment(experiment_id).name == "wanted"
    assert not any(claim.exists() for claim in claims)
