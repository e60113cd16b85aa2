"""A tracking store in plain dictionaries: the contract once more, as short as it can be said.

The state machine in `machine` drives a store beside it. It checks nothing that `pegboard.validation` checks;
the machine marks elements that break a rule itself. A method that must be refused returns the error's class.
"""

# ruff: noqa: D102 (the methods are the contract's, and say what theirs say)

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from pegboard.errors import (
    InvalidParameterValue,
    PegboardException,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)

ErrorClass = type[PegboardException]
Point = tuple[int, int, float]
RUN_NAME = "mlflow.runName"
STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}


class Condition(NamedTuple):
    """One comparison of a filter."""

    entity: str
    key: str
    operator: str
    value: Any


class Order(NamedTuple):
    """One column of an order."""

    entity: str
    key: str
    ascending: bool


class Model:
    """What a store holds.

    Args:
        nested_keys: Whether a key may be a folder of another.
    """

    def __init__(self, nested_keys: bool) -> None:
        self.nested_keys = nested_keys
        self.experiments: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, dict[str, Any]] = {}

    # Experiments

    def can_name(self, name: str) -> ErrorClass | None:
        taken = any(experiment["name"] == name for experiment in self.experiments.values())
        return ResourceAlreadyExists if taken else None

    def create_experiment(self, experiment_id: str, name: str) -> None:
        self.experiments[experiment_id] = {"name": name, "stage": "active", "tags": {}}

    def rename_experiment(self, experiment_id: str, name: str) -> ErrorClass | None:
        experiment = self.experiments[experiment_id]
        if experiment["stage"] == "deleted":
            return InvalidParameterValue
        error = self.can_name(name)
        if error is None:
            experiment["name"] = name
        return error

    def delete_experiment(self, experiment_id: str) -> ErrorClass | None:
        if self.experiments[experiment_id]["stage"] == "deleted":
            return ResourceDoesNotExist
        self.experiments[experiment_id]["stage"] = "deleted"
        for run in self.runs_of(experiment_id):
            if run["stage"] == "active":
                run["stage"], run["with experiment"] = "deleted", True
        return None

    def restore_experiment(self, experiment_id: str) -> ErrorClass | None:
        if self.experiments[experiment_id]["stage"] == "active":
            return ResourceDoesNotExist
        self.experiments[experiment_id]["stage"] = "active"
        for run in self.runs_of(experiment_id):
            if run["with experiment"]:
                run["stage"], run["with experiment"] = "active", False
        return None

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> ErrorClass | None:
        experiment = self.experiments[experiment_id]
        if experiment["stage"] == "deleted" or self._collide(experiment["tags"], [key]):
            return InvalidParameterValue
        experiment["tags"][key] = value
        return None

    def delete_experiment_tag(self, experiment_id: str, key: str) -> ErrorClass | None:
        return _delete_tag(self.experiments[experiment_id], key)

    # Runs

    def can_create_run(self, experiment_id: str, tags: dict[str, str]) -> ErrorClass | None:
        deleted = self.experiments[experiment_id]["stage"] == "deleted"
        return InvalidParameterValue if deleted or self._collide({}, tags) else None

    def create_run(
        self, run_id: str, experiment_id: str, name: str, start: int, tags: dict[str, str]
    ) -> None:
        self.runs[run_id] = {
            "experiment": experiment_id,
            "name": name,
            "status": "RUNNING",
            "start": start,
            "end": None,
            "stage": "active",
            "with experiment": False,
            "metrics": {},
            "params": {},
            "tags": {**tags, RUN_NAME: name},
        }

    def update_run(
        self, run_id: str, status: int | None, end: int | None, name: str | None
    ) -> ErrorClass | None:
        run = self.runs[run_id]
        if run["stage"] == "deleted":
            return InvalidParameterValue
        if status is not None:
            run["status"] = STATUS[status]
            if run["status"] in ("RUNNING", "SCHEDULED"):
                run["end"] = None
        if end is not None:
            run["end"] = end
        if name is not None:
            run["name"] = run["tags"][RUN_NAME] = name
        return None

    def delete_run(self, run_id: str) -> None:
        self.runs[run_id]["stage"] = "deleted"

    def restore_run(self, run_id: str) -> None:
        self.runs[run_id].update({"stage": "active", "with experiment": False})

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[tuple[str, Point]],
        params: Sequence[tuple[str, str]],
        tags: Sequence[tuple[str, str]],
    ) -> ErrorClass | None:
        run, metrics = self.runs[run_id], list(metrics)
        wanted = {**dict(params), **run["params"]}
        if (
            run["stage"] == "deleted"
            or any(wanted[key] != value for key, value in params)
            or self._collide(run["metrics"], [key for key, _ in metrics])
            or self._collide(run["params"], dict(params))
            or self._collide(run["tags"], dict(tags))
        ):
            return InvalidParameterValue
        for key, point in metrics:
            points = run["metrics"].setdefault(key, [])
            if _rank(point) not in map(_rank, points):
                points.append(point)
        run["params"].update(params)
        run["tags"].update(tags)
        run["name"] = run["tags"][RUN_NAME]
        return None

    def delete_tag(self, run_id: str, key: str) -> ErrorClass | None:
        return _delete_tag(self.runs[run_id], key)

    # Reading

    def runs_of(self, experiment_id: str) -> list[dict[str, Any]]:
        return [run for run in self.runs.values() if run["experiment"] == experiment_id]

    def history(self, run_id: str, key: str) -> list[Point]:
        return sorted(self.runs[run_id]["metrics"].get(key, ()), key=_rank)

    def latest(self, run_id: str) -> dict[str, float]:
        return {key: max(points, key=_rank)[2] for key, points in self.runs[run_id]["metrics"].items()}

    def search(
        self,
        experiment_ids: Sequence[str],
        conditions: Sequence[Condition],
        stages: Sequence[str],
        orders: Sequence[Order],
    ) -> list[str]:
        """Return the ids of the runs that match, in order."""
        found = [
            run_id
            for run_id, run in self.runs.items()
            if run["experiment"] in experiment_ids
            and run["stage"] in stages
            and all(_holds(self._value(run_id, c.entity, c.key), c.operator, c.value) for c in conditions)
        ]
        found.sort()
        found.sort(key=lambda run_id: self.runs[run_id]["start"], reverse=True)
        for entity, key, ascending in reversed(orders):
            values = {run_id: self._value(run_id, entity, key) for run_id in found}
            numbers = [
                run_id for run_id in found if values[run_id] is not None and not _is_nan(values[run_id])
            ]
            nans = [run_id for run_id in found if _is_nan(values[run_id])]
            missing = [run_id for run_id in found if values[run_id] is None]
            numbers.sort(key=values.__getitem__, reverse=not ascending)
            found = numbers + nans + missing
        return found

    def _value(self, run_id: str, entity: str, key: str) -> Any:
        run = self.runs[run_id]
        values: dict[str, dict[str, Any]] = {
            "metrics": self.latest(run_id),
            "params": run["params"],
            "tags": run["tags"],
            "attributes": {
                "status": run["status"],
                "start_time": run["start"],
                "end_time": run["end"],
                "run_name": run["name"],
            },
        }
        return values[entity].get(key)

    def _collide(self, there: Iterable[str], new: Iterable[str]) -> bool:
        """Tell whether a new key is a folder of another, or another of it, where that cannot be."""
        keys = {*there, *new}
        return not self.nested_keys and any(one.startswith(f"{other}/") for one in keys for other in keys)


def _delete_tag(record: dict[str, Any], key: str) -> ErrorClass | None:
    if record["stage"] == "deleted":
        return InvalidParameterValue
    if key not in record["tags"]:
        return ResourceDoesNotExist
    del record["tags"][key]
    return None


def _rank(point: Point) -> tuple[int, int, bool, float]:
    step, timestamp, value = point
    return (step, timestamp, not math.isnan(value), 0.0 if math.isnan(value) else value)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _holds(value: Any, operator: str, wanted: Any) -> bool:
    if operator in ("IS NULL", "IS NOT NULL"):
        return (value is None) == (operator == "IS NULL")
    if value is None or _is_nan(value):
        return False
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: bool(value == wanted),
        "!=": lambda: bool(value != wanted),
        "<": lambda: bool(value < wanted),
        "<=": lambda: bool(value <= wanted),
        ">": lambda: bool(value > wanted),
        ">=": lambda: bool(value >= wanted),
        "LIKE": lambda: _like(value, wanted),
    }
    return tests[operator]()


def _like(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_like(text[start:], pattern[1:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("_", text[0]) and _like(text[1:], pattern[1:])
