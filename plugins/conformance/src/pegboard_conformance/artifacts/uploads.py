"""Rules of uploading files and folders."""

from __future__ import annotations

import os
from pathlib import Path

from pegboard.errors import InvalidParameterValue, PegboardException
from pegboard_conformance.artifacts.harness import HOSTILE_NAMES, RepositoryHarness, rules, tree
from pegboard_conformance.checks import case, check, equal, refused

rule = rules()


@rule
def upload_file(h: RepositoryHarness) -> None:
    """A file is uploaded under its own name, into the root or into a folder of any depth."""
    name = h.name("in-root") + ".txt"
    h.repository.log_artifact(h.file(name, b"root"))
    equal(h.read(name), b"root", "the file in the root")
    for folder in (h.below("one"), h.below("one/two/three"), h.below("one/two")):
        h.repository.log_artifact(h.file("a.txt", folder), folder)
        equal(h.read(f"{folder}/a.txt"), folder.encode(), "the file in the folder")


@rule
def upload_to_empty_path(h: RepositoryHarness) -> None:
    """None and an empty path are the root; a slash at the end of a folder says nothing."""
    for folder in (None, ""):
        name = h.name("root-file")
        h.repository.log_artifact(h.file(name), folder)
        equal(h.read(name), b"content", f"the file uploaded to {folder!r}")
    h.repository.log_artifact(h.file("a.txt"), h.below("folder") + "/")
    equal(h.read(h.below("folder/a.txt")), b"content", "the file uploaded to a folder with a slash")


