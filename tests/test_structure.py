"""The dependency rule on the real import graph: who may import whom, and what `import pegboard` brings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "core": ROOT / "core",
    **{path.name: path for path in (ROOT / "plugins").iterdir() if path.is_dir()},
}
#: Import names of distributions that are spelled otherwise.
IMPORT_NAMES = {"pyyaml": "yaml", "pillow": "PIL", "importlib-metadata": "importlib_metadata"}
KERNEL_DEPENDENCIES = {"pluggy", "stevedore", "importlib-metadata", "click", "packaging"}


class Import(NamedTuple):
    """One import: where, of what module, which names, and whether it runs when the module is imported."""

    place: str
    module: str
    names: tuple[str, ...]
    at_import: bool


def sources(package: str) -> dict[str, ast.Module]:
    """Return the parsed modules of a distribution by module name."""
    base = PACKAGES[package] / "src"
    found = {}
    for path in base.rglob("*.py"):
        name = ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text())
    return found


def imports(name: str, tree: ast.AST, at_import: bool = True) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(f"{name}:{node.lineno}", alias.name, (), at_import)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno} imports relatively"
            names = tuple(alias.name for alias in node.names)
            yield Import(f"{name}:{node.lineno}", node.module or "", names, at_import)
        else:
            inner = at_import and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from imports(name, node, inner)


def declared(package: str, extras: bool = False) -> set[str]:
    project = tomllib.loads((PACKAGES[package] / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *(project.get("optional-dependencies", {}).values() if extras else ())]
    return {re.split(r"[^\w-]", requirement)[0].lower() for one in lists for requirement in one}


def import_name(distribution: str) -> str:
    return IMPORT_NAMES.get(distribution, distribution.replace("-", "_"))


def all_imports(package: str) -> list[Import]:
    return [one for name, tree in sources(package).items() for one in imports(name, tree)]


def outside(package: str) -> list[Import]:
    """Return the imports of a distribution that are neither of the standard library nor of itself."""
    own = {name.partition(".")[0] for name in sources(package)}
    return [
        one
        for one in all_imports(package)
        if one.module.partition(".")[0] not in own | set(sys.stdlib_module_names)
    ]


def test_the_kernel_depends_on_five_libraries_and_no_more():
    assert declared("core") == KERNEL_DEPENDENCIES


def test_the_kernel_imports_no_plugin():
    assert not [one for one in all_imports("core") if one.module.startswith("pegboard_")]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_distribution_imports_only_what_it_declares(package):
    required = {import_name(name) for name in declared(package)}
    if package == "conformance":
        required.add("pytest")  # its front end for pytest, which those import who have it
    optional = {import_name(name) for name in declared(package, extras=True)}
    undeclared = [
        one
        for one in outside(package)
        if one.module.partition(".")[0] not in (required if one.at_import else required | optional)
    ]
    assert not undeclared


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_imports_an_underscored_name_of_another_package(package):
    private = [
        one
        for one in outside(package)
        if any(part.startswith("_") for part in [*one.module.split("."), *one.names])
        and one.module != "__future__"
    ]
    assert not private


@pytest.mark.parametrize("package", PACKAGES)
def test_there_is_no_circle_among_the_imports_of_a_distribution(package):
    trees = sources(package)
    graph = {name: set() for name in trees}
    for name, tree in trees.items():
        for one in imports(name, tree):
            if not one.at_import:
                continue
            for target in (one.module, *(f"{one.module}.{imported}" for imported in one.names)):
                # A package's own __init__ is imported on the way to its modules; that is no circle of ours.
                if target in trees and target != name and not name.startswith(f"{target}."):
                    graph[name].add(target)
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "core"])
def test_a_plugin_bounds_the_kernel_it_needs(package):
    project = tomllib.loads((PACKAGES[package] / "pyproject.toml").read_text())["project"]
    kernel = [one for one in project["dependencies"] if re.match(r"pegboard(?![\w-])", one)]
    assert len(kernel) == 1
    assert ">=" in kernel[0]
    assert "<" in kernel[0].replace("<=", "")


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "core"])
def test_a_plugin_has_what_a_repository_of_its_own_needs(package):
    for needed in ("pyproject.toml", "README.md", "src", "tests"):
        assert (PACKAGES[package] / needed).exists()


def modules_brought_by(statement: str) -> set[str]:
    program = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_pegboard_brings_itself_alone():
    assert modules_brought_by("import pegboard") - {"__future__"} == {
        "pegboard",
        "pegboard.lazy",
        "pegboard.version",
    }


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import pegboard.cli", {"pluggy", "stevedore", "importlib_metadata", "pegboard.fluent"}),
        ("from pegboard import PegboardClient", {"yaml", "numpy", "pandas", "requests", "pluggy"}),
        ("from pegboard.contracts import TrackingStore", {"pluggy", "stevedore", "importlib_metadata"}),
        ("from pegboard import data", {"pandas", "numpy", "polars"}),
    ],
)
def test_what_is_not_needed_is_not_imported(statement, absent):
    assert not modules_brought_by(statement) & absent
