"""The tags of repositories in all their shapes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pegboard_git import program
from pegboard_git.checkout import find, head_of

if TYPE_CHECKING:
    from conftest import Repository


def test_a_branch_with_a_remote(repository: Repository) -> None:
    repository.git("remote", "add", "origin", "git@github.com:someone/thing.git")
    assert repository.tags() == {
        "commit": repository.head(),
        "branch": "main",
        "repoURL": "git@github.com:someone/thing.git",
        "dirty": "false",
    }


def test_outside_of_a_repository(repository: Repository) -> None:
    outside = repository.beside("outside")
    outside.folder.mkdir()
    (outside.folder / "train.py").write_text(outside.program)
    assert outside.tags() is None


@pytest.mark.parametrize("change", ["edited", "staged", "deleted", "added", "mode"])
def test_changes_make_it_dirty(repository: Repository, change: str) -> None:
    file = repository.folder / "other"
    if change != "added":
        file.write_text("1")
        repository.commit()
    assert repository.tags() == {"commit": repository.head(), "branch": "main", "dirty": "false"}
    if change == "deleted":
        file.unlink()
    elif change == "mode":
        file.chmod(0o755)
    else:
        file.write_text("2")
    if change in ("staged", "added"):
        repository.git("add", "other")
    assert repository.tags() == {"commit": repository.head(), "branch": "main", "dirty": "true"}


def test_what_does_not_make_it_dirty(repository: Repository) -> None:
    (repository.folder / "untracked").write_text("1")
    (repository.folder / "train.py").touch()
    index = (repository.folder / ".git" / "index").read_bytes()
    assert repository.tags() == {"commit": repository.head(), "branch": "main", "dirty": "false"}
    assert (repository.folder / ".git" / "index").read_bytes() == index


def test_a_repository_without_a_commit(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "new")
    assert repository.tags() == {"branch": "new"}


def test_a_detached_head(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--detach")
    assert repository.tags() == {"commit": repository.head(), "dirty": "false"}


@pytest.mark.parametrize("branch", ["feature/über-1", "a.b", "@home", "with'quote"])
def test_names_of_branches(repository: Repository, branch: str) -> None:
    repository.git("checkout", "--quiet", "-b", branch)
    for _ in range(2):
        assert repository.tags() == {"commit": repository.head(), "branch": branch, "dirty": "false"}
        repository.git("pack-refs", "--all")


def test_packed_refs_of_which_one_is_newer(repository: Repository) -> None:
    for number in range(200):
        repository.git("branch", f"main-{number}")
        repository.git("tag", "--annotate", "--message", "t", f"refs/heads/main-{number}")
    repository.git("pack-refs", "--all", "--prune")
    assert repository.tags() == {"commit": repository.head(), "branch": "main", "dirty": "false"}
    repository.commit()
    assert repository.tags() == {"commit": repository.head(), "branch": "main", "dirty": "false"}


def test_sha256(repository: Repository) -> None:
    other = repository.beside("sha256").make("--object-format=sha256")
    assert len(other.head()) == 64
    assert other.tags() == {"commit": other.head(), "branch": "main", "dirty": "false"}


def test_a_worktree(repository: Repository) -> None:
    repository.git("remote", "add", "origin", "/srv/thing")
    worktree = repository.beside("worktree")
    repository.git("worktree", "add", "--quiet", "-b", "other", worktree.folder)
    worktree.commit()
    (repository.folder / "train.py").write_text("changed")
    assert worktree.head() != repository.head()
    assert worktree.tags() == {
        "commit": worktree.head(),
        "branch": "other",
        "repoURL": "/srv/thing",
        "dirty": "false",
    }


def test_a_submodule(repository: Repository) -> None:
    outer = repository.beside("outer").make()
    outer.git("submodule", "--quiet", "add", repository.folder, "parts/inner")
    outer.commit()
    inner = outer.within("parts/inner")
    inner.git("checkout", "--quiet", "-b", "work")
    commit = inner.commit()
    assert inner.tags() == {
        "commit": commit,
        "branch": "work",
        "repoURL": str(repository.folder),
        "dirty": "false",
    }
    outer_tags = outer.tags()
    assert outer_tags is not None
    assert outer_tags["dirty"] == "true"  # another commit of the submodule is checked out


def test_the_first_remote_if_none_is_origin(repository: Repository) -> None:
    repository.git("remote", "add", "upstream", "/srv/a")
    repository.git("remote", "add", "a", "/srv/b")
    tags = repository.tags()
    assert tags is not None
    assert tags["repoURL"] == "/srv/a"


def test_settings_that_are_included(repository: Repository) -> None:
    (repository.folder / ".git" / "more").write_text('[remote "origin"]\nurl = /srv/included\n')
    repository.git("config", "include.path", "more")
    tags = repository.tags()
    assert tags is not None
    assert tags["repoURL"] == "/srv/included"


def test_the_program_says_of_head_what_is_read(repository: Repository) -> None:
    for state in ("loose", "packed", "detached"):
        if state == "packed":
            repository.git("pack-refs", "--all")
        if state == "detached":
            repository.git("checkout", "--quiet", "--detach")
        checkout = find(str(repository.folder))
        assert checkout is not None
        assert program.head_of(checkout.folder) == head_of(checkout)


def test_refs_that_are_not_in_files_are_asked_for(repository: Repository) -> None:
    if subprocess.run(
        ["git", "refs", "migrate", "--ref-format=reftable"], cwd=repository.folder, capture_output=True
    ).returncode:
        pytest.skip("this git cannot keep refs in tables")
    assert repository.tags() == {"commit": repository.head(), "branch": "main", "dirty": "false"}


def test_an_empty_git_folder_is_passed_over(repository: Repository) -> None:
    deep = repository.folder / "deep"
    (deep / ".git").mkdir(parents=True)
    (deep / "train.py").write_text(repository.program)
    tags = repository.tags("deep/train.py")
    assert tags is not None
    assert tags["commit"] == repository.head()


def test_without_the_program_commit_and_branch_are_known(repository: Repository) -> None:
    repository.git("remote", "add", "origin", "/srv/thing")
    assert repository.tags(PATH="/nowhere") == {"commit": repository.head(), "branch": "main"}


def test_a_surrounding_git_is_not_meant(repository: Repository) -> None:
    """As in a hook, whose variables name the repository of the hook."""
    other = repository.beside("other").make()
    (other.folder / "train.py").write_text("changed")
    variables = {
        "GIT_DIR": f"{other.folder}/.git",
        "GIT_WORK_TREE": str(other.folder),
        "GIT_INDEX_FILE": f"{other.folder}/.git/index",
    }
    assert repository.tags(**variables) == {"commit": repository.head(), "branch": "main", "dirty": "false"}
