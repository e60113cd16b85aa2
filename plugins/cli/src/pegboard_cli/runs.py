"""The commands `pegboard runs ...`; the kernel's root loads the group when one of them runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from pegboard.cli import PluginGroup
from pegboard.listing import format_option
from pegboard_cli.options import VIEWS, Function, run_id_option, search_options, view_option
from pegboard_cli.output import Row, print_json, print_listing, tell


def _experiments_options() -> Callable[[Function], Function]:
    options = (
        click.option("-x", "--experiment-id", "ids", multiple=True, help="An experiment, by id; repeat it."),
        click.option(
            "-n", "--experiment-name", "names", multiple=True, help="An experiment, by name; repeat it."
        ),
        click.option("--all-experiments", "everywhere", is_flag=True, help="All experiments."),
        view_option("runs"),
    )

    def decorate(command: Function) -> Function:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group(cls=PluginGroup, prefix="runs.")
def runs() -> None:
    """Find, show, delete and restore runs."""


def _columns_of_table(experiments: Sequence[str], view: int) -> list[str]:
    """Return what a table shows of runs: what tells them apart, and no column that is the same for all."""
    columns = ["run_id", "run_name", "status", "start_time"]
    columns += ["lifecycle_stage"] if view == VIEWS["all"] else []
    return columns + (["experiment_id"] if len(experiments) > 1 else [])


@runs.command("list")
@_experiments_options()
@format_option
def list_runs(
    ids: tuple[str, ...], names: tuple[str, ...], everywhere: bool, view: int, output_format: str
) -> None:
    """List runs, the newest first.

    Without an experiment, the environment's one is listed, else the one with the id 0.
    """
    from pegboard.client import PegboardClient
    from pegboard_cli.searching import ATTRIBUTES, found_runs, searched_experiments

    client = PegboardClient()
    experiments = searched_experiments(client, ids, names, everywhere, view)
    rows = [run.info.to_dictionary() for run in found_runs(client, experiments, view)]
    columns = ATTRIBUTES if output_format == "csv" else _columns_of_table(experiments, view)
    looked_in = f"experiment {', '.join(experiments)}" if experiments else "any experiment"
    print_listing(
        rows,
        columns,
        output_format,
        f"No runs in {looked_in}. Name one with -n or -x, or use --all-experiments.",
    )


@runs.command()
@_experiments_options()
@search_options("A column such as 'metrics.rmse ASC'.")
@click.option(
    "-c",
    "--columns",
    multiple=True,
    help="Columns to show, separated by commas, such as run_id,metrics.rmse,params.*",
)
@format_option
def search(
    ids: tuple[str, ...],
    names: tuple[str, ...],
    everywhere: bool,
    view: int,
    filter_string: str,
    order_by: tuple[str, ...],
    max_results: int | None,
    columns: tuple[str, ...],
    output_format: str,
) -> None:
    """List runs that match a condition.

    The newest come first. Without an experiment, the environment's one is searched, else the one with the id
    0. Without --columns, a table shows what the runs are, CSV a column for each metric, param and tag, and
    JSON all of each run.

    \b
    pegboard runs search -f "metrics.rmse < 0.5 and params.model = 'tree'" \\
        -o "metrics.rmse ASC" -c run_id,metrics.rmse,params.*
    """
    from pegboard.client import PegboardClient
    from pegboard_cli.searching import check_columns, found_runs, run_rows, searched_experiments

    chosen = check_columns(columns)
    client = PegboardClient()
    experiments = searched_experiments(client, ids, names, everywhere, view)
    found = found_runs(client, experiments, view, filter_string, order_by, max_results)
    rows: list[Row]
    if output_format == "json" and not chosen:
        rows = [run.to_dictionary() for run in found]
    elif output_format == "table":
        rows, chosen = run_rows(found, chosen or _columns_of_table(experiments, view))
    else:
        rows, chosen = run_rows(found, chosen or None)
    print_listing(rows, chosen, output_format, "No run matches.")


@runs.command()
@run_id_option("The run.")
def describe(run_id: str) -> None:
    """Print all of a run as JSON.

    That is what it is, its latest metrics, params, tags and dataset inputs. NaN and infinite metrics are
    texts, as in MLflow's REST API.
    """
    from pegboard.client import PegboardClient

    print_json(PegboardClient().get_run(run_id).to_dictionary())


@runs.command()
@run_id_option("The run.")
def delete(run_id: str) -> None:
    """Mark a run as deleted.

    `restore` brings it back, `pegboard gc` removes it for good.
    """
    from pegboard.client import PegboardClient

    PegboardClient().delete_run(run_id)
    tell(f"Deleted run {run_id}.")


@runs.command()
@run_id_option("The run.")
def restore(run_id: str) -> None:
    """Make a deleted run active again."""
    from pegboard.client import PegboardClient

    PegboardClient().restore_run(run_id)
    tell(f"Restored run {run_id}.")
