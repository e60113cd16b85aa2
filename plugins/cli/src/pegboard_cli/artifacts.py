"""The commands `pegboard artifacts ...`; the kernel's root loads the group when one of them runs."""

from __future__ import annotations

import click

from pegboard.cli import PluginGroup
from pegboard.listing import format_option
from pegboard_cli.options import run_id_option
from pegboard_cli.output import print_listing, print_value
from pegboard_cli.progress import progress


@click.group(cls=PluginGroup, prefix="artifacts.")
def artifacts() -> None:
    """Upload, list and download the artifacts of runs."""


@artifacts.command("log-artifact")
@click.option(
    "-l",
    "--local-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False),
    help="The file to upload.",
)
@run_id_option("The run.")
@click.option("-a", "--artifact-path", help="The artifact folder to put it into; the root by default.")
def log_artifact(local_file: str, run_id: str, artifact_path: str | None) -> None:
    """Upload a file as an artifact of a run."""
    from pegboard.client import PegboardClient

    with progress(f"Uploading '{local_file}'"):
        PegboardClient().log_artifact(run_id, local_file, artifact_path)


@artifacts.command("log-artifacts")
@click.option(
    "-l",
    "--local-dir",
    required=True,
    type=click.Path(exists=True, file_okay=False),
    help="The folder whose content to upload.",
)
@run_id_option("The run.")
@click.option("-a", "--artifact-path", help="The artifact folder to put it into; the root by default.")
def log_artifacts(local_dir: str, run_id: str, artifact_path: str | None) -> None:
    """Upload the content of a folder as artifacts of a run."""
    from pegboard.client import PegboardClient

    with progress(f"Uploading '{local_dir}'"):
        PegboardClient().log_artifacts(run_id, local_dir, artifact_path)


@artifacts.command("list")
@run_id_option("The run.")
@click.option("-a", "--artifact-path", help="The artifact folder to list; the root by default.")
@format_option
def list_artifacts(run_id: str, artifact_path: str | None, output_format: str) -> None:
    """List the direct entries of an artifact folder of a run, with sizes in bytes."""
    from pegboard.client import PegboardClient

    entries = PegboardClient().list_artifacts(run_id, artifact_path)
    rows = [entry.to_dictionary() for entry in entries]
    if output_format == "table":
        rows = [{**row, "path": f"{row['path']}/"} if row["is_dir"] else row for row in rows]
    columns = ["path", "file_size"] if output_format == "table" else ["path", "is_dir", "file_size"]
    print_listing(rows, columns, output_format, "No artifacts there.")


@artifacts.command()
@run_id_option("The run whose artifacts to download.", required=False)
@click.option("-a", "--artifact-path", help="With --run-id: the file or folder; all by default.")
@click.option("-u", "--artifact-uri", help="Instead of --run-id: a URI such as runs:/RUN_ID/plots.")
@click.option(
    "-d",
    "--dst-path",
    type=click.Path(file_okay=False),
    help="The folder to download into, made if need be; a temporary one by default.",
)
def download(
    run_id: str | None, artifact_path: str | None, artifact_uri: str | None, dst_path: str | None
) -> None:
    """Download an artifact file or folder and print its local path."""
    if (run_id is None) == (artifact_uri is None):
        raise click.UsageError("Give -r/--run-id or -u/--artifact-uri, one of them.")
    if artifact_uri is not None and artifact_path is not None:
        raise click.UsageError("-a/--artifact-path goes with -r/--run-id; a URI ends in the path itself.")
    from pegboard import artifacts as of_pegboard

    with progress(f"Downloading '{artifact_uri or artifact_path or run_id}'"):
        path = of_pegboard.download_artifacts(artifact_uri, run_id, artifact_path, dst_path)
    print_value(path)
