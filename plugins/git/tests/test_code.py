"""Which repository is meant: that of the main script, or of the working directory where there is none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pegboard_git.context import GitContext

if TYPE_CHECKING:
    from conftest import Repository


@pytest.fixture
def elsewhere(repository: Repository) -> Repository:
    other = repository.beside("elsewhere").make()
    other.git("checkout", "--quiet", "-b", "elsewhere")
    return other


@pytest.fixture
def nowhere(repository: Repository) -> Repository:
    """A folder that is no repository."""
    return repository.beside(".")


def branch(tags: dict[str, str] | None) -> str | None:
    return None if tags is None else tags["branch"]


def test_the_repository_of_the_script(
    repository: Repository, elsewhere: Repository, nowhere: Repository
) -> None:
    (nowhere.folder / "train.py").write_text(nowhere.program)
    assert branch(elsewhere.tags(repository.folder / "train.py")) == "main"
    assert branch(elsewhere.tags("../train.py")) is None


def test_a_script_that_goes_elsewhere(repository: Repository, elsewhere: Repository) -> None:
    move = f"import os\nos.chdir({str(elsewhere.folder)!r})\n"
    (repository.folder / "train.py").write_text(move + repository.program)
    assert branch(repository.tags("train.py")) == "main"


def test_a_script_through_a_link(repository: Repository, nowhere: Repository) -> None:
    (nowhere.folder / "train").symlink_to(repository.folder / "train.py")
    assert branch(nowhere.tags("train")) == "main"


def test_a_module(repository: Repository) -> None:
    assert branch(repository.tags("-m", "train")) == "main"


def test_a_script_in_a_profiler(repository: Repository, nowhere: Repository) -> None:
    script = repository.folder / "train.py"
    assert branch(nowhere.tags("-m", "cProfile", "-o", "profile", script)) == "main"


def test_typed_code_belongs_to_the_working_directory(repository: Repository, nowhere: Repository) -> None:
    assert branch(repository.tags("-c", repository.program)) == "main"
    assert branch(nowhere.tags("-c", nowhere.program)) is None


def test_a_working_directory_that_is_gone(repository: Repository) -> None:
    gone = repository.within("gone")
    gone.folder.mkdir()
    assert branch(gone.tags("-c", f"import os\nos.rmdir(os.getcwd())\n{gone.program}")) is None


def test_a_tool_in_the_clone_of_an_interpreter(
    repository: Repository, elsewhere: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyenv is a clone whose folder holds the interpreters and their tools."""
    prefix = repository.folder / "versions" / "3.11"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "pytest").write_text("")
    (repository.folder / "work.py").write_text("")
    monkeypatch.setattr(sys, "base_prefix", str(prefix))
    monkeypatch.setattr(sys, "prefix", str(prefix))
    for script, applies in (("versions/3.11/bin/pytest", False), ("work.py", True)):
        monkeypatch.setattr(sys, "argv", [str(repository.folder / script)])
        monkeypatch.setattr(sys.modules["__main__"], "__file__", sys.argv[0])
        assert GitContext().in_context() is applies


def test_a_moment_later_the_answer_is_used_again_for_the_same_commit(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(repository.folder / "train.py")])
    monkeypatch.setattr(sys.modules["__main__"], "__file__", sys.argv[0])
    context = GitContext()
    before = context.tags()
    commit = repository.commit()
    after = context.tags()
    assert after == {**before, "mlflow.source.git.commit": commit}
    monkeypatch.setenv("PATH", "")
    assert context.tags() == after
