"""What programs that are started in different ways say of themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TELL = """
import json
from pegboard_context.plugin import run_context
tags = {}
for name in ("default", "notebook"):
    context = run_context(name)
    if context.in_context():
        tags.update(context.tags())
print(json.dumps(tags))
"""


def told(
    *arguments: str | Path, cwd: Path, stdin: str = "", variables: dict[str, str | None] | None = None
) -> Any:
    """Run Python and return the tags that the program prints."""
    environment = {**os.environ, "LOGNAME": "me", **(variables or {})}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        input=stdin,
        text=True,
        capture_output=True,
        env={name: value for name, value in environment.items() if value is not None},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "package"
    package.mkdir()
    for place in (
        tmp_path / "train.py",
        package / "__init__.py",
        package / "__main__.py",
        package / "part.py",
    ):
        place.write_text(TELL if place.name != "__init__.py" else "")
    return tmp_path


def local(name: str) -> dict[str, str]:
    return {"mlflow.user": "me", "mlflow.source.name": name, "mlflow.source.type": "LOCAL"}


def test_a_script_is_named_as_it_was_called(folder: Path) -> None:
    assert told("train.py", cwd=folder) == local("train.py")
    assert told("./train.py", cwd=folder) == local("./train.py")
    assert told(folder / "train.py", cwd=Path("/")) == local(str(folder / "train.py"))


def test_a_module_is_named_by_its_file(folder: Path) -> None:
    assert told("-m", "package", cwd=folder) == local(str(folder / "package" / "__main__.py"))
    assert told("-m", "package.part", cwd=folder) == local(str(folder / "package" / "part.py"))
    assert told("package", cwd=folder) == local("package")


def test_code_without_a_file(folder: Path) -> None:
    assert told("-c", TELL, cwd=folder) == local("-c")
    assert told(cwd=folder, stdin=TELL) == local("<console>")
    assert told("-c", f"import sys; del sys.argv\n{TELL}", cwd=folder) == local("<console>")


def test_a_program_that_was_started_by_a_notebook_is_none(folder: Path) -> None:
    assert told("train.py", cwd=folder, variables={"JPY_SESSION_NAME": "/work/a.ipynb"}) == local("train.py")


def test_names_that_are_no_valid_text_become_text(folder: Path) -> None:
    script = folder / os.fsdecode(b"tr\xe4in.py")
    script.write_text(TELL)
    tags = told(script, cwd=folder, variables={"LOGNAME": os.fsdecode(b"m\xfcller")})
    assert tags["mlflow.source.name"] == f"{folder}/tr?in.py"
    assert tags["mlflow.user"] == "m?ller"


def test_a_user_without_a_name_has_no_tag(folder: Path) -> None:
    nameless = "import os, pwd\ndef unknown(uid): raise KeyError(uid)\npwd.getpwuid = unknown\n"
    (folder / "train.py").write_text(nameless + TELL)
    nobody: dict[str, str | None] = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"))
    assert "mlflow.user" not in told("train.py", cwd=folder, variables=nobody)


def test_no_heavy_module_is_imported(folder: Path) -> None:
    (folder / "train.py").write_text(
        f"{TELL}\nimport sys\nassert 'IPython' not in sys.modules\nprint('{{}}')"
    )
    assert told("train.py", cwd=folder) == {}
