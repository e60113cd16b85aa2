"""Run contexts: their tags at the start of a run; the later name wins, and what the user set always wins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pegboard import PegboardClient

MODULE = """
import pegboard
from pegboard.contracts import RunContext

class Context(RunContext):
    def __init__(self, name):
        self.name = name
    def in_context(self):
        if self.name == "raises":
            raise RuntimeError("no context today")
        return self.name != "absent"
    def tags(self):
        return {"who": self.name, f"only {self.name}": 1}

@pegboard.hookimpl
def run_context(name):
    return Context(name)
"""


@pytest.fixture
def contexts(tmp_path: Path, script: Any, client: PegboardClient):
    """Run a program beside contexts of these names, and give back the tags of its last run."""

    def contexts(names: str, text: str) -> dict[str, str]:
        site = tmp_path / "site"
        info = site / "some_contexts-1.0.dist-info"
        info.mkdir(parents=True)
        (site / "some_contexts.py").write_text(MODULE)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-contexts\nVersion: 1.0\n")
        points = "\n".join(f"{name} = some_contexts" for name in names.split())
        (info / "entry_points.txt").write_text(f"[pegboard.run_context]\n{points}\n")
        path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
        done = script(text, PYTHONPATH=path, PEGBOARD_PLUGINS="some-contexts,pegboard-file")
        assert done.returncode == 0, done.stderr
        contexts.stderr = done.stderr  # type: ignore[attr-defined]
        return client.search_runs(["0"])[0].data.tags

    return contexts


def test_the_later_name_wins_a_key(contexts: Any) -> None:
    tags = contexts("b c a", "import pegboard; pegboard.start_run()")
    assert tags["who"] == "c"
    assert {"only a", "only b", "only c"} <= set(tags)
    assert tags["only a"] == "1"


def test_what_the_user_sets_wins(contexts: Any) -> None:
    assert contexts("a", "import pegboard; pegboard.start_run(tags={'who': 'user'})")["who"] == "user"


def test_a_context_that_does_not_apply_or_fails_is_left_out(contexts: Any) -> None:
    tags = contexts(
        "absent good raises",
        "import pegboard; pegboard.start_run(); pegboard.end_run(); pegboard.start_run()",
    )
    assert tags["who"] == "good"
    assert contexts.stderr.count("no context today") == 1


def test_resuming_and_the_client_add_no_tags_of_contexts(contexts: Any) -> None:
    tags = contexts(
        "a",
        """
        import pegboard
        run = pegboard.MlflowClient().create_run("0")
        pegboard.start_run(run_id=run.info.run_id)
        """,
    )
    assert "who" not in tags


def test_the_code_that_runs_is_the_source_of_a_dataset(
    contexts: Any, script: Any, client: PegboardClient
) -> None:
    contexts(
        "a",
        """
        import pandas
        import pegboard
        pegboard.log_input(pegboard.data.from_pandas(pandas.DataFrame({"a": [1]})))
        """,
    )
    (logged,) = client.search_runs(["0"])[0].inputs.dataset_inputs
    assert logged.dataset.source_type == "code"
    assert '"who": "a"' in logged.dataset.source
