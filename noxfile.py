"""Every task that a developer or CI runs. Without arguments nox runs what CI demands."""

from __future__ import annotations

import os
import pathlib
import tomllib

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "docs", "conformance", "lowest", "tests"]

ROOT = pathlib.Path(__file__).parent
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
#: Plugins without providers have tests of their own and no conformance.
PROVIDERS = [name for name in PLUGINS if name != "conformance"]
MLFLOW = "mlflow==3.17.2"

#: What the fluent API converts to and from; none of it is needed to track.
CONVERTERS = [
    "matplotlib>=3.8",
    "numpy>=1.26",
    "pandas>=2.1",
    "pillow>=10.0",
    "plotly>=5.18",
    "polars>=1.0",
    "pyarrow>=15.0",
    "pyyaml>=6.0.1",
]
TEST_TOOLS = ["hypothesis>=6.100", "pytest>=8.0", "uv>=0.5"]


def everything() -> list[str]:
    """Return the arguments that install the kernel and all plugins, editable."""
    paths = ["./core", *(f"./plugins/{name}" for name in PLUGINS)]
    return [part for path in paths for part in ("-e", path)]


@nox.session
def quickstart(session: nox.Session) -> None:
    """Run the main job: a real training sweep, tracked, searched and shown."""
    session.install("./core[standard]", "scikit-learn", "matplotlib", "pillow", "pandas", "joblib")
    output = pathlib.Path(session.invoked_from, "quickstart-output")
    session.run("python", "examples/quickstart/train.py", "--output", str(output), *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests of the kernel and those across plugins."""
    session.install(*everything(), *TEST_TOOLS, *CONVERTERS)
    session.run("pytest", *(session.posargs or ["core/tests", "plugins/conformance/tests", "tests"]))


@nox.session
@nox.parametrize("plugin", PROVIDERS)
def conformance(session: nox.Session, plugin: str) -> None:
    """Run a plugin's tests in an environment of its own, without what it does not declare."""
    dependencies = ["-e", "./core", "-e", f"./plugins/{plugin}", "-e", "./plugins/conformance"]
    declared = tomllib.loads((ROOT / "plugins" / plugin / "pyproject.toml").read_text())
    for name in declared["project"].get("optional-dependencies", {}).get("test", []):
        local = ROOT / "plugins" / name.removeprefix("pegboard-").partition(">")[0]
        dependencies += ["-e", str(local)] if local.is_dir() else [name]
    session.install(*dependencies, *TEST_TOOLS)
    session.run("pytest", f"plugins/{plugin}/tests", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install("ruff==0.17.6")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types strictly: the kernel and each plugin's modules."""
    session.install(*everything(), "mypy==2.4.1", "types-PyYAML", "pytest", "hypothesis", "numpy")
    modules = ["pegboard", *(f"pegboard_{name.replace('-', '_')}" for name in PLUGINS)]
    session.run("mypy", *(part for module in modules for part in ("-p", module)))


@nox.session
def docs(session: nox.Session) -> None:
    """Generate the reference pages, check that they are as committed, and build the site."""
    session.install(*everything(), "mkdocs==1.6.1", "pytest", "hypothesis", *CONVERTERS)
    session.run("python", "-m", "pegboard_conformance.reference", "docs/contracts")
    session.run("git", "diff", "--exit-code", "--stat", "docs/contracts", external=True)
    session.run("mkdocs", "build", "--strict", "--quiet", "--site-dir", session.create_tmp() + "/site")


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the kernel's tests with the lowest versions that it declares."""
    kernel = "./core[pandas,polars,arrow,images,yaml]"
    plugins = [f"./plugins/{name}" for name in ("file", "local-artifacts", "context", "git", "cli")]
    session.install("--resolution", "lowest-direct", kernel, *plugins, *CONVERTERS, *TEST_TOOLS)
    session.run("pytest", "core/tests", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure beside MLflow and beside the raw limits, and write docs/performance.md."""
    # Without the workspace's sources, which would make the kernel editable; as a user of [standard] has it.
    standard = [f"./plugins/{name}" for name in ("file", "local-artifacts", "context", "git", "cli")]
    session.install("--compile-bytecode", "--no-sources", "./core", *standard)
    peer = pathlib.Path(session.create_tmp(), "mlflow")
    session.run("uv", "venv", "--quiet", "--allow-existing", str(peer), external=True)
    python = str(peer / "bin" / "python")
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    session.run(*install, MLFLOW, external=True)
    session.run(
        "python",
        "tests/benchmarks/run.py",
        *("--pegboard", str(pathlib.Path(session.bin, "python"))),
        *("--mlflow", python),
        *("--output", "docs/performance.md"),
        *session.posargs,
    )


@nox.session
@nox.parametrize("part", ["core", *PLUGINS])
def full(session: nox.Session, part: str) -> None:
    """Run what is too long for CI, a part at a time: the suites with many times the examples."""
    session.install(*everything(), *TEST_TOOLS, *CONVERTERS)
    folder = "core/tests" if part == "core" else f"plugins/{part}/tests"
    scale = {"PEGBOARD_CONFORMANCE_SCALE": os.environ.get("PEGBOARD_CONFORMANCE_SCALE", "20")}
    session.run("pytest", folder, *session.posargs, env=scale)
