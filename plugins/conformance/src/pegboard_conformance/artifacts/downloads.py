"""Rules of downloading files and folders."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist
from pegboard_conformance.artifacts.harness import RepositoryHarness, rules, tree
from pegboard_conformance.checks import case, check, equal, refused

rule = rules()


@rule
def download_file(h: RepositoryHarness) -> None:
    """download_file writes an artifact to the local path that is given, replacing what is there."""
    path = h.log("folder/a.txt", b"artifact")
    target = h.folder() / "under another name"
    for there in (None, b"something longer that was there before"):
        if there is not None:
            target.write_bytes(there)
        h.repository.download_file(path, str(target))
        equal(target.read_bytes(), b"artifact", "the local file")
    equal(list(target.parent.iterdir()), [target], "the local files beside it")


@rule
def download_file_missing(h: RepositoryHarness) -> None:
    """download_file raises ResourceDoesNotExist for what is not there or is a folder, and writes nothing."""
    h.log("folder/a.txt")
    target = h.folder()
    for path in ("missing", "folder", "folder/missing", "folder/a.txt/below", "folder/a", "folder/a.txt.x"):
        with case(path):
            refused(ResourceDoesNotExist, h.repository.download_file, h.below(path), str(target / "file"))
    refused(ResourceDoesNotExist, h.repository.download_file, "", str(target / "file"))
    equal(tree(target), {}, "the local files")


@rule
def download_to_folder(h: RepositoryHarness) -> None:
    """A file is downloaded under the destination with its path repeated; its absolute place is returned."""
    path = h.log("folder/deep/a.txt", b"a")
    h.log("folder/deep/b.txt", b"b")
    target = h.folder()
    found = h.repository.download_artifacts(path, str(target))
    equal(found, str(target / path), "the place that is returned")
    equal(tree(target), {path: b"a"}, "the local files")


@rule
def download_folder(h: RepositoryHarness) -> None:
    """A folder is downloaded with all below it and nothing else, its path repeated."""
    files = {"a.txt": b"a", "sub/b.txt": b"b", "sub/deeper/c": b""}
    h.repository.log_artifacts(str(h.folder(files)), h.below("this"))
    h.log("this-not/d.txt", b"d")
    for path in (h.below("this"), h.below("this") + "/"):
        target = h.folder()
        found = h.repository.download_artifacts(path, str(target))
        equal(os.path.normpath(found), str(target / h.below("this")), "the place that is returned")
        check(os.path.isabs(found), "the place that is returned is not absolute")
        equal(tree(target), {h.below(f"this/{name}"): content for name, content in files.items()}, "files")


@rule
def download_root(h: RepositoryHarness) -> None:
    """None and an empty path are the whole root."""
    paths = {h.log("a.txt", b"a"): b"a", h.log("sub/b.txt", b"b"): b"b"}
    for path in (None, ""):
        target = h.folder()
        found = h.repository.download_artifacts(path, str(target))
        equal(os.path.normpath(found), str(target), "the place that is returned")
        mine = {name: content for name, content in tree(target).items() if name.startswith(h.top)}
        equal(mine, paths, "the rule's local files")


@rule
def download_without_destination(h: RepositoryHarness) -> None:
    """Without a destination the local place is chosen, and what is there is the artifact."""
    path = h.log("folder/a.txt", b"a")
    found = h.repository.download_artifacts(path)
    check(os.path.isabs(found), f"{found!r} is not absolute")
    equal(Path(found).read_bytes(), b"a", "the file")
    equal(tree(h.repository.download_artifacts(h.below("folder"))), {"a.txt": b"a"}, "the folder")


@rule(needs="in-place")
def download_in_place(h: RepositoryHarness) -> None:
    """With the capability `in-place`, a download without a destination returns where the artifact lies."""
    path = h.log("folder/a.txt", b"a")
    for each in (path, h.below("folder"), None):
        places = {h.repository.download_artifacts(each) for _ in range(2)}
        equal(len(places), 1, f"how many places {each!r} has")
    copy = h.repository.download_artifacts(path, str(h.folder()))
    check(
        copy != h.repository.download_artifacts(path),
        "with a destination, too, the artifact itself is returned",
    )
    h.log("folder/a.txt", b"new")
    equal(Path(h.repository.download_artifacts(path)).read_bytes(), b"new", "what lies there after an upload")


@rule(lacks="in-place")
def download_copies(h: RepositoryHarness) -> None:
    """Without `in-place` each download without a destination is a new copy, apart from the artifact."""
    path = h.log("folder/a.txt", b"a")
    places = [Path(h.repository.download_artifacts(path)) for _ in range(2)]
    check(places[0] != places[1], "two downloads share a place")
    places[0].write_bytes(b"changed")
    equal((places[1].read_bytes(), h.read(path)), (b"a", b"a"), "the other copy and the artifact")


@rule
def downloads_are_apart(h: RepositoryHarness) -> None:
    """What is done to a download with a destination does not reach the artifact."""
    path = h.log("a.txt", b"before")
    for place in (
        Path(h.repository.download_artifacts(path, str(h.folder()))),
        Path(h.repository.download_artifacts(h.top, str(h.folder()))) / "a.txt",
    ):
        with place.open("r+b") as file:
            file.write(b"AFTER!")
        equal(h.read(path), b"before", "the artifact")


@rule
def download_over_files(h: RepositoryHarness) -> None:
    """A download replaces files of the same names in its destination and leaves others."""
    h.log("a.txt", b"new")
    target = h.folder(
        {h.below("a.txt"): b"a longer old one", h.below("other"): b"other", "beside": b"beside"}
    )
    h.repository.download_artifacts(h.top, str(target))
    wanted = {h.below("a.txt"): b"new", h.below("other"): b"other", "beside": b"beside"}
    equal(tree(target), wanted, "the local files")


@rule
def download_missing(h: RepositoryHarness) -> None:
    """What is not there cannot be downloaded: ResourceDoesNotExist, and nothing is written."""
    h.log("folder/a.txt")
    target = h.folder()
    for path in ("missing", "folder/missing", "fold", "folder/a.tx", "folder/a.txt/below"):
        with case(path):
            refused(ResourceDoesNotExist, h.repository.download_artifacts, h.below(path), str(target))
            refused(ResourceDoesNotExist, h.repository.download_artifacts, h.below(path))
    equal(tree(target), {}, "the local files")


@rule
def download_to_no_folder(h: RepositoryHarness) -> None:
    """A destination that is no folder, or is not there, is refused."""
    path = h.log("a.txt")
    file = h.file("file")
    for target in (file, str(h.scratch / "missing")):
        with case(target):
            refused(InvalidParameterValue, h.repository.download_artifacts, path, target, naming=[target])
    equal(Path(file).read_bytes(), b"content", "the file that is no folder")


@rule
def download_relative_destination(h: RepositoryHarness) -> None:
    """A destination may be relative to the working folder; what is returned is absolute."""
    path = h.log("a.txt", b"a")
    target = h.folder()
    found = h.repository.download_artifacts(path, os.path.relpath(target))
    check(os.path.isabs(found), f"{found!r} is not absolute")
    equal(os.path.realpath(found), os.path.realpath(target / path), "the place that is returned")


@rule
def download_temporary_is_private(h: RepositoryHarness) -> None:
    """A temporary copy lies under the folder for temporary files, so that a system may clean it up."""
    found = h.repository.download_artifacts(h.log("a.txt"))
    if "in-place" not in h.repository.capabilities:
        temporary = os.path.realpath(tempfile.gettempdir())
        check(os.path.realpath(found).startswith(temporary + os.sep), f"{found!r} is not under {temporary!r}")


@rule
def is_directory(h: RepositoryHarness) -> None:
    """is_directory is true of folders and the root, false of files and of what is not there."""
    h.log("folder/sub/a.txt")
    for path, wanted in {
        "": True,
        h.top: True,
        h.below("folder"): True,
        h.below("folder/"): True,
        h.below("folder/sub"): True,
        h.below("folder/sub/a.txt"): False,
        h.below("missing"): False,
        h.below("fold"): False,
        h.below("folder/sub/a.txt/below"): False,
    }.items():
        equal(h.repository.is_directory(path), wanted, f"whether {path!r} is a folder")
