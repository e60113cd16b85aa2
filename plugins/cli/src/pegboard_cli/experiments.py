"""The commands `pegboard experiments ...`; the kernel's root loads the group when one of them runs."""

from __future__ import annotations

import click

from pegboard.cli import PluginGroup
from pegboard.listing import format_option, harmless, print_rows
from pegboard_cli.options import VIEWS, experiment_id_option, search_options, view_option
from pegboard_cli.output import cell, print_json, print_listing, print_value, tell, write_csv

_COLUMNS_OF_CSV = (
    "experiment_id",
    "name",
    "artifact_location",
    "lifecycle_stage",
    "creation_time",
    "last_update_time",
)


@click.group(cls=PluginGroup, prefix="experiments.")
def experiments() -> None:
    """Make, find, rename, delete and restore experiments."""


@experiments.command()
@click.option("-n", "--experiment-name", required=True, help="Its name, which no other may have.")
@click.option("-l", "--artifact-location", help="The URI under which its runs keep artifacts.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    help="The id alone, or an object.",
)
def create(experiment_name: str, artifact_location: str | None, output_format: str) -> None:
    """Make an experiment and print its id."""
    from pegboard.client import PegboardClient

    client = PegboardClient()
    experiment_id = client.create_experiment(experiment_name, artifact_location)
    if output_format == "json":
        print_json(client.get_experiment(experiment_id).to_dictionary())
        return
    tell(f"Created experiment '{experiment_name}' with the id:")
    print_value(experiment_id)


@experiments.command()
@view_option("experiments")
@search_options("A column such as 'name ASC'.")
@format_option
def search(
    view: int, filter_string: str, order_by: tuple[str, ...], max_results: int | None, output_format: str
) -> None:
    """List experiments, the newest first."""
    from pegboard.client import PegboardClient
    from pegboard_cli.searching import found_experiments

    found = found_experiments(PegboardClient(), view, filter_string, order_by, max_results)
    columns = ["experiment_id", "name", "creation_time", "artifact_location"]
    if view == VIEWS["all"]:
        columns.insert(2, "lifecycle_stage")
    if output_format == "csv":
        columns = list(_COLUMNS_OF_CSV)
    rows = [experiment.to_dictionary() for experiment in found]
    print_listing(rows, columns, output_format, "No experiment matches.")


@experiments.command()
@experiment_id_option("The experiment, by id.", required=False)
@click.option("-n", "--experiment-name", help="The experiment, by name.")
@click.option(
    "--format",
    "--output",
    "output_format",
    type=click.Choice(("table", "json")),
    default="table",
    help="The form of what is printed.",
)
def get(experiment_id: str | None, experiment_name: str | None, output_format: str) -> None:
    """Show an experiment, active or deleted."""
    if (experiment_id is None) == (experiment_name is None):
        raise click.UsageError("Give -x/--experiment-id or -n/--experiment-name, one of them.")
    from pegboard.client import PegboardClient
    from pegboard_cli.searching import experiment_named

    client = PegboardClient()
    if experiment_id is not None:
        experiment = client.get_experiment(experiment_id)
    else:
        experiment = experiment_named(client, experiment_name or "")
    fields = experiment.to_dictionary()
    if output_format == "json":
        print_json(fields)
        return
    rows = [{"field": name, "value": harmless(cell(name, fields[name], "table"))} for name in fields]
    print_rows(rows, ["field", "value"], "table")


@experiments.command()
@experiment_id_option("The experiment.")
@click.option("--new-name", required=True, help="Its new name, which no other may have.")
def rename(experiment_id: str, new_name: str) -> None:
    """Rename an active experiment."""
    from pegboard.client import PegboardClient

    PegboardClient().rename_experiment(experiment_id, new_name)
    tell(f"Renamed experiment {experiment_id} to '{new_name}'.")


@experiments.command()
@experiment_id_option("The experiment.")
def delete(experiment_id: str) -> None:
    """Mark an experiment and its runs as deleted.

    `restore` brings them back, `pegboard gc` removes them for good.
    """
    from pegboard.client import PegboardClient

    PegboardClient().delete_experiment(experiment_id)
    tell(f"Deleted experiment {experiment_id} with its runs.")


@experiments.command()
@experiment_id_option("The experiment.")
def restore(experiment_id: str) -> None:
    """Make a deleted experiment active again.

    The runs that were deleted with it come back too.
    """
    from pegboard.client import PegboardClient

    PegboardClient().restore_experiment(experiment_id)
    tell(f"Restored experiment {experiment_id} with the runs that were deleted with it.")


@experiments.command("csv")
@experiment_id_option("The experiment.")
@click.option("-o", "--filename", help="The file to write, instead of standard output.")
def csv_of_runs(experiment_id: str, filename: str | None) -> None:
    """Write runs of an experiment as CSV.

    These are the active ones, the newest first. There is a column for each metric, param and tag.
    """
    from pegboard.client import PegboardClient
    from pegboard_cli.searching import found_runs, run_rows

    client = PegboardClient()
    client.get_experiment(experiment_id)
    rows, columns = run_rows(found_runs(client, [experiment_id]))
    if filename is None:
        print_listing(rows, columns, "csv")
        return
    write_csv(rows, columns, filename)
    tell(f"Wrote {len(rows)} runs of experiment {experiment_id} to '{filename}'.")
