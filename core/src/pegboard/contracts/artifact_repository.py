"""The contract of artifact repositories, which keep files under a root."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pegboard.contracts.base import Provider
from pegboard.entities import FileInfo
from pegboard.errors import InvalidParameterValue
from pegboard.validation import check_artifact_path, join_artifact_path

_THREADS = 8


class ArtifactRepository(Provider):
    """Files and folders under a root URI.

    Artifact paths are relative to the root, `/`-separated, without `.` or `..` parts; `None` or an empty
    path is the root. A path that breaks these rules raises InvalidParameterValue, one that is not there
    ResourceDoesNotExist, and no path ever leaves the root, links included. A file is there whole or not at
    all: a reader never sees half of one. Memory is constant in the size of files. Any thread may call any
    method.

    Args:
        artifact_uri: The root.
    """

    known_capabilities: ClassVar = {
        "delete": "Artifacts can be deleted.",
        "in-place": "A download without a destination returns the path where the artifact lies, uncopied.",
    }
    capabilities: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, artifact_uri: str) -> None:
        self.artifact_uri = artifact_uri

    @abstractmethod
    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Upload a local file into the folder `artifact_path` under its own name, replacing what is there.

        Raises:
            InvalidParameterValue: `local_file` is no file, or the path breaks the rules.
        """

    @abstractmethod
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """Return the direct entries of a folder, ordered by path, with sizes in bytes for files.

        A path that is a file, or is not there, has no entries.
        """

    @abstractmethod
    def download_file(self, remote_file_path: str, local_path: str) -> None:
        """Write the artifact file to `local_path`, whose folder exists.

        Raises:
            ResourceDoesNotExist: The path is not there or is a folder.
        """

    # With defaults

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Upload the content of a local folder into the folder `artifact_path`.

        Raises:
            InvalidParameterValue: `local_dir` is no folder, or a path within it breaks the rules.
        """
        artifact_path = check_artifact_path(artifact_path)
        if not os.path.isdir(local_dir):
            raise InvalidParameterValue(f"'{local_dir}' is no folder. Use log_artifact for a single file.")
        jobs = []
        for folder, _, names in os.walk(local_dir):
            relative = os.path.relpath(folder, local_dir).replace(os.sep, "/")
            target = join_artifact_path(artifact_path, None if relative == "." else relative)
            jobs += [(os.path.join(folder, name), target) for name in sorted(names)]
        _in_parallel(self.log_artifact, jobs)

    def download_artifacts(self, artifact_path: str | None = None, dst_path: str | None = None) -> str:
        """Download a file or folder and return its absolute local path.

        Args:
            artifact_path: The file or folder; the whole root by default.
            dst_path: An existing folder, under which the artifact path is repeated; a new temporary one by
                default, or no copy at all with `in-place`.

        Raises:
            ResourceDoesNotExist: The path is not there.
            InvalidParameterValue: `dst_path` is no folder.
        """
        path = check_artifact_path(artifact_path)
        if dst_path is None:
            import tempfile

            dst_path = tempfile.mkdtemp(prefix="pegboard-")
        elif not os.path.isdir(dst_path):
            raise InvalidParameterValue(f"The destination '{dst_path}' is no folder. Make it first.")
        target = os.path.abspath(os.path.join(dst_path, path))
        files = self._files_below(path)
        if not files and path and not self.is_directory(path):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            self.download_file(path, target)
            return target
        os.makedirs(target, exist_ok=True)
        for file in files:
            os.makedirs(os.path.dirname(os.path.join(dst_path, file)), exist_ok=True)
        _in_parallel(self.download_file, [(file, os.path.join(dst_path, file)) for file in files])
        return target

    def is_directory(self, path: str) -> bool:
        """Tell whether the artifact path is a folder that is there."""
        path = check_artifact_path(path)
        if not path:
            return True
        parent = path.rpartition("/")[0]
        return any(entry.is_dir for entry in self.list_artifacts(parent or None) if entry.path == path)

    def _files_below(self, path: str) -> list[str]:
        files: list[str] = []
        folders = [path]
        while folders:
            for entry in self.list_artifacts(folders.pop() or None):
                (folders if entry.is_dir else files).append(entry.path)
        return files

    # With a capability

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete a file or folder with all within; needs `delete`. Without effect if it is not there."""
        raise self.unsupported("delete")


def _in_parallel(call: Callable[..., None], jobs: Sequence[tuple[Any, ...]]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda job: call(*job), jobs))
