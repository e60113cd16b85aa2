"""The artifact repository on folders of the local disk; the kernel opens it through the plugin's hook."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from typing import ClassVar

from pegboard import notices, settings
from pegboard.contracts.artifact_repository import ArtifactRepository
from pegboard.entities import FileInfo
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist
from pegboard.validation import RESERVED_PREFIX, check_artifact_path, join_artifact_path
from pegboard_local_artifacts.failures import explained
from pegboard_local_artifacts.location import folder_of
from pegboard_local_artifacts.trees import Tree, identity_of, make_folder, put, scan

# No artifact can be there.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


class LocalArtifactRepository(ArtifactRepository):
    """Artifacts as plain files and folders.

    Args:
        artifact_uri: A path or a `file:` URI; the folder is made when the first artifact is logged.

    Raises:
        InvalidParameterValue: The URI names no local folder.
    """

    capabilities: ClassVar[frozenset[str]] = frozenset({"delete", "in-place"})

    def __init__(self, artifact_uri: str) -> None:
        super().__init__(artifact_uri)
        self._root = folder_of(artifact_uri)

    # Writing

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Upload a local file, as the contract says; a link is followed and its target's content copied."""
        local_file = os.fspath(local_file)
        if not os.path.isfile(local_file):
            raise InvalidParameterValue(
                f"'{local_file}' is no file. Use the path of a file, or log_artifacts for a folder."
            )
        folder = check_artifact_path(artifact_path)
        name = os.path.basename(local_file)
        check_artifact_path(join_artifact_path(folder, name))
        self._put(Tree(files=[(local_file, name)]), folder)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Upload the content of a local folder, empty folders included, as the contract says.

        Links are followed. The repository's own folder within `local_dir` is left out.

        Raises:
            InvalidParameterValue: `local_dir` is no folder, a path within it breaks the rules, an entry is
                neither file nor folder, or links lead in a circle; nothing was written.
        """
        local_dir = os.fspath(local_dir)
        if not os.path.isdir(local_dir):
            raise InvalidParameterValue(f"'{local_dir}' is no folder. Use log_artifact for a single file.")
        folder = check_artifact_path(artifact_path)
        root = identity_of(self._root) if os.path.isdir(self._root) else None

        def admit(entry: os.DirEntry[str], path: str) -> bool:
            check_artifact_path(join_artifact_path(folder, path))
            if entry.is_dir():
                return root is None or not self._is_root(entry, root)
            if entry.is_file():
                return True
            raise InvalidParameterValue(
                f"'{entry.path}' is neither a file nor a folder. Remove it, or log what is beside it."
            )

        with explained("read", local_dir, InvalidParameterValue):
            tree = scan(local_dir, admit)
        self._put(tree, folder)

    def _is_root(self, entry: os.DirEntry[str], root: tuple[int, int]) -> bool:
        if identity_of(entry.path) != root:
            return False
        notices.once(
            f"local-artifacts:within:{entry.path}",
            f"The folder '{entry.path}' is the artifact repository that is logged to; it is left out.",
        )
        return True

    def _put(self, tree: Tree, folder: str) -> None:
        durable = settings.DURABILITY.get() == "full"
        with explained("log to", self._root, InvalidParameterValue):
            make_folder(self._root, durable)
            put(tree, self._inside(folder), self._check_inside, durable)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete a file or folder with all within, as the contract says; the root itself stays, empty.

        A link is deleted, not what it leads to.
        """
        path = check_artifact_path(artifact_path)
        self._inside(path)
        with explained("delete", self._place(path), ResourceDoesNotExist):
            try:
                if path:
                    self._delete(self._inside(path.rpartition("/")[0]), path.rpartition("/")[2])
                else:
                    for name in os.listdir(self._root):
                        self._delete(self._root, name)
            except OSError as error:
                if error.errno not in _ABSENT:
                    raise

    def _delete(self, folder: str, name: str) -> None:
        place = os.path.join(folder, name)
        if os.path.islink(place) or not os.path.isdir(place):
            os.unlink(place)
            return
        # Out of sight at once: nobody lists or reads a folder of which half is gone.
        hidden = os.path.join(folder, RESERVED_PREFIX + os.urandom(8).hex())
        os.rename(place, hidden)
        try:
            shutil.rmtree(hidden)
        except OSError:
            with suppress(OSError):
                os.rename(hidden, place)
            raise

    # Reading

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """Return the direct entries of a folder, as the contract says."""
        path = check_artifact_path(path)
        infos = []
        with explained("list", self._place(path), ResourceDoesNotExist):
            try:
                with os.scandir(self._inside(path)) as entries:
                    for entry in entries:
                        info = self._info(entry, join_artifact_path(path, entry.name))
                        if info is not None:
                            infos.append(info)
            except OSError as error:
                if error.errno not in _ABSENT:
                    raise
        return sorted(infos, key=lambda info: info.path)

    def _info(self, entry: os.DirEntry[str], path: str) -> FileInfo | None:
        if not self._is_artifact(entry, path):
            return None
        try:
            return FileInfo(path, True) if entry.is_dir() else FileInfo(path, False, entry.stat().st_size)
        except FileNotFoundError:  # deleted meanwhile
            return None

    def is_directory(self, path: str) -> bool:
        """Tell whether the artifact path is a folder that is there."""
        path = check_artifact_path(path)
        return not path or os.path.isdir(self._inside(path))

    def download_file(self, remote_file_path: str, local_path: str) -> None:
        """Write the artifact file to `local_path`, as the contract says."""
        path = check_artifact_path(remote_file_path)
        source = self._inside(path)
        if not os.path.isfile(source):
            raise self._not_there(path)
        folder, name = os.path.split(os.path.abspath(local_path))
        self._fetch(Tree(files=[(source, name)]), folder)

    def download_artifacts(self, artifact_path: str | None = None, dst_path: str | None = None) -> str:
        """Download a file or folder and return its path; without `dst_path` the path where it lies."""
        path = check_artifact_path(artifact_path)
        if not path:
            with explained("make", self._root, InvalidParameterValue):
                make_folder(self._root, False)
        source = self._inside(path)
        is_folder = os.path.isdir(source)
        if not is_folder and not os.path.isfile(source):
            raise self._not_there(path)
        if dst_path is None:
            return self._place(path)
        if not os.path.isdir(dst_path):
            raise InvalidParameterValue(f"The destination '{dst_path}' is no folder. Make it first.")
        target = os.path.normpath(os.path.join(os.path.abspath(dst_path), path))
        if is_folder:
            with explained("read", source, ResourceDoesNotExist):
                tree = scan(
                    source, lambda entry, below: self._is_artifact(entry, join_artifact_path(path, below))
                )
            self._fetch(tree, target)
        else:
            folder, name = os.path.split(target)
            self._fetch(Tree(files=[(source, name)]), folder)
        return target

    def _fetch(self, tree: Tree, folder: str) -> None:
        with explained("download to", folder, ResourceDoesNotExist):
            put(tree, folder, lambda link: None, False)

    def _is_artifact(self, entry: os.DirEntry[str], path: str) -> bool:
        """Tell whether an entry of a folder is one of ours to show: no leftover, and within the root."""
        if entry.name.startswith(RESERVED_PREFIX):
            return False
        try:
            check_artifact_path(path)
            if entry.is_symlink():
                self._check_inside(entry.path)
        except InvalidParameterValue as error:
            notices.once(f"local-artifacts:hidden:{self._root}", f"Not listed, nor others like it: {error}")
            return False
        return entry.is_dir() or entry.is_file()

    # Places

    def _place(self, path: str) -> str:
        return os.path.join(self._root, path) if path else self._root

    def _inside(self, path: str) -> str:
        """Return the real path of a checked artifact path, all links resolved, for which it stays inside."""
        return self._check_inside(self._place(path))

    def _check_inside(self, place: str) -> str:
        real, root = os.path.realpath(place), os.path.realpath(self._root)
        if real != root and not real.startswith(root.rstrip("/") + "/"):
            raise InvalidParameterValue(
                f"'{place}' leads through a link out of the artifact repository '{self._root}'. Copy what is "
                "there into the repository, or remove the link."
            )
        return real

    def _not_there(self, path: str) -> ResourceDoesNotExist:
        return ResourceDoesNotExist(
            f"There is no artifact '{path}' in '{self._root}'. list_artifacts tells what is there."
        )
