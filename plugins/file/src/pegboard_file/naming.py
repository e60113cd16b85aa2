"""Making and renaming experiments so that names stay unique among processes, without a lock.

A process that wants a name writes a claim, a file in the root named by the name's hash and a random token,
which already is the future `meta.yaml`. Then it removes the claims of all rivals for the name, looks whether
an experiment has the name by now, and at last moves its claim into the experiment's folder. A process whose
claim was removed cannot move it and begins again. So of two that want one name, whoever comes second either
finds the first one's claim and removes it before it looks, or finds the experiment: never do both succeed.
The claim of a process that died is removed by the next one and blocks nobody. Among live rivals the smallest
token goes first, and the others wait for it a moment before they remove it.

MLflow knows no claims: an experiment that it makes between our look and our move can get the same name.
"""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from pegboard.errors import (
    TEMPORARILY_UNAVAILABLE,
    PegboardException,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from pegboard.validation import RESERVED_PREFIX
from pegboard_file import files, meta
from pegboard_file.experiments import META, ExperimentFolder, Experiments

_PATIENCE = 1.0  # seconds for which a rival may be slow before it counts as dead
_DEADLINE = 60.0


class Lost(Exception):
    """A rival removed our claim."""


def take_name(
    experiments: Experiments,
    name: str,
    experiment_id: str,
    fields: Callable[[], dict[str, Any]],
    move: Callable[[str], None],
) -> None:
    """Give an experiment a name that no other has.

    Args:
        experiments: All experiments.
        name: The checked name.
        experiment_id: Whose it will be.
        fields: Gives the whole content of its `meta.yaml`.
        move: Moves the claim at a path to the experiment's `meta.yaml`; raises Lost if it is gone.

    Raises:
        ResourceAlreadyExists: Another experiment has the name.
    """
    seen: dict[str, float] = {}
    end = time.monotonic() + _DEADLINE
    wait = 0.001
    while time.monotonic() < end:
        refuse_taken(experiments, name, experiment_id)
        claim = _claim_path(experiments.root, name)
        files.write_new(claim, meta.dump(fields()), experiments.sync)
        try:
            if _remove_rivals(experiments.root, name, claim, seen):
                refuse_taken(experiments, name, experiment_id)
                move(claim)
                return
        except Lost:
            pass
        finally:
            files.remove(claim)
        time.sleep(random.uniform(0, wait))  # noqa: S311 (nothing secret)
        wait = min(2 * wait, 0.1)
    raise PegboardException(
        f"The experiment name '{name}' could not be had within {_DEADLINE:g} s, so many want it. Try again.",
        TEMPORARILY_UNAVAILABLE,
    )


def refuse_taken(experiments: Experiments, name: str, experiment_id: str) -> None:
    """Raise ResourceAlreadyExists if an experiment other than the given one has the name."""
    for folder, fields in experiments.all_fields():
        if fields["name"] == name and folder.experiment_id != experiment_id:
            deleted = experiments.is_deleted(folder, fields)
            way_out = "Restore or purge it" if deleted else "Use it"
            raise ResourceAlreadyExists(
                f"The experiment name '{name}' is taken by the {'deleted' if deleted else 'active'} "
                f"experiment '{folder.experiment_id}'. {way_out}, or choose another name."
            )


def claim_prefix(name: str) -> str:
    """Return how the names of the claims to an experiment name begin."""
    return f"{RESERVED_PREFIX}name-{hashlib.sha256(name.encode()).hexdigest()[:32]}-"


def _claim_path(root: str, name: str) -> str:
    return f"{root}/{claim_prefix(name)}{os.urandom(8).hex()}"


def _remove_rivals(root: str, name: str, claim: str, seen: dict[str, float]) -> bool:
    """Remove the claims of rivals and return True, or return False to let one go first."""
    now = time.monotonic()
    rivals = [rival for rival in _claims(root, name) if rival != claim]
    if any(rival < claim and now - seen.setdefault(rival, now) < _PATIENCE for rival in rivals):
        return False
    for rival in rivals:
        files.remove(rival)
    return True


def _claims(root: str, name: str) -> Iterator[str]:
    prefix = claim_prefix(name)
    with os.scandir(root) as entries:
        yield from (f"{root}/{entry.name}" for entry in entries if entry.name.startswith(prefix))


def move_to_new(claim: str, folder: ExperimentFolder) -> None:
    """Make a claim the `meta.yaml` of an experiment that has none yet."""
    try:
        made = files.move_exclusively(claim, f"{folder.path}/{META}")
    except FileNotFoundError:
        raise Lost from None
    if not made:
        raise ResourceAlreadyExists(f"The experiment '{folder.experiment_id}' is there already.")


def move_over(claim: str, folder: ExperimentFolder) -> None:
    """Make a claim the new `meta.yaml` of an experiment."""
    try:
        os.replace(claim, f"{folder.path}/{META}")
    except FileNotFoundError:
        if not os.path.exists(f"{folder.path}/{META}"):
            raise ResourceDoesNotExist(
                f"The experiment '{folder.experiment_id}' was deleted meanwhile. Restore it first."
            ) from None
        raise Lost from None
