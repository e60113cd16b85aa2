"""What the tests of artifact-repository rules are given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from pegboard.choose import scheme_of
from pegboard.contracts import ArtifactRepository
from pegboard_conformance.harness import Harness
from pegboard_conformance.place import Place
from pegboard_conformance.rules import NotApplicable, Rules

#: Paths that leave the root, hide something, or mean different places to different readers.
BAD_PATHS = (
    "/",
    "/etc/passwd",
    "//host/share",
    ".",
    "..",
    "../outside",
    "a/../b",
    "a/..",
    "a/../../outside",
    "./a",
    "a/.",
    "a/./b",
    "a//b",
    "%2e%2e/outside",
    "%2E%2e/outside",
    "a/%2e%2e/b",
    "..%2foutside",
    "%2fetc%2fpasswd",
    "%252e%252e/outside",
    "%25252e%25252e%252foutside",
    "a%2f%2e%2e%2f%2e%2e%2foutside",
    "back\\slash",
    "..\\outside",
    "a%5c..%5coutside",
    "C:",
    "C:\\outside",
    "c:/outside",
    "nul\0",
    "nul%00",
    ".pegboard-",
    ".pegboard-part/x",
    "a/.pegboard-index",
    "lone \ud800",
    5,
    b"bytes",
)

#: Names of files and folders that need care in URLs, shells, globs and SQL, and are names like any other.
HOSTILE_NAMES = (
    "with space",
    " leading and trailing ",
    "100%",
    "%41",
    "a%20b",
    "%zz",
    "a+b",
    "hash#tag",
    "what?x=1&y=2",
    "semi;colon,comma",
    "[set]{brace}",
    "star*",
    "-dash",
    "--help",
    "~tilde",
    "$HOME `id` $(id)",
    'quo\'te "double"',
    ".hidden",
    "..x",
    "x..",
    "a..b",
    "...",
    "colon:inside",
    "file:",
    "na\u00efve",
    "\u65e5\u672c\u8a9e",
    "emoji \U0001f600",
    "\u05e2\u05d1\u05e8\u05d9\u05ea",
    "tab\tnewline\nreturn\r",
    "n" * 200,
)


class RepositoryHarness(Harness):
    """The harness of artifact-repository rules, with the verbs that most of them need.

    Each rule works below a folder of its own, `self.top`, so that one root may serve several rules.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        #: The rule's own folder in the repository.
        self.top = self.name("rule")

    @property
    def repository(self) -> ArtifactRepository:
        """The repository under test."""
        return cast(ArtifactRepository, self.provider)

    def below(self, path: str = "") -> str:
        """Return an artifact path in the rule's own folder."""
        return f"{self.top}/{path}" if path else self.top

    def file(self, name: str, content: bytes | str = b"content") -> str:
        """Write a local file under a new folder and return its path."""
        path = self.folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def folder(self, files: dict[str, bytes] | None = None) -> Path:
        """Make a new local folder with these files and return it."""
        folder = self.scratch / self.name("folder")
        folder.mkdir()
        for name, content in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    def log(self, path: str, content: bytes | str = b"content") -> str:
        """Upload content as the artifact `path` of the rule's folder and return its whole path."""
        folder, _, name = self.below(path).rpartition("/")
        self.repository.log_artifact(self.file(name, content), folder)
        return f"{folder}/{name}"

    def read(self, path: str) -> bytes:
        """Return the content of an artifact, by its path from the root."""
        target = self.folder() / "downloaded"
        self.repository.download_file(path, str(target))
        return target.read_bytes()

    def listed(self, path: str | None) -> list[tuple[str, bool, int | None]]:
        """Return the entries of a folder as path, whether it is a folder, size."""
        return [(e.path, e.is_dir, e.file_size) for e in self.repository.list_artifacts(path)]

    def local_root(self) -> Path:
        """Return the local folder that is the root.

        Raises:
            NotApplicable: The root is no local folder.
        """
        if scheme_of(self.place.key) not in (None, "", "file"):
            raise NotApplicable("the root is no folder of this machine")
        split = urlsplit(self.place.key)
        path = Path(unquote(split.path)) if split.scheme == "file" else Path(self.place.key)
        path.mkdir(parents=True, exist_ok=True)
        return path


def rules() -> Rules[RepositoryHarness]:
    """Return an empty list of artifact-repository rules, for a module to fill."""
    return Rules("artifact_repository")


def tree(folder: str | os.PathLike[str]) -> dict[str, bytes]:
    """Return the content of all files below a local folder, by relative path."""
    top = Path(folder)
    return {
        str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()
    }
