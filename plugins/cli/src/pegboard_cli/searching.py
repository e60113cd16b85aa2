"""Finding experiments and runs over all pages, and runs as rows; called by the commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from pegboard import settings
from pegboard.client import PegboardClient
from pegboard.entities import Experiment, Run, ViewType
from pegboard.errors import ResourceDoesNotExist
from pegboard.frames import run_columns
from pegboard_cli.output import Row
from pegboard_cli.progress import progress

ATTRIBUTES = (
    "run_id",
    "run_name",
    "experiment_id",
    "user_id",
    "status",
    "start_time",
    "end_time",
    "lifecycle_stage",
    "artifact_uri",
)
_PREFIXES = ("metrics.", "params.", "tags.")
_PAGE = 5_000


def found_experiments(
    client: PegboardClient,
    view: int = ViewType.ACTIVE_ONLY,
    filter_string: str = "",
    order_by: Sequence[str] = (),
    max_results: int | None = None,
) -> list[Experiment]:
    """Return the experiments that match, at most `max_results` of them."""
    found: list[Experiment] = []
    token = None
    while max_results is None or len(found) < max_results:
        size = _PAGE if max_results is None else min(_PAGE, max_results - len(found))
        page = client.search_experiments(view, size, filter_string, order_by, token)
        found += page
        token = page.token
        if not token:
            break
    return found


def found_runs(
    client: PegboardClient,
    experiment_ids: Sequence[str],
    view: int = ViewType.ACTIVE_ONLY,
    filter_string: str = "",
    order_by: Sequence[str] = (),
    max_results: int | None = None,
) -> list[Run]:
    """Return the runs that match, at most `max_results` of them."""
    found: list[Run] = []
    token = None
    with progress("Reading runs") as advance:
        while max_results is None or len(found) < max_results:
            size = _PAGE if max_results is None else min(_PAGE, max_results - len(found))
            page = client.search_runs(experiment_ids, filter_string, view, size, order_by, token)
            found += page
            advance(len(page))
            token = page.token
            if not token:
                break
    return found


def experiment_named(client: PegboardClient, name: str) -> Experiment:
    """Return the experiment of a name; raise ResourceDoesNotExist if there is none."""
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        raise ResourceDoesNotExist(
            f"There is no experiment named '{name}'. 'pegboard experiments search' lists those there are."
        )
    return experiment


def searched_experiments(
    client: PegboardClient, ids: Iterable[str], names: Iterable[str], everywhere: bool, view: int
) -> list[str]:
    """Return the ids of the experiments to search.

    Args:
        client: The client.
        ids: Experiments by id.
        names: Experiments by name.
        everywhere: All experiments; the deleted ones too, unless only active runs are looked for.
        view: Which runs are looked for.

    Returns:
        What was asked for; without anything, the environment's experiment, else the default one.

    Raises:
        ResourceDoesNotExist: One is not there.
    """
    ids, names = list(ids), list(names)
    if everywhere:
        if ids or names:
            raise click.UsageError("--all-experiments goes without -x and -n.")
        stages = ViewType.ACTIVE_ONLY if view == ViewType.ACTIVE_ONLY else ViewType.ALL
        return [experiment.experiment_id for experiment in found_experiments(client, stages)]
    if not ids and not names:
        name = settings.EXPERIMENT_NAME.get()
        names = [name] if name else []
        ids = [] if name else [settings.EXPERIMENT_ID.get() or "0"]
    found = [client.get_experiment(experiment_id) for experiment_id in ids]
    found += [experiment_named(client, name) for name in names]
    return list(dict.fromkeys(experiment.experiment_id for experiment in found))


def check_columns(columns: Sequence[str]) -> list[str]:
    """Return columns of runs, given in any number at a time and separated by commas.

    Raises:
        click.BadParameter: One is neither an attribute nor `metrics.`, `params.` or `tags.` with a key.
    """
    names = [name.strip() for part in columns for name in part.split(",") if name.strip()]
    for name in names:
        if name not in ATTRIBUTES and not any(
            name.startswith(prefix) and name != prefix for prefix in _PREFIXES
        ):
            raise click.BadParameter(
                f"'{name}' is no column of runs. Use {', '.join(ATTRIBUTES)}, or metrics.KEY, params.KEY or "
                "tags.KEY, with * as KEY for all.",
                param_hint="'-c' / '--columns'",
            )
    return list(dict.fromkeys(names))


def run_rows(runs: Sequence[Run], columns: Sequence[str] | None = None) -> tuple[list[Row], list[str]]:
    """Return runs as rows, and the columns.

    Args:
        runs: The runs.
        columns: Columns that `check_columns` passed; by default those of `pegboard.search_runs` as a frame.
    """
    values: dict[str, list[Any]] = dict(run_columns(runs))
    # In an order that does not depend on what the store reads first: metrics, params, tags, each by key.
    framed = sorted(values, key=lambda name: (name.startswith(_PREFIXES), name if "." in name else ""))
    for name in ATTRIBUTES:
        values[name] = [getattr(run.info, name) for run in runs]
    chosen = framed if columns is None else _expanded(columns, framed)
    missing = [None] * len(runs)
    cells = zip(*(values.get(name, missing) for name in chosen), strict=True)
    return [dict(zip(chosen, row, strict=True)) for row in cells], chosen


def _expanded(columns: Sequence[str], known: Sequence[str]) -> list[str]:
    chosen: dict[str, None] = {}
    for name in columns:
        if name.endswith(".*"):
            chosen.update(dict.fromkeys(other for other in known if other.startswith(name[:-1])))
        else:
            chosen[name] = None
    return list(chosen)
