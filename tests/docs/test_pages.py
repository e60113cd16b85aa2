"""The documentation does what it says: commands print what stands there, Python runs, links lead on."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
RUNNER = Path(__file__).parent / "run_page.py"
#: Written by people, and run; the pages of the contracts and of the benchmarks are generated.
WRITTEN = [ROOT / "README.md", *sorted(path for path in DOCS.glob("*.md") if path.name != "performance.md")]
ALL = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def run_page() -> object:
    """Return the runner as a module, for its tables."""
    spec = importlib.util.spec_from_file_location("run_page", RUNNER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_a_page_does_what_it_says(page, tmp_path):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PEGBOARD_", "MLFLOW_"))}
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**kept, "PATH": paths, "LOGNAME": "ada", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, str(RUNNER), str(page)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_run_is_known_and_occurs():
    runner = run_page()
    blocks = [match.groups() for page in WRITTEN for match in runner.BLOCK.finditer(page.read_text())]
    assert {content for language, content in blocks if language == "sh"} == {*runner.NOT_RUN, *runner.INSTEAD}
    assert {language for language, _ in blocks} <= {"console", "python", "sh", "text", "toml"}


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_block_is_one_that_the_runner_sees(page):
    runner = run_page()
    text = page.read_text()
    assert text.count("```") == 2 * len(runner.BLOCK.findall(text))


def test_what_readme_installs_is_there():
    text = (ROOT / "README.md").read_text()
    for path in re.findall(r"(?<![\w.])\./((?:core|plugins)[\w/-]*)", text):
        assert (ROOT / path / "pyproject.toml").exists(), path
    linked = set(re.findall(r"\((plugins/[\w-]+)/README\.md\)", text))
    assert linked == {f"plugins/{path.name}" for path in (ROOT / "plugins").iterdir() if path.is_dir()}


def test_readme_and_ci_run_the_same_commands():
    readme = (ROOT / "README.md").read_text()
    quickstart, tests = re.findall(r"^python3 -m venv .*$", readme, re.MULTILINE)
    assert f"{{ {tests}; }}" in (ROOT / ".ci" / "run").read_text()
    assert quickstart == f"{tests} -s quickstart"


def test_contributing_names_every_session():
    sessions = re.findall(
        r"^@nox\.session\n(?:@.*\n)*def (\w+)\(", (ROOT / "noxfile.py").read_text(), re.MULTILINE
    )
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert "quickstart" in sessions
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == sessions


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MkDocs make them."""
    text = FENCED.sub("", page.read_text())
    found = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
        found.add(re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", plain).strip()))
    return found


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_relative_links_lead_somewhere(page):
    for link in LINK.findall(FENCED.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        # The site has the pages of docs/ alone.
        assert DOCS not in page.parents or DOCS in target.parents, f"{link} leaves the site"
        assert not anchor or anchor in anchors(target), link


def test_the_site_lists_every_page():
    def pages(entry: object) -> list[str]:
        if isinstance(entry, str):
            return [entry]
        return [
            page for inner in (entry.values() if isinstance(entry, dict) else entry) for page in pages(inner)
        ]

    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    assert sorted(pages(site["nav"])) == sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
