"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

#: The names of views, with the numbers of `pegboard.entities.ViewType`.
VIEWS = {"active_only": 1, "deleted_only": 2, "all": 3}


def _view_number(ctx: click.Context, param: click.Parameter, value: str) -> int:
    return VIEWS[value]


def view_option(what: str) -> Callable[[Function], Function]:
    """Give a command the option `--view`, as the argument `view`, a number."""
    return click.option(
        "-v",
        "--view",
        type=click.Choice(list(VIEWS), case_sensitive=False),
        default="active_only",
        callback=_view_number,
        show_default=True,
        help=f"Which {what} to show.",
    )


def run_id_option(help: str, required: bool = True) -> Callable[[Function], Function]:
    """Give a command the option `--run-id`, as the argument `run_id`."""
    return click.option("-r", "--run-id", required=required, help=help)


def experiment_id_option(help: str, required: bool = True) -> Callable[[Function], Function]:
    """Give a command the option `--experiment-id`, as the argument `experiment_id`."""
    return click.option("-x", "--experiment-id", required=required, help=help)


def search_options(orders: str) -> Callable[[Function], Function]:
    """Give a command the options of a search: `filter_string`, `order_by` and `max_results`."""
    options = (
        click.option("-f", "--filter", "--filter-string", "filter_string", default="", help="A condition."),
        click.option("-o", "--order-by", multiple=True, help=f"{orders} Repeat it for more columns."),
        click.option(
            "-m", "--max-results", type=click.IntRange(min=1), help="At most so many; all by default."
        ),
    )

    def decorate(command: Function) -> Function:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
