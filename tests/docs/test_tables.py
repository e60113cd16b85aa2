"""Tables and headings of the documentation are as in the code: hooks, kinds, settings, errors, modules."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pegboard import errors, hookspecs, search
from pegboard.errors import InvalidParameterValue, PegboardException
from pegboard.kinds import KINDS

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def rows(page: str, first_header: str) -> list[list[str]]:
    """Return the cells of the table whose first column has this header, without back-ticks."""
    lines = text_of(page).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first_header} |")) + 2
    table = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def plain(cell: str) -> str:
    return cell.strip("`")


def test_every_hook_has_a_heading_with_its_exact_signature():
    headings = re.findall(r"^### (\w+\(.*\))$", text_of("plugins.md"), re.MULTILINE)
    signatures = []
    for kind in KINDS.values():
        names = inspect.signature(kind.hookspec()).parameters
        signatures.append(f"{kind.name}({', '.join(names)})")
    assert headings == signatures
    specified = {name for name, value in vars(hookspecs).items() if hasattr(value, "pegboard_spec")}
    assert specified == set(KINDS)


def test_every_kind_is_in_the_table_with_chooser_and_contract():
    choosers = {"scheme": "scheme of the URI", "all": "all take part", "name": "name"}
    wanted = []
    for kind in KINDS.values():
        contract = f"`{kind.contract().__name__}`" + (", provisional" if kind.provisional else "")
        by = "scheme of the URI, as the name" if kind.name == "deployment_target" else choosers[kind.chooser]
        wanted.append([f"`{kind.name}`", by, contract])
    assert rows("plugins.md", "kind | chosen by") == wanted


def test_every_setting_is_in_the_table_as_the_command_shows_it():
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PEGBOARD_", "MLFLOW_"))}
    command = [sys.executable, "-m", "pegboard", "settings", "--format", "json"]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=True)
    shown = [
        [setting["name"], setting["variable"], setting["mlflow"] or "", setting["value"], setting["help"]]
        for setting in json.loads(done.stdout)
    ]
    assert [[plain(cell) for cell in row] for row in rows("settings.md", "setting")] == shown


def test_every_variable_of_mlflow_that_is_honoured_is_named():
    section = text_of("mlflow.md").partition("## The settings")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(MLFLOW_\w+)`", section))
    assert named == {plain(row[2]) for row in rows("settings.md", "setting")} - {""}


def test_every_error_is_in_the_table_with_code_and_status():
    classes = [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, PegboardException)
    ]
    wanted = [[c.__name__, c.error_code, str(c("").get_http_status_code())] for c in classes]
    assert [[plain(cell) for cell in row[:3]] for row in rows("errors.md", "class")] == wanted


OPERANDS = {"IN": "('1')", "NOT IN": "('1')", "IS NULL": "", "IS NOT NULL": ""}
OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "LIKE", "ILIKE", *OPERANDS)


@pytest.mark.parametrize(
    ("header", "target"), [("column of runs", search.RUNS), ("column of experiments", search.EXPERIMENTS)]
)
def test_the_columns_of_filters_take_just_the_operators_in_the_table(header, target):
    table = rows("search.md", header)
    for column, operators, value in table:
        taken = []
        for operator in OPERATORS:
            operand = OPERANDS.get(operator, "1" if value.startswith("number") else "'1'")
            try:
                search.parse_filter(f"{plain(column)} {operator} {operand}", target)
            except InvalidParameterValue:
                continue
            taken.append(f"`{operator}`")
        assert sorted(re.findall(r"`[^`]+`", operators)) == sorted(taken), column
    listed = {plain(row[0]) for row in table}
    assert {canonical for canonical, _ in target.attributes.values()} <= listed


def test_every_module_of_the_kernel_is_in_the_table():
    source = ROOT / "core" / "src" / "pegboard"
    modules = {path.name for path in source.glob("*.py")} | {
        f"{path.parent.name}/" for path in source.glob("*/__init__.py")
    }
    named = [name for row in rows("architecture.md", "module") for name in re.findall(r"`([\w./]+)`", row[0])]
    assert sorted(named) == sorted(modules)
