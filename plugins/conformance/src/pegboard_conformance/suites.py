"""The suites: for each kind that has one, its harness and all its rules."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from pegboard_conformance.harness import Harness
from pegboard_conformance.rules import Rule

#: Where the harness and the rules of each kind are: `module:class`, and modules with a list `rule`.
_PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "tracking_store": (
        "tracking.harness:StoreHarness",
        (
            "tracking.provider",
            "tracking.experiments",
            "tracking.experiment_tags",
            "tracking.runs",
            "tracking.run_updates",
            "tracking.lifecycle",
            "tracking.params",
            "tracking.metrics",
            "tracking.tags",
            "tracking.batches",
            "tracking.keys",
            "tracking.filters",
            "tracking.filter_quoting",
            "tracking.filter_errors",
            "tracking.order",
            "tracking.paging",
            "tracking.experiment_search",
            "tracking.inputs",
            "tracking.purge",
            "tracking.imports",
            "tracking.concurrency",
            "tracking.races",
            "tracking.durability",
            "tracking.machine",
        ),
    ),
    "artifact_repository": (
        "artifacts.harness:RepositoryHarness",
        (
            "artifacts.provider",
            "artifacts.uploads",
            "artifacts.listing",
            "artifacts.downloads",
            "artifacts.paths",
            "artifacts.concurrency",
        ),
    ),
    "run_context": ("contexts.harness:ContextHarness", ("contexts.rules",)),
}

#: The kinds that have a suite.
KINDS = tuple(_PLACES)


@dataclass(frozen=True, slots=True)
class Suite:
    """The rules of one kind and the harness that their tests take."""

    kind: str
    harness: type[Harness]
    rules: tuple[Rule, ...]


@cache
def suite(kind: str) -> Suite:
    """Return the suite of a kind.

    Raises:
        ValueError: The kind has none.
    """
    if kind not in _PLACES:
        raise ValueError(f"There is no conformance suite for the kind '{kind}', only for {', '.join(KINDS)}.")
    place, modules = _PLACES[kind]
    module, _, name = place.partition(":")
    rules = tuple(rule for each in modules for rule in _module(each).rule)
    repeated = {rule.id for rule in rules if sum(other.id == rule.id for other in rules) > 1}
    if repeated:
        raise ValueError(f"Two rules have one id: {', '.join(sorted(repeated))}.")
    return Suite(kind, getattr(_module(module), name), rules)


def _module(name: str) -> Any:
    return importlib.import_module(f"pegboard_conformance.{name}")
