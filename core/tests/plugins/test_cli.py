"""The kernel's commands: listings from metadata alone, the doctor, settings, commands of plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

GOOD_COMMAND = """
    import click

    @click.command()
    def hello():
        click.echo("hello from a plugin")

    @click.group()
    def group():
        pass
"""


@pytest.fixture
def only(site, monkeypatch):
    """Hide the plugins that are really installed."""

    def show(*distributions):
        monkeypatch.setenv("PEGBOARD_PLUGINS", ",".join(distributions))

    return show


def run(site, *arguments, expected=0):
    environment = {**os.environ, "PYTHONPATH": str(site.folder)}
    done = subprocess.run(
        [sys.executable, "-m", "pegboard", *arguments], env=environment, capture_output=True, text=True
    )
    assert done.returncode == expected, done.stderr
    return done


def rows_of(site, *arguments, expected=0):
    return json.loads(run(site, *arguments, "--format", "json", expected=expected).stdout)


def by_name(site):
    return {row["distribution"]: row for row in rows_of(site, "plugins")}


def test_plugins_lists_from_metadata_alone(site):
    site.install(
        "pegboard-peg",
        {"artifact_repository": {"peg": "boom", "pog": "boom"}, "run_context": {"peg": "boom"}},
        "boom",
        "raise SystemExit('imported')",
        version="2.5",
        summary="Pegs and pogs",
    )
    row = by_name(site)["pegboard-peg"]
    assert row["version"] == "2.5"
    assert row["summary"] == "Pegs and pogs"
    assert row["kinds"] == {"artifact_repository": ["peg", "pog"], "run_context": ["peg"]}
    assert row["health"] == "active"


def test_health_names_what_metadata_shows(site, monkeypatch):
    site.install("pegboard-off", {"run_context": {"off": "x"}})
    site.install("pegboard-old", {"run_context": {"old": "x"}}, requires=("pegboard<0.0.1",))
    site.install("pegboard-one", {"run_context": {"clash": "x"}})
    site.install("pegboard-two", {"run_context": {"clash": "x"}})
    monkeypatch.setenv("PEGBOARD_DISABLE_PLUGINS", "pegboard-off")
    health = {name: row["health"] for name, row in by_name(site).items()}
    assert health["pegboard-off"] == "disabled"
    assert health["pegboard-old"] == "incompatible"
    assert health["pegboard-one"] == health["pegboard-two"] == "conflict"


@pytest.mark.parametrize(
    "damage",
    [
        lambda info: (info / "METADATA").unlink(),
        lambda info: (info / "METADATA").write_bytes(b"\xff\xfe\x00garbage"),
        lambda info: (info / "entry_points.txt").write_bytes(b"[pegboard.run_context]\n\xff\xfe = \xff"),
        lambda info: (info / "entry_points.txt").write_text("[pegboard.run_context]\nno equals sign\n"),
        lambda info: (info / "METADATA").write_text("Name: \n"),
    ],
    ids=["no metadata", "binary metadata", "binary entry points", "malformed entry points", "no name"],
)
def test_damaged_metadata_breaks_no_listing(site, damage):
    site.install("pegboard-good", {"run_context": {"good": "x"}})
    site.install("pegboard-bad", {"run_context": {"bad": "x"}})
    damage(site.folder / "pegboard_bad-1.0.dist-info")
    assert by_name(site)["pegboard-good"]["health"] == "active"


def test_csv_and_table_show_the_same_plugins(site):
    site.install("pegboard-peg", {"run_context": {"peg": "x"}}, summary="With, a comma")
    assert '"With, a comma"' in run(site, "plugins", "--format", "csv").stdout
    assert "With, a comma" in run(site, "plugins", "list").stdout


def test_show_tells_about_one_plugin(site):
    site.install("pegboard-peg", {"evaluator": {"peg": "some.module"}}, requires=("pegboard>=0.1",))
    fields = {row["field"]: row["value"] for row in rows_of(site, "plugins", "show", "Pegboard_Peg")}
    assert fields["evaluator"] == "peg = some.module (provisional contract)"
    assert fields["requires"] == ["pegboard>=0.1"]


def test_show_of_one_that_is_not_there_names_those_that_are(site):
    site.install("pegboard-peg", {"evaluator": {"peg": "x"}})
    done = run(site, "plugins", "show", "absent", expected=1)
    assert "pegboard-peg" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_commands_by_distribution_and_imports_none(site):
    site.install(
        "pegboard-hi", {"command": {"hi": "boom:x", "sub.hi": "boom:y"}}, "boom", "1/0", summary="Greets"
    )
    out = run(site, "--help").stdout
    assert "hi, sub.hi" in out
    assert "Greets (pegboard-hi 1.0)" in out


def test_a_command_of_a_plugin_runs(site):
    site.install("pegboard-hi", {"command": {"hi": "hi:hello", "deep.hi": "hi:hello"}}, "hi", GOOD_COMMAND)
    assert run(site, "hi").stdout == "hello from a plugin\n"
    assert run(site, "deep", "hi").stdout == "hello from a plugin\n"


def test_a_dotted_command_joins_a_group_of_the_kernel(site):
    site.install("pegboard-hi", {"command": {"plugins.hi": "hi:hello"}}, "hi", GOOD_COMMAND)
    assert run(site, "plugins", "hi").stdout == "hello from a plugin\n"


def test_a_broken_command_fails_alone(site):
    site.install("pegboard-bad", {"command": {"bad": "bad:x"}}, "bad", "import not_there")
    site.install("pegboard-hi", {"command": {"hi": "hi:hello"}}, "hi", GOOD_COMMAND)
    done = run(site, "bad", expected=1)
    assert "pegboard-bad 1.0" in done.stderr
    assert "not_there" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(site, "hi").stdout == "hello from a plugin\n"


def test_a_command_that_is_none_is_an_error(site):
    site.install("pegboard-odd", {"command": {"odd": "odd:x"}}, "odd", "x = 42")
    assert "no click command" in run(site, "odd", expected=1).stderr


def test_what_a_plugin_prints_leaves_json_alone(site, context_code):
    site.install("pegboard-loud", {"run_context": {"loud": "loud"}}, "loud", "print('LOUD')\n")
    assert isinstance(rows_of(site, "doctor", expected=1), list)


DOCTORED = {
    "good": (None, True, ""),
    "exits": ("import os; os._exit(5)", False, "exit code 5"),
    "hangs": ("import threading; threading.Event().wait()", False, "not loaded in 2 s"),
    "raises": ("raise ValueError('broken inside')", False, "broken inside"),
    "segfaults": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", False, "exit code -11"),
}


@pytest.mark.parametrize(("code", "ok", "cause"), DOCTORED.values(), ids=DOCTORED)
def test_doctor_looks_from_a_process_of_its_own(site, only, context_code, code, ok, cause):
    site.install("pegboard-sick", {"run_context": {"sick": "sick"}}, "sick", code or context_code)
    only("pegboard-sick")
    findings = rows_of(site, "doctor", "--timeout", "2", expected=0 if ok else 1)
    found = [finding for finding in findings if finding["plugin"] == "pegboard-sick 1.0"]
    assert [finding["ok"] for finding in found] == [ok]
    assert cause in found[0]["cause"]
    assert ok or found[0]["advice"]


def test_settings_show_value_and_origin(site, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@host/")
    monkeypatch.setenv("PEGBOARD_DURABILITY", "sometimes")
    rows = {row["name"]: row for row in rows_of(site, "settings")}
    assert rows["tracking_uri"]["value"] == "http://***@host/"
    assert rows["tracking_uri"]["origin"] == "MLFLOW_TRACKING_URI"
    assert "sometimes" in rows["durability"]["value"]
    assert rows["run_id"]["origin"] == "default"


def test_an_unknown_command_is_a_usage_error(site):
    assert "No such command" in run(site, "absent", expected=2).stderr
