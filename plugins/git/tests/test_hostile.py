"""Repositories that attack, or are broken: no program runs, nothing hangs, no secret becomes a tag."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pegboard_git.checkout import find, head_of
from pegboard_git.urls import without_secrets

if TYPE_CHECKING:
    from conftest import Repository


@pytest.fixture
def bomb(tmp_path: Path) -> Path:
    """A program that leaves a mark if it is ever run."""
    program = tmp_path / "bomb"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{tmp_path}/mark'\nexit 1\n")
    program.chmod(0o755)
    return program


def filters(repository: Repository, bomb: Path) -> None:
    for name in ("evil", "EVIL two", "a.b.c", ""):
        for kind in ("clean", "smudge", "process"):
            repository.git("config", f"filter.{name}.{kind}", f"{bomb} {name} {kind}")
        repository.git("config", f"filter.{name}.required", "true")
    (repository.folder / ".git" / "info" / "attributes").write_text("*.py filter=evil\n*.txt filter=\n")


def filter_with_equals(repository: Repository, bomb: Path) -> None:
    with (repository.folder / ".git" / "config").open("a") as file:
        file.write(f'[filter "a=b"]\nclean = {bomb}\n')
    (repository.folder / ".git" / "info" / "attributes").write_text("* filter=a=b\n")


def monitor(repository: Repository, bomb: Path) -> None:
    repository.git("config", "core.fsmonitor", str(bomb))


def hooks(repository: Repository, bomb: Path) -> None:
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
        shutil.copy(bomb, repository.folder / ".git" / "hooks" / name)


def diffs(repository: Repository, bomb: Path) -> None:
    repository.git("config", "diff.external", str(bomb))
    repository.git("config", "diff.evil.textconv", str(bomb))
    repository.git("config", "diff.evil.command", str(bomb))
    repository.git("config", "core.pager", str(bomb))
    repository.git("config", "pager.status", str(bomb))
    repository.git("config", "alias.status", f"!{bomb}")
    repository.git("config", "status.submoduleSummary", "true")
    (repository.folder / ".git" / "info" / "attributes").write_text("* diff=evil\n")
    (repository.folder / "a.txt").write_text("2")


def fetches(repository: Repository, bomb: Path) -> None:
    """Objects that are missing are fetched, by whatever program the settings name."""
    repository.git("config", "core.repositoryFormatVersion", "1")
    repository.git("config", "extensions.partialClone", "origin")
    repository.git("config", "remote.origin.promisor", "true")
    repository.git("config", "remote.origin.url", f"ext::{bomb}")
    repository.git("config", "remote.origin.uploadpack", str(bomb))
    repository.git("config", "protocol.ext.allow", "always")
    repository.git("config", "core.sshCommand", str(bomb))
    for folder in (repository.folder / ".git" / "objects").glob("??"):
        shutil.rmtree(folder)


def submodules(repository: Repository, bomb: Path) -> None:
    inner = repository.beside("inner").make()
    repository.git("submodule", "--quiet", "add", inner.folder, "inner")
    repository.commit()
    inside = repository.within("inner")
    inside.git("config", "core.fsmonitor", str(bomb))
    inside.git("config", "filter.within.clean", str(bomb))
    git_folder = repository.folder / ".git" / "modules" / "inner"
    (git_folder / "info" / "attributes").write_text("* filter=within\n")
    os.utime(inside.folder / "train.py")


ATTACKS: list[Callable[[Repository, Path], None]] = [
    filters,
    filter_with_equals,
    monitor,
    hooks,
    diffs,
    fetches,
    submodules,
]


@pytest.fixture(params=ATTACKS, ids=lambda attack: attack.__name__)
def attacked(request: pytest.FixtureRequest, repository: Repository, bomb: Path) -> Repository:
    (repository.folder / "a.txt").write_text("1")
    repository.commit()
    request.param(repository, bomb)
    # Files whose times tell nothing are those that git looks into, through filters.
    for name in ("train.py", ".git/index"):
        os.utime(repository.folder / name)
    return repository


def test_no_program_of_the_repository_runs(attacked: Repository, bomb: Path) -> None:
    tags = attacked.tags()
    assert not (bomb.parent / "mark").exists()
    assert tags is not None
    assert tags["commit"] == (attacked.folder / ".git" / "refs" / "heads" / "main").read_text().strip()


def test_the_attacks_work_on_git(attacked: Repository, bomb: Path) -> None:
    """Else the test above would prove nothing."""
    for command in ("status", "diff"):
        subprocess.run(["git", command, "HEAD"], cwd=attacked.folder, capture_output=True)
        subprocess.run(["git", command], cwd=attacked.folder, capture_output=True)
    assert (bomb.parent / "mark").exists()


def test_the_repository_of_another_user(repository: Repository) -> None:
    if os.geteuid():
        pytest.skip("only root can give files away")
    repository.git("remote", "add", "origin", "/srv/thing")
    commit = repository.head()
    for place in (repository.folder, *repository.folder.rglob("*")):
        os.chown(place, 12345, 12345)
    assert repository.tags() == {"commit": commit, "branch": "main"}


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0" * 100,
        b"ref: refs/heads/../../../outside",
        b"ref: /etc/passwd",
        b"ref: refs/heads/main\nref: refs/heads/other",
        b"ref: refs/heads/loop",
        b"ref: refs/heads/folder",
        b"ref: refs/heads/pipe",
        b"ref: refs/heads/" + b"x" * 5000,
        b"ref: refs/heads/\xff\xfe",
        b"0123",
        b"<script>alert(1)</script>",
    ],
)
def test_a_broken_head(repository: Repository, head: bytes) -> None:
    heads = repository.folder / ".git" / "refs" / "heads"
    (repository.folder.parent / "outside").write_text("a" * 40)
    (heads / "loop").write_text("ref: refs/heads/loop")
    (heads / "folder").mkdir()
    os.mkfifo(heads / "pipe")
    (repository.folder / ".git" / "HEAD").write_bytes(head)
    tags = repository.tags()
    assert tags is None or set(tags) == {"branch"}


@pytest.mark.parametrize(
    "place", [".git", ".git/HEAD", ".git/packed-refs", ".git/refs/heads/main", ".git/commondir"]
)
def test_pipes_do_not_block(repository: Repository, place: str) -> None:
    path = repository.folder / place
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    os.mkfifo(path)
    tags = repository.tags()
    assert tags is None or set(tags) <= {"commit", "branch", "dirty"}


@pytest.mark.parametrize(
    "pointer", [b"gitdir: ", b"gitdir: .", b"gitdir: .git", b"gitdir: \0", b"\xff" * 9999, b""]
)
def test_a_git_file_that_leads_nowhere(repository: Repository, pointer: bytes) -> None:
    shutil.rmtree(repository.folder / ".git")
    (repository.folder / ".git").write_bytes(pointer)
    assert repository.tags() is None


def test_noise_in_the_place_of_git_files_never_raises(repository: Repository) -> None:
    dice = random.Random(1)
    alphabet = [
        b"ref: ",
        b"refs/heads/main",
        b"\n",
        b"\0",
        b"..",
        b"/",
        b" ",
        b"a" * 40,
        b"gitdir: ",
        b"\xff",
        b".",
    ]
    git_folder = repository.folder / ".git"
    for _ in range(500):
        for name in ("HEAD", "commondir", "packed-refs", "refs/heads/main"):
            (git_folder / name).write_bytes(b"".join(dice.choices(alphabet, k=dice.randrange(8))))
        checkout = find(str(repository.folder))
        head = checkout and head_of(checkout)
        if head:
            assert head.commit in (None, "a" * 40)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b.git"),
        ("https://user:secret@github.com/a/b", "https://github.com/a/b"),
        ("https://secret@github.com/a/b", "https://github.com/a/b"),
        ("https://user:sec@ret@github.com/a/b", "https://github.com/a/b"),
        ("HTTPS://user:secret@github.com:8443/a/b", "https://github.com:8443/a/b"),
        ("https://host/a?private_token=secret#secret", "https://host/a"),
        ("https://user:se?c#ret@host/a", "https://host/a"),
        ("https://host/~a/b@v1", "https://host/~a/b@v1"),
        ("https://user:1/secret@host/a", None),
        ("https://user:secret/@host/a", None),
        ("https://host?token=secret", None),
        ("ssh://git@host:22/a/b.git", "ssh://git@host:22/a/b.git"),
        ("ssh://user:secret@host/a", "ssh://host/a"),
        ("git://user:secret@[::1]:9418/a", "git://[::1]:9418/a"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git"),
        ("host:a/b.git", "host:a/b.git"),
        ("user:secret@host:a/b", None),
        ("user:secret@host/a", None),
        ("user:secret@https://host/a", None),
        ("ext::sh -c secret", None),
        ("codecommit::eu-west-1://user:secret@a", None),
        ("/srv/git/a@b", "/srv/git/a@b"),
        ("../a", "../a"),
        ("a b/c", "a b/c"),
        ("file:///srv/a b@c", "file:///srv/a b@c"),
        ("file://user:secret@host/a", None),
        ("https://host/a\nsecret", None),
    ],
)
def test_secrets_do_not_become_tags(url: str, shown: str | None) -> None:
    assert without_secrets(url) == shown
