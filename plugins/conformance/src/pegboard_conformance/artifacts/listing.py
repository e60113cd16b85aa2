"""Rules of listing folders, and of deleting."""

from __future__ import annotations

from pegboard.entities import FileInfo
from pegboard.errors import ResourceDoesNotExist
from pegboard_conformance.artifacts.harness import RepositoryHarness, rules
from pegboard_conformance.checks import case, check, equal, refused

rule = rules()


@rule
def list_folder(h: RepositoryHarness) -> None:
    """A folder's direct entries are listed with paths from the root, files with sizes, folders without."""
    h.log("folder/a.txt", b"12345")
    h.log("folder/empty", b"")
    h.log("folder/sub/b.txt", b"1")
    h.log("folder/sub/deeper/c.txt", b"1")
    wanted = [
        (h.below("folder/a.txt"), False, 5),
        (h.below("folder/empty"), False, 0),
        (h.below("folder/sub"), True, None),
    ]
    for path in (h.below("folder"), h.below("folder/")):
        equal(h.listed(path), wanted, f"what is listed of {path!r}")
    equal(h.listed(h.top), [(h.below("folder"), True, None)], "what is listed of the folder above")
    for entry in h.repository.list_artifacts(h.below("folder")):
        check(isinstance(entry, FileInfo), f"{entry!r} is no FileInfo")


@rule
def list_root(h: RepositoryHarness) -> None:
    """None and an empty path list the root."""
    name = h.name("in-root")
    h.repository.log_artifact(h.file(name, b"123"))
    h.log("sub/a.txt")
    for path in (None, ""):
        found = h.listed(path)
        check((name, False, 3) in found, f"the file {name} is not in {found}")
        check((h.top, True, None) in found, f"the folder {h.top} is not in {found}")
        check(all("/" not in entry[0] for entry in found), f"{found} are not direct entries")


@rule
def list_nothing(h: RepositoryHarness) -> None:
    """A path that is a file, or is not there, has no entries."""
    h.log("folder/a.txt")
    for path in ("folder/a.txt", "missing", "folder/missing", "fold", "folder/a", "folder/a.txt/below"):
        equal(h.listed(h.below(path)), [], f"what is listed of {path!r}")


@rule
def list_empty_root(h: RepositoryHarness) -> None:
    """Listing does not make folders: what is not there before is not there after."""
    h.listed(h.top)
    h.listed(h.below("a/b"))
    check(h.top not in [entry[0] for entry in h.listed(None)], "a folder came to be by listing it")
    check(not h.repository.is_directory(h.top), "a folder came to be by listing it")


@rule
def list_ordered(h: RepositoryHarness) -> None:
    """Entries are ordered by path, files and folders alike, by code points."""
    paths = [
        "Z",
        "a",
        "a.b",
        "a b",
        "a-b",
        "ab/x",
        "a0/x",
        "B/x",
        "\u00e9",
        "10",
        "9",
        "_",
        "\U0001f600",
        "\uffee",
    ]
    for path in paths:
        h.log(path)
    wanted = sorted(h.below(path.partition("/")[0]) for path in paths)
    equal([entry[0] for entry in h.listed(h.top)], wanted, "the paths")


@rule
def list_prefixes(h: RepositoryHarness) -> None:
    """A folder has its own entries only, not those of folders whose names begin alike."""
    for path in ("a/1", "ab/2", "a.b/3", "a/b/4", "a-", "a_/5"):
        h.log(path)
    equal([e[0] for e in h.listed(h.below("a"))], [h.below("a/1"), h.below("a/b")], "the entries of a")
    equal(len(h.listed(h.top)), 5, "the number of entries above")


@rule
def list_many(h: RepositoryHarness) -> None:
    """A folder of more entries than a store gives at once is listed whole."""
    files = {f"{i:04}": b"x" for i in range(1100)}
    h.repository.log_artifacts(str(h.folder(files)), h.top)
    equal([entry[0] for entry in h.listed(h.top)], sorted(map(h.below, files)), "the paths")


@rule(needs="delete")
def delete_file(h: RepositoryHarness) -> None:
    """A deleted file is gone and others stay; it may be uploaded again."""
    path, other = h.log("folder/a.txt"), h.log("folder/a.txt.b")
    h.repository.delete_artifacts(path)
    equal(h.listed(h.below("folder")), [(other, False, 7)], "what is listed")
    refused(ResourceDoesNotExist, h.repository.download_file, path, str(h.folder() / "file"))
    equal(h.read(h.log("folder/a.txt", b"again")), b"again", "the file that was uploaded again")


@rule(needs="delete")
def delete_folder(h: RepositoryHarness) -> None:
    """A deleted folder is gone with all below it; folders whose names begin alike stay."""
    for path in ("this/a", "this/sub/b", "this-not/c", "this2/d"):
        h.log(path)
    h.repository.delete_artifacts(h.below("this"))
    wanted = [(h.below("this-not"), True, None), (h.below("this2"), True, None)]
    equal(h.listed(h.top), wanted, "what is listed")
    equal(h.listed(h.below("this/sub")), [], "what is listed of the deleted folder")


@rule(needs="delete")
def delete_missing(h: RepositoryHarness) -> None:
    """Deleting what is not there is without effect."""
    path = h.log("folder/a.txt")
    for missing in ("missing", "folder/missing", "fold", "folder/a.txt/below"):
        with case(missing):
            h.repository.delete_artifacts(h.below(missing))
    equal(h.read(path), b"content", "the file that is there")


@rule(needs="delete")
def delete_root(h: RepositoryHarness) -> None:
    """Without a path all of the root is deleted; it may be used again."""
    h.log("folder/a.txt")
    h.repository.delete_artifacts()
    equal(h.listed(None), [], "what is listed of the root")
    equal(h.read(h.log("b.txt", b"again")), b"again", "the file that was uploaded afterwards")
