"""An artifact repository in the memory of the process, for tests of what uses one; offered as `memory:`."""

from __future__ import annotations

import os
import threading
from typing import ClassVar

from pegboard.contracts import ArtifactRepository
from pegboard.entities import FileInfo
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist
from pegboard.validation import check_artifact_path, join_artifact_path

#: The content of all files of this process, by URI and path.
_files: dict[str, bytes] = {}
_lock = threading.RLock()


class MemoryRepository(ArtifactRepository):
    """A repository whose files live as long as the process; all repositories of one URI share them.

    Args:
        artifact_uri: The root; a root below another shows the same files.
    """

    capabilities: ClassVar[frozenset[str]] = frozenset({"delete"})

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Read the file, then keep its content."""
        folder = check_artifact_path(artifact_path)
        if not os.path.isfile(local_file):
            raise InvalidParameterValue(f"'{local_file}' is no file. Use log_artifacts for a folder.")
        path = check_artifact_path(join_artifact_path(folder, os.path.basename(local_file)))
        with open(local_file, "rb") as file:
            content = file.read()
        with _lock:
            self._check_free(path)
            _files[self._key(path)] = content

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """List by the parts that follow the folder's path."""
        folder = check_artifact_path(path)
        start = self._key(folder) + "/"
        entries: dict[str, FileInfo] = {}
        with _lock:
            for key, content in _files.items():
                if key.startswith(start):
                    name, slash, _ = key[len(start) :].partition("/")
                    inner = join_artifact_path(folder, name)
                    entries[inner] = FileInfo(inner, bool(slash), None if slash else len(content))
        return [entries[inner] for inner in sorted(entries)]

    def download_file(self, remote_file_path: str, local_path: str) -> None:
        """Write the content."""
        path = check_artifact_path(remote_file_path)
        content = _files.get(self._key(path)) if path else None
        if content is None:
            raise ResourceDoesNotExist(f"There is no artifact file '{path}' in '{self.artifact_uri}'.")
        with open(local_path, "wb") as file:
            file.write(content)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Forget a file, or all below a folder."""
        key = self._key(check_artifact_path(artifact_path))
        with _lock:
            for each in [each for each in _files if each == key or each.startswith(key + "/")]:
                del _files[each]

    def _key(self, path: str) -> str:
        return join_artifact_path(self.artifact_uri.rstrip("/"), path)

    def _check_free(self, path: str) -> None:
        """Refuse a file below a file, or in the place of a folder."""
        parts = path.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts)))
        if any(self._key(each) in _files for each in above) or self.list_artifacts(path):
            raise InvalidParameterValue(
                f"The artifact '{path}' would be a file and a folder at once. Choose another path."
            )
