"""Artifact repositories that are wrong, each in one way that real ones have been wrong in."""

from __future__ import annotations

import os
import shutil
from typing import ClassVar
from urllib.parse import unquote

from wrong import breaks

from pegboard.contracts import ArtifactRepository
from pegboard.entities import FileInfo
from pegboard.errors import ResourceDoesNotExist
from pegboard_conformance.memory_repository import MemoryRepository


@breaks(
    "artifact-repository/bad-path-of-upload",
    "artifact-repository/bad-path-of-listing",
    "artifact-repository/neighbours-are-out-of-reach",
    "artifact-repository/linked-folder",
    "artifact-repository/linked-file",
    "artifact-repository/readers-see-whole-files",
    "artifact-repository/death-leaves-no-half",
    "artifact-repository/upload-no-file",
)
class NaiveFolder(ArtifactRepository):
    """What one writes in five minutes: joins paths, follows links, copies in place."""

    capabilities: ClassVar[frozenset[str]] = frozenset()

    def _place(self, path: str | None) -> str:
        return os.path.join(self.artifact_uri, path or "")

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        os.makedirs(self._place(artifact_path), exist_ok=True)
        with open(local_file, "rb") as source:
            target = os.path.join(self._place(artifact_path), os.path.basename(local_file))
            with open(target, "wb", buffering=0) as copy:
                while chunk := source.read(65536):
                    copy.write(chunk)

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        folder = self._place(path)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        return [self._info(os.path.join(path or "", name)) for name in names]

    def _info(self, path: str) -> FileInfo:
        place = self._place(path)
        return FileInfo(path, True) if os.path.isdir(place) else FileInfo(path, False, os.path.getsize(place))

    def download_file(self, remote_file_path: str, local_path: str) -> None:
        if not os.path.isfile(self._place(remote_file_path)):
            raise ResourceDoesNotExist(f"There is no artifact '{remote_file_path}'.")
        shutil.copyfile(self._place(remote_file_path), local_path)


@breaks("artifact-repository/list-ordered")
class ListsAsUploaded(MemoryRepository):
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        return sorted(super().list_artifacts(path), key=lambda entry: (not entry.is_dir, entry.path))


@breaks("artifact-repository/list-folder")
class ListsNamesOnly(MemoryRepository):
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        entries = super().list_artifacts(path)
        return [FileInfo(entry.path.rpartition("/")[2], entry.is_dir, entry.file_size) for entry in entries]


@breaks("artifact-repository/list-nothing")
class ListsTheFileItself(MemoryRepository):
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        folder, _, name = (path or "").rstrip("/").rpartition("/")
        itself = (
            [e for e in super().list_artifacts(folder) if e.path == path and not e.is_dir] if name else []
        )
        return itself or super().list_artifacts(path)


@breaks("artifact-repository/upload-hostile-names")
class DecodesNames(MemoryRepository):
    def _key(self, path: str) -> str:
        return super()._key(unquote(path))


@breaks("artifact-repository/upload-replaces")
class KeepsTheFirst(MemoryRepository):
    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        path = f"{artifact_path}/{os.path.basename(local_file)}"
        if not any(entry.path == path for entry in self.list_artifacts(artifact_path)):
            super().log_artifact(local_file, artifact_path)


@breaks("artifact-repository/download-file-missing", "artifact-repository/download-missing")
class EmptyForMissing(MemoryRepository):
    def download_file(self, remote_file_path: str, local_path: str) -> None:
        try:
            super().download_file(remote_file_path, local_path)
        except ResourceDoesNotExist:
            open(local_path, "wb").close()


@breaks("artifact-repository/download-folder")
class FlattensFolders(MemoryRepository):
    def download_artifacts(self, artifact_path: str | None = None, dst_path: str | None = None) -> str:
        place = super().download_artifacts(artifact_path, dst_path)
        return os.path.dirname(place)


@breaks("artifact-repository/delete-folder")
class DeletesByPrefix(MemoryRepository):
    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        folder, _, name = (artifact_path or "").rpartition("/")
        for entry in self.list_artifacts(folder):
            if entry.path.rpartition("/")[2].startswith(name):
                super().delete_artifacts(entry.path)


@breaks("artifact-repository/upload-in-constant-memory")
class InMemory(MemoryRepository):
    pass
