"""Rules of uploads and downloads at the same time, and of death in the middle of one."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pegboard.contracts import ArtifactRepository
from pegboard.errors import PegboardException
from pegboard_conformance.artifacts.harness import RepositoryHarness, rules, tree
from pegboard_conformance.checks import check, equal

rule = rules()
_WRITERS = 6


def _version(number: int) -> bytes:
    """Return content that tells its number in each byte, of a length of its own."""
    return bytes([65 + number]) * (400_000 + 50_000 * number)


@rule
def threads_upload_one_path(h: RepositoryHarness) -> None:
    """Of several threads that upload one path at once, one version is there in the end, whole."""
    files = [h.file("a.bin", _version(number)) for number in range(_WRITERS)]
    for _ in range(5):
        h.all_in_threads(lambda file: h.repository.log_artifact(file, h.top), files)
        content = h.read(h.below("a.bin"))
        check(content in map(_version, range(_WRITERS)), "the file is none of the versions")
        equal(h.listed(h.top), [(h.below("a.bin"), False, len(content))], "what is listed")


@rule
def threads_upload_into_new_folder(h: RepositoryHarness) -> None:
    """Several threads may be the first to upload into a folder, all at once."""
    for round_ in range(5):
        folder = h.below(f"new-{round_}/deeper")
        files = [h.file(f"{number}", str(number)) for number in range(_WRITERS)]
        h.all_in_threads(partial(h.repository.log_artifact, artifact_path=folder), files)
        found = tree(h.repository.download_artifacts(folder, str(h.folder())))
        equal(found, {str(number): str(number).encode() for number in range(_WRITERS)}, "the files")


@rule
def readers_see_whole_files(h: RepositoryHarness) -> None:
    """Who reads a file while others replace it gets one version whole, and sees the size of one."""
    path = h.log("a.bin", _version(0))
    files = [h.file("a.bin", _version(number)) for number in range(2)]
    versions = [_version(number) for number in range(2)]

    def write(number: int) -> None:
        for _ in range(20):
            h.repository.log_artifact(files[number], h.top)

    def read(_: int) -> None:
        for _ in range(20):
            check(h.read(path) in versions, "a reader got half of a version")
            found = h.listed(h.top)
            whole = [[(path, False, len(version))] for version in versions]
            check(found in whole, f"a reader was told {found}")
            copied = tree(h.repository.download_artifacts(h.top, str(h.folder())))
            check(list(copied) == [path.rpartition("/")[2]], f"a reader copied {list(copied)}")

    jobs: list[tuple[Callable[[int], None], int]] = [(write, 0), (write, 1), (read, 0), (read, 0)]
    h.all_in_threads(lambda job: job[0](job[1]), jobs)


def _upload_again(repository: ArtifactRepository, job: tuple[str, str]) -> None:
    file, folder = job
    for _ in range(10):
        repository.log_artifact(file, folder)


@rule
def processes_upload_one_path(h: RepositoryHarness) -> None:
    """Of several processes that upload one path of a local root at once, one version is there, whole."""
    h.local_root()
    jobs = [(h.file("a.bin", _version(number)), h.top) for number in range(3)]
    h.all_in_processes(_upload_again, jobs)
    content = h.read(h.below("a.bin"))
    check(content in map(_version, range(3)), "the file is none of the versions")
    equal(h.listed(h.top), [(h.below("a.bin"), False, len(content))], "what is listed")


_LIMIT = 8 * 1024 * 1024


def _limit_files(action: int | Callable[..., Any]) -> None:
    """Let no file of this process grow over 8 MiB: a write beyond brings SIGXFSZ."""
    signal.signal(signal.SIGXFSZ, action)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LIMIT, _LIMIT))


def _die_while_uploading(
    repository: ArtifactRepository, job: Sequence[str], tell: Callable[[Any], None]
) -> None:
    small, large, folder = job
    repository.log_artifact(small, folder)
    tell("small")
    _limit_files(signal.SIG_DFL)
    repository.log_artifact(large, folder)
    tell("large")


def _fail_while_uploading(repository: ArtifactRepository, job: Sequence[str]) -> str:
    small, large, folder = job
    repository.log_artifact(small, folder)
    _limit_files(signal.SIG_IGN)
    try:
        repository.log_artifact(large, folder)
    except (PegboardException, OSError):
        return "failed"
    return "uploaded"


@rule
def death_leaves_no_half(h: RepositoryHarness) -> None:
    """A process that dies while it uploads to a local root leaves its file whole or not at all."""
    told = h.in_dying_process(_die_while_uploading, _large_job(h))
    check("small" in told, "the process died before its time")
    _check_whole(h, "large" in told)


@rule
def failure_leaves_no_half(h: RepositoryHarness) -> None:
    """An upload to a local root that fails in the middle, as on a full disk, leaves no half of the file."""
    (outcome,) = h.all_in_processes(_fail_while_uploading, [_large_job(h)])
    _check_whole(h, outcome == "uploaded")


def _large_job(h: RepositoryHarness) -> tuple[str, str, str]:
    h.local_root()
    return h.file("a.txt"), h.file("large.bin", b"x" * 2 * _LIMIT), h.top


def _check_whole(h: RepositoryHarness, uploaded: bool) -> None:
    small, large = (h.below("a.txt"), False, 7), (h.below("large.bin"), False, 2 * _LIMIT)
    equal(h.listed(h.top), [small, large] if uploaded else [small], "what is listed")
    found = tree(h.repository.download_artifacts(h.top, str(h.folder())))
    equal(set(found), {"a.txt", "large.bin"} if uploaded else {"a.txt"}, "the files")
    h.repository.log_artifact(h.file("large.bin", b"new"), h.top)
    equal(h.read(h.below("large.bin")), b"new", "the file that is uploaded afterwards")
