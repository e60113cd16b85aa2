"""What a person sees on a terminal, against what a program reads from a pipe."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pegboard import PegboardClient

EVIL = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b1m [bold]b[/bold] [/] :smile: \u202etxt\r\nend"
SHOWN = r"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b1m [bold]b[/bold] [/] :smile: \u202etxt\r\nend"


@pytest.fixture
def runs(client: PegboardClient) -> list[str]:
    """The ids of runs with names that steer terminals, are long, or are wide; the newest first."""
    ids = []
    for number, name in enumerate(("日本語" * 40, "x" * 200, EVIL), 1):
        run_id = client.create_run("0", start_time=number, run_name=name).info.run_id
        client.log_metric(run_id, "rmse", 1 / 3)
        ids.append(run_id)
    return ids[::-1]


def without_styles(text: str) -> str:
    """Remove the escapes that tables may use: colours and weights."""
    for style in ("0", "1", "36", "2"):
        text = text.replace(f"\x1b[{style}m", "")
    return text


@pytest.mark.parametrize("width", [50, 80, 120, 400])
def test_a_table_fits_the_terminal_and_keeps_ids_whole(on_terminal, runs: list[str], width: int) -> None:
    result = on_terminal("runs", "list", width=width)
    assert result.code == 0
    assert "\x1b[" in result.out
    lines = without_styles(result.out).splitlines()
    assert [line[:32] for line in lines[1:4]] == runs
    assert all(len(line) <= width for line in lines[:4])
    assert ("…" in lines[2]) == (width < 200)


@pytest.mark.parametrize("width", [20, 33])
def test_a_narrow_terminal_shows_ids_and_tells_what_is_left_out(on_terminal, runs, width: int) -> None:
    lines = without_styles(on_terminal("runs", "list", width=width).out).splitlines()
    assert [line.rstrip() for line in lines[1:4]] == runs
    assert "run_name, status, start_time" in " ".join(lines[4:])


def test_a_pipe_gets_all_text_without_styles(program, runs: list[str]) -> None:
    result = program("runs", "list", FORCE_COLOR="1", COLUMNS="40")
    assert "\x1b" not in result.out
    assert result.err == ""
    lines = result.out.splitlines()
    assert [line[:32] for line in lines[1:]] == runs
    assert SHOWN in lines[1]
    assert "x" * 200 in lines[2]
    assert "日本語" * 40 in lines[3]


@pytest.mark.parametrize(
    "arguments", [("list",), ("search",), ("search", "-c", "run_name"), ("search", "--format", "csv")]
)
def test_names_do_not_steer_the_terminal(on_terminal, runs, arguments: tuple[str, ...]) -> None:
    shown = without_styles(on_terminal("runs", *arguments, width=400).out)
    assert SHOWN in shown
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}


def test_csv_in_a_pipe_is_the_data(program, runs) -> None:
    assert EVIL in program("runs", "search", "-c", "run_name", "--format", "csv").out


def test_sentences_do_not_steer_the_terminal(program) -> None:
    assert SHOWN in program("experiments", "create", "-n", EVIL).err


def test_numbers_are_short_on_a_terminal_and_exact_in_a_pipe(on_terminal, program, runs) -> None:
    arguments = ("runs", "search", "-c", "metrics.rmse", "-m", "1")
    assert without_styles(on_terminal(*arguments).out).split() == ["metrics.rmse", "0.333333"]
    assert program(*arguments).out.split()[1] == repr(1 / 3)


def test_no_color_is_honoured(on_terminal, runs, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in on_terminal("runs", "list").out


WORK = """
import sys
from pegboard_cli.progress import progress
with progress("Doing [red]\\x1b[31m", 3) as advance:
    advance(1)
    sys.stdin.readline()
print("done", "rich" in sys.modules)
"""


def test_progress_is_shown_to_a_person_and_leaves_nothing(terminal) -> None:
    with terminal([sys.executable, "-c", WORK], 100) as process:
        process.read_until("1/3")
        process.write("\n")
        result = process.end()
    assert result.code == 0
    assert r"Doing [red]\x1b[31m" in result.out
    assert result.out.endswith("done True\n")
    assert "\x1b[?25h" in result.out  # the cursor is back


def test_there_is_no_progress_in_a_pipe() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], input="\n", capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("done False\n", "")
