"""The command `pegboard gc`; the kernel's root loads it when it runs."""

from __future__ import annotations

import re
from decimal import Decimal

import click

from pegboard.listing import format_option
from pegboard_cli.output import print_listing, tell

_DURATION = re.compile("".join(rf"(?:([0-9]+(?:\.[0-9]+)?){unit})?" for unit in "dhms"))
_MILLISECONDS = (86_400_000, 3_600_000, 60_000, 1_000)


def _milliseconds(ctx: click.Context, param: click.Parameter, value: str) -> int:
    match = _DURATION.fullmatch(value)
    if not match or not value:
        raise click.BadParameter(
            f"'{value}' is no duration. Use days, hours, minutes and seconds: 30d, 1d2h, 1.5h."
        )
    parts = zip(match.groups(), _MILLISECONDS, strict=True)
    return sum(int(Decimal(number) * unit) for number, unit in parts if number)


def _ids(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    if value is None:
        return None
    ids = [part.strip() for part in value.split(",") if part.strip()]
    if not ids:
        # An empty variable of a script must not stand for everything.
        raise click.BadParameter("It is empty. Name at least one id, or leave the option out.")
    return list(dict.fromkeys(ids))


def _not_empty(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value == "":
        raise click.BadParameter("It is empty. Name a store, or leave the option out.")
    return value


@click.command()
@click.option(
    "--older-than",
    default="0s",
    callback=_milliseconds,
    help="Only what was deleted at least so long ago, such as 30d or 1d2h.",
)
@click.option("--run-ids", callback=_ids, help="Only these runs, separated by commas.")
@click.option("--experiment-ids", callback=_ids, help="Only these experiments with all their runs.")
@click.option("--artifacts", is_flag=True, help="Remove the runs' artifacts too; they stay otherwise.")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@click.option("--yes", is_flag=True, help="Confirm that it is removed for good; nothing asks.")
@click.option(
    "--backend-store-uri",
    callback=_not_empty,
    help="Where runs are tracked; the setting tracking_uri by default.",
)
@click.option("--tracking-uri", callback=_not_empty, help="The same.")
@format_option
def gc(
    older_than: int,
    run_ids: list[str] | None,
    experiment_ids: list[str] | None,
    artifacts: bool,
    dry_run: bool,
    yes: bool,
    backend_store_uri: str | None,
    tracking_uri: str | None,
    output_format: str,
) -> None:
    """Remove deleted runs and experiments for good, and list them.

    Without --run-ids and --experiment-ids that is everything that is deleted.
    """
    if not (yes or dry_run):
        raise click.UsageError(
            "gc removes for good. Confirm with --yes, or see with --dry-run what it would remove."
        )
    if backend_store_uri and tracking_uri and backend_store_uri != tracking_uri:
        raise click.UsageError("--backend-store-uri and --tracking-uri differ. Give one of them.")
    from pegboard import uris
    from pegboard_cli.progress import progress
    from pegboard_cli.purging import Purge

    purge = Purge(backend_store_uri or tracking_uri or uris.get_tracking_uri(), artifacts, dry_run)
    with progress("Looking for what is deleted"):
        runs, experiments = purge.candidates(older_than, run_ids, experiment_ids)
    rows = []
    try:
        with progress("Removing", len(runs) + len(experiments)) as advance:
            for row in purge.rows(runs, experiments):
                rows.append(row)
                advance(1)
    finally:
        # After Ctrl-C too: nothing else knows any more what was removed.
        if rows or not (runs or experiments):
            print_listing(rows, ["kind", "id", "name", "result"], output_format, "Nothing to remove.")
    problems = [row for row in rows if row["problem"]]
    for row in problems:
        tell(f"The {row['kind']} {row['id']} cannot be removed: {row['problem']}")
    if problems:
        raise click.ClickException(f"{len(problems)} of {len(rows)} cannot be removed.")
