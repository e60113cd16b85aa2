"""Rules of an artifact repository as a provider: its flags, its life, its memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

from pegboard.contracts import ArtifactRepository
from pegboard.errors import Unsupported
from pegboard_conformance.artifacts.harness import RepositoryHarness, rules
from pegboard_conformance.checks import check, equal, refused

rule = rules()
_MIB = 1024 * 1024
_LARGE = 64 * _MIB
_BOUND = 12 * _MIB


@rule
def is_an_artifact_repository(h: RepositoryHarness) -> None:
    """An artifact repository is an instance of the contract's class."""
    check(isinstance(h.repository, ArtifactRepository), f"{type(h.repository)} is no ArtifactRepository")


@rule
def capabilities_are_known(h: RepositoryHarness) -> None:
    """A repository declares only capability flags that the contract has."""
    unknown = set(h.repository.capabilities) - set(ArtifactRepository.known_capabilities)
    check(not unknown, f"unknown capabilities: {sorted(unknown)}")


@rule
def knows_its_root(h: RepositoryHarness) -> None:
    """A repository tells the URI of its root."""
    equal(h.repository.artifact_uri, h.place.key, "the artifact URI")


@rule
def close_twice(h: RepositoryHarness) -> None:
    """A repository may be closed twice."""
    h.log("a.txt")
    h.repository.close()
    h.repository.close()


@rule
def opened_again(h: RepositoryHarness) -> None:
    """What was uploaded is there when the root is opened again, and for others that have it open."""
    other = h.open()
    path = h.log("folder/a.txt", b"kept")
    equal([e.path for e in other.list_artifacts(h.below("folder"))], [path], "what another repository lists")
    h.reopen()
    equal(h.read(path), b"kept", "the content after the root was opened again")


@rule
def any_thread(h: RepositoryHarness) -> None:
    """Any thread may call any method, whichever opened the repository."""
    h.repository.list_artifacts()

    def use(number: int) -> bytes:
        path = h.log(f"of-threads/{number}.txt", str(number))
        check(path in [entry[0] for entry in h.listed(h.below("of-threads"))], f"{path} is not listed")
        return h.read(path)

    equal(h.in_threads(use, range(4)), [b"0", b"1", b"2", b"3"], "what the threads read")


@rule(lacks="delete")
def without_delete(h: RepositoryHarness) -> None:
    """Without the capability `delete`, delete_artifacts raises the contract's Unsupported, nothing else."""
    path = h.log("a.txt")
    error = refused(Unsupported, h.repository.delete_artifacts, path)
    equal(str(error), str(h.repository.unsupported("delete")), "the error")
    equal(h.read(path), b"content", "the artifact")


@rule
def upload_in_constant_memory(h: RepositoryHarness) -> None:
    """Memory is constant in the size of a file that is uploaded: 64 MiB take less than 12."""
    large = _large_file(h)
    peak = _peak(lambda: h.repository.log_artifact(large, h.top))
    check(peak < _BOUND, f"uploading {_LARGE // _MIB} MiB took {peak / _MIB:.1f} MiB of memory")
    equal(h.listed(h.top), [(h.below("large.bin"), False, _LARGE)], "what is listed")


@rule
def download_in_constant_memory(h: RepositoryHarness) -> None:
    """Memory is constant in the size of a file that is downloaded: 64 MiB take less than 12."""
    h.repository.log_artifact(_large_file(h), h.top)
    target = h.folder()
    single = target / "single"
    peak = _peak(lambda: h.repository.download_file(h.below("large.bin"), str(single)))
    check(peak < _BOUND, f"download_file of {_LARGE // _MIB} MiB took {peak / _MIB:.1f} MiB of memory")
    peak = _peak(lambda: h.repository.download_artifacts(h.top, str(target)))
    check(peak < _BOUND, f"download_artifacts of {_LARGE // _MIB} MiB took {peak / _MIB:.1f} MiB of memory")
    for file in (single, target / h.below("large.bin")):
        equal(file.stat().st_size, _LARGE, "the size of the downloaded file")


def _large_file(h: RepositoryHarness) -> str:
    path = h.folder() / "large.bin"
    with path.open("wb") as file:
        file.truncate(_LARGE)
    return str(path)


def _peak(call: Callable[[], object]) -> int:
    """Return the most memory in bytes that Python objects took during a call, beyond what they had before."""
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()
