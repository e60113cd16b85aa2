"""How the commands are loaded: late, without what only their work needs, and with those that others add."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROBE = """
import sys
from pegboard.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sorted(sys.modules), file=sys.stderr)
"""


def modules_after(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_the_list_of_commands_imports_none() -> None:
    assert not {name for name in modules_after("--help") if name.startswith(("pegboard_cli", "rich"))}


@pytest.mark.parametrize(
    "command",
    [("runs",), ("runs", "search"), ("experiments", "csv"), ("artifacts", "download"), ("gc",)],
)
def test_help_imports_no_client_and_no_rich(command: tuple[str, ...]) -> None:
    modules = modules_after(*command, "--help")
    assert "pegboard_cli.output" in modules
    assert not modules & {"rich", "pegboard.client", "pegboard.entities", "pegboard_file"}


def test_a_listing_in_a_pipe_imports_no_rich() -> None:
    modules = modules_after("runs", "list")
    assert "pegboard_file.store" in modules
    assert "rich" not in modules


def test_other_plugins_add_commands_to_the_groups(program, place) -> None:
    folder = place / "path" / "other-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\nSummary: More\n")
    (folder / "entry_points.txt").write_text("[pegboard.command]\nruns.greet = other:greet\n")
    (place / "path" / "other.py").write_text(
        "import click\n@click.command()\ndef greet():\n    click.echo('hello')\n"
    )
    result = program("runs", "greet", PYTHONPATH=str(place / "path"))
    assert (result.code, result.out) == (0, "hello\n")
    assert "greet" in program("runs", "--help", PYTHONPATH=str(place / "path")).out