@rule
def upload_sizes(h: RepositoryHarness) -> None:
    """Files of any size, the empty one too, come back byte for byte."""
    for size in (0, 1, 511, 4096, 65_537, 1_048_576, 5_000_001):
        content = (bytes(range(256)) * (size // 256 + 1))[:size]
        path = h.log(f"size-{size}.bin", content)
        check(h.read(path) == content, f"a file of {size} bytes came back different")


@rule
def upload_binary(h: RepositoryHarness) -> None:
    """Bytes come back as they are: no newline, encoding or end of file is special."""
    for content in (
        bytes(range(256)) * 3,
        b"\r\n\r\n\n\r",
        b"\x00" * 10,
        b"\xff\xfe\xef\xbb\xbf",
        b"\x1a\x04",
    ):
        equal(h.read(h.log("binary", content)), content, "the content")


@rule
def upload_replaces(h: RepositoryHarness) -> None:
    """A file that is uploaded again is replaced, by longer, shorter and empty content."""
    for content in (b"first", b"much longer content than before", b"x", b"", b"last"):
        path = h.log("folder/a.txt", content)
        equal(h.read(path), content, "the content")
        equal(h.listed(h.below("folder")), [(path, False, len(content))], "what is listed")


@rule
def upload_same_name_elsewhere(h: RepositoryHarness) -> None:
    """Files of one name in different folders, and names that differ by case, are different files."""
    paths = ("a.txt", "one/a.txt", "two/a.txt", "one/two/a.txt", "a.txt.txt", "a")
    for path in paths:
        h.log(path, path)
    equal({path: h.read(h.below(path)).decode() for path in paths}, {p: p for p in paths}, "the contents")


@rule
def upload_no_file(h: RepositoryHarness) -> None:
    """What is no file cannot be uploaded as one: a missing path, a folder, an empty text."""
    for local in (str(h.scratch / "missing"), str(h.folder()), str(h.scratch), ""):
        with case(local):
            refused(InvalidParameterValue, h.repository.log_artifact, local, h.top)
    equal(h.listed(h.top), [], "what is listed")


@rule
def upload_copies(h: RepositoryHarness) -> None:
    """Uploading copies: the local file stays, and what is done to it later does not reach the artifact."""
    local = Path(h.file("a.txt", b"before"))
    h.repository.log_artifact(str(local), h.top)
    equal(local.read_bytes(), b"before", "the local file")
    with local.open("r+b") as file:
        file.write(b"AFTER!")
    equal(h.read(h.below("a.txt")), b"before", "the artifact after the local file was changed")
    local.unlink()
    equal(h.read(h.below("a.txt")), b"before", "the artifact after the local file was removed")


@rule
def upload_relative_local_path(h: RepositoryHarness) -> None:
    """A local file may be named relative to the working folder, which stays as it is."""
    here = os.getcwd()
    local = os.path.relpath(h.file("a.txt"), here)
    h.repository.log_artifact(local, h.top)
    equal(h.read(h.below("a.txt")), b"content", "the artifact")
    equal(os.getcwd(), here, "the working folder")


@rule
def upload_hostile_names(h: RepositoryHarness) -> None:
    """Names with spaces, percent signs, signs of URLs and shells, and any script are names like others."""
    for name in HOSTILE_NAMES:
        path = f"{name}/{name}"
        with case(name):
            equal(h.read(h.log(path, name)), name.encode(), "the content")
            equal(h.listed(h.below(name)), [(h.below(path), False, len(name.encode()))], "what is listed")
    equal(
        sorted(entry[0] for entry in h.listed(h.top)),
        sorted(map(h.below, HOSTILE_NAMES)),
        "the folders listed",
    )


@rule
def upload_deep(h: RepositoryHarness) -> None:
    """A path may have many parts and more than a thousand characters."""
    path = "/".join(["folder-of-some-length"] * 50) + "/a.txt"
    equal(h.read(h.log(path, b"deep")), b"deep", "the content")
    folder, _, _ = h.below(path).rpartition("/")
    equal(h.listed(folder), [(h.below(path), False, 4)], "what is listed")


@rule
def upload_wrong_local_name(h: RepositoryHarness) -> None:
    """A local file whose own name breaks the rules of paths is refused, alone and within a folder."""
    for name in ("back\\slash", ".pegboard-part", "%2e%2e"):
        with case(name):
            local = h.file(name)
            refused(InvalidParameterValue, h.repository.log_artifact, local, h.top)
            refused(InvalidParameterValue, h.repository.log_artifacts, str(Path(local).parent), h.top)
    equal(h.listed(h.top), [], "what is listed")


@rule
def upload_folder(h: RepositoryHarness) -> None:
    """A folder's content is uploaded with its structure, into the root or a folder."""
    files = {"a.txt": b"a", "sub/b.txt": b"b", "sub/deeper/c.bin": bytes(range(256)), "sub2/a.txt": b""}
    local = h.folder(files)
    h.repository.log_artifacts(str(local), h.below("into/this"))
    equal(tree(h.repository.download_artifacts(h.below("into/this"))), files, "what was uploaded")
    name = h.name("top")
    h.repository.log_artifacts(str(h.folder({f"{name}/x": b"x"})))
    equal(h.read(f"{name}/x"), b"x", "what was uploaded into the root")
    equal(tree(local), files, "the local folder")


@rule
def upload_folder_with_empty_ones(h: RepositoryHarness) -> None:
    """Empty folders do no harm: the files beside them are uploaded, and an empty folder uploads none."""
    local = h.folder({"a.txt": b"a"})
    (local / "empty" / "deeper").mkdir(parents=True)
    h.repository.log_artifacts(str(local), h.below("some"))
    found = h.repository.download_artifacts(h.below("some"), str(h.folder()))
    equal(tree(found), {"a.txt": b"a"}, "the files")
    h.repository.log_artifacts(str(h.folder()), h.below("none"))
    equal(h.listed(h.below("none")), [], "what is listed of the empty folder")


@rule
def upload_folder_again(h: RepositoryHarness) -> None:
    """A folder that is uploaded again replaces its files and leaves others."""
    h.repository.log_artifacts(str(h.folder({"a": b"old", "sub/b": b"old", "only/first": b"1"})), h.top)
    h.repository.log_artifacts(str(h.folder({"a": b"new!", "sub/b": b"", "sub/c": b"3"})), h.top)
    wanted = {"a": b"new!", "sub/b": b"", "sub/c": b"3", "only/first": b"1"}
    equal(tree(h.repository.download_artifacts(h.top, str(h.folder()))), wanted, "the files")


@rule
def upload_many(h: RepositoryHarness) -> None:
    """A folder of many files is uploaded whole."""
    files = {f"{i % 7}/{i}.txt": str(i).encode() for i in range(150)}
    h.repository.log_artifacts(str(h.folder(files)), h.top)
    equal(tree(h.repository.download_artifacts(h.top, str(h.folder()))), files, "the files")


@rule
def upload_no_folder(h: RepositoryHarness) -> None:
    """What is no folder cannot be uploaded as one: a missing path, a file."""
    for local in (str(h.scratch / "missing"), h.file("a.txt")):
        with case(local):
            refused(InvalidParameterValue, h.repository.log_artifacts, local, h.top)
    equal(h.listed(h.top), [], "what is listed")


@rule
def upload_below_a_file(h: RepositoryHarness) -> None:
    """A path below a file, or a file in the place of a folder, is taken or refused; what is there stays."""
    path = h.log("there", b"file")
    inside = h.log("folder/inside", b"inside")
    for name, below in (("x", "there"), ("folder", "")):
        try:
            h.repository.log_artifact(h.file(name, b"new"), h.below(below))
        except PegboardException:
            continue
        equal(h.read(f"{h.below(below)}/{name}"), b"new", "the new file")
    equal((h.read(path), h.read(inside)), (b"file", b"inside"), "the files that were there")
