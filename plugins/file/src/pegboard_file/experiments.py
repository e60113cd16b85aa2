"""The folders of experiments: which there are, what they hold, their tags; called by the store.

An experiment is a folder of the root, or of `.trash` once deleted, whose `meta.yaml` names the folder's own
id. Any other folder is not ours and left alone.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pegboard import notices
from pegboard.entities import Experiment, ExperimentTag, LifecycleStage, ViewType
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist, StorageDamaged
from pegboard.validation import check_experiment_id
from pegboard_file import files, keys, locations, meta

META = "meta.yaml"
TRASH = ".trash"
TAGS = "tags"

#: What the root holds besides experiments, in MLflow.
_NO_EXPERIMENTS = (TRASH, "models")


class ExperimentFolder:
    """Where an experiment lies; `trashed` tells whether that is the trash."""

    __slots__ = ("experiment_id", "path", "trashed")

    def __init__(self, parent: str, experiment_id: str, trashed: bool) -> None:
        self.path = f"{parent}/{experiment_id}"
        self.experiment_id = experiment_id
        self.trashed = trashed


class Experiments:
    """The experiments of one root.

    Args:
        root: The absolute path of the store's folder.
        own_base: The location of the root, in the form in which artifact locations are stored.
        artifact_base: The location under which new experiments keep artifacts.
        sync: Whether what is written must survive a loss of power.
    """

    def __init__(self, root: str, own_base: str, artifact_base: str, sync: bool) -> None:
        self.root = root
        self.trash = f"{root}/{TRASH}"
        self.own_base = own_base
        self.artifact_base = artifact_base
        self.sync = sync
        self.lock = threading.RLock()

    # Which there are

    def folders(self, view_type: int = ViewType.ALL) -> list[ExperimentFolder]:
        """Return the folders that may be experiments, by where they lie, without a look into them."""
        active = view_type != ViewType.DELETED_ONLY
        names = _folder_names(self.root) if active else []
        before = _changed(self.root)
        trashed = _folder_names(self.trash) if view_type != ViewType.ACTIVE_ONLY else []
        if active and trashed and _changed(self.root) != before:
            # One that was restored between the two looks is in neither list.
            names = list(dict.fromkeys(names + _folder_names(self.root)))
        return [
            *(ExperimentFolder(self.root, name, False) for name in names),
            *(ExperimentFolder(self.trash, name, True) for name in trashed),
        ]

    def find(self, experiment_id: object) -> ExperimentFolder:
        """Return the folder of an experiment; raise ResourceDoesNotExist if there is none."""
        experiment_id = check_experiment_id(experiment_id)
        if experiment_id not in _NO_EXPERIMENTS:
            for parent, trashed in ((self.root, False), (self.trash, True)):
                folder = ExperimentFolder(parent, experiment_id, trashed)
                if os.path.isdir(folder.path) and not _is_unfinished(folder.path):
                    return folder
        raise ResourceDoesNotExist(
            f"There is no experiment '{experiment_id}' in '{self.root}'. Search experiments for the ids "
            "there are."
        )

    def find_active(self, experiment_id: object) -> ExperimentFolder:
        """Return the folder of an experiment for writing.

        Raises:
            ResourceDoesNotExist: There is none.
            InvalidParameterValue: It is deleted.
            PermissionDenied: It is a link.
        """
        folder = self.find(experiment_id)
        if self.is_deleted(folder, self.fields(folder)):
            raise InvalidParameterValue(
                f"The experiment '{folder.experiment_id}' is deleted. Restore it first, or use another."
            )
        return writable(folder)

    # What they hold

    def fields(self, folder: ExperimentFolder) -> dict[str, Any]:
        """Return the fields of an experiment's `meta.yaml`; raise StorageDamaged if they cannot be."""
        path = f"{folder.path}/{META}"
        try:
            fields = meta.load(files.read(path), path)
        except FileNotFoundError:
            raise StorageDamaged(
                f"The experiment's folder '{folder.path}' has no {META}. Restore that file or remove the "
                "folder."
            ) from None
        except OSError as error:
            raise files.failure(error, path) from error
        missing = [key for key in ("experiment_id", "name") if fields.get(key) is None]
        if missing:
            raise StorageDamaged(f"'{path}' lacks '{missing[0]}'. Repair it.")
        if str(fields["experiment_id"]) != folder.experiment_id:
            raise StorageDamaged(
                f"'{path}' is of experiment '{fields['experiment_id']}', but lies in the folder of "
                f"'{folder.experiment_id}'. Rename the folder or repair the file."
            )
        return fields

    def is_deleted(self, folder: ExperimentFolder, fields: dict[str, Any]) -> bool:
        """Tell whether an experiment is deleted, by its place or its fields."""
        return folder.trashed or fields.get("lifecycle_stage") == LifecycleStage.DELETED

    def read(self, folder: ExperimentFolder, fields: dict[str, Any] | None = None) -> Experiment:
        """Return an experiment; raise StorageDamaged if it cannot be read."""
        fields = self.fields(folder) if fields is None else fields
        return Experiment(
            folder.experiment_id,
            str(fields["name"]),
            self.artifact_location(folder, fields),
            LifecycleStage.DELETED if self.is_deleted(folder, fields) else LifecycleStage.ACTIVE,
            read_texts(f"{folder.path}/{TAGS}"),
            time_field(fields, "creation_time", folder.path),
            time_field(fields, "last_update_time", folder.path),
        )

    def read_all(self, view_type: int = ViewType.ALL) -> Iterator[Experiment]:
        """Yield the experiments of a view; what cannot be read is noted with its path and skipped."""
        for folder, fields in self.all_fields():
            deleted = self.is_deleted(folder, fields)
            if view_type == (ViewType.ACTIVE_ONLY if deleted else ViewType.DELETED_ONLY):
                continue
            try:
                yield self.read(folder, fields)
            except StorageDamaged as error:
                notices.once(f"damaged:{folder.path}", str(error))

    def all_fields(self) -> Iterator[tuple[ExperimentFolder, dict[str, Any]]]:
        """Yield each experiment's folder and fields; what cannot be read is noted and skipped."""
        for folder in self.folders():
            try:
                yield self._current_fields(folder)
            except StorageDamaged as error:
                # A folder of a later MLflow may have a meta.yaml too, but no number as its name.
                if folder.experiment_id.isdecimal() and not _is_unfinished(folder.path):
                    notices.once(f"damaged:{folder.path}", str(error))

    def _current_fields(self, folder: ExperimentFolder) -> tuple[ExperimentFolder, dict[str, Any]]:
        try:
            return folder, self.fields(folder)
        except StorageDamaged:
            other = ExperimentFolder(
                self.root if folder.trashed else self.trash, folder.experiment_id, not folder.trashed
            )
            if os.path.exists(folder.path) or not os.path.exists(other.path):
                raise
            return other, self.fields(other)

    def artifact_location(self, folder: ExperimentFolder, fields: dict[str, Any]) -> str:
        """Return where an experiment's runs keep artifacts, also after the store was moved."""
        stored = fields.get("artifact_location")
        own = locations.join(self.own_base, folder.experiment_id)
        if not stored:
            return own
        stored = str(stored)
        if stored in (own, locations.join(self.artifact_base, folder.experiment_id)):
            return stored
        return own if locations.is_lost(stored, f"/{folder.experiment_id}") else stored

    # Changing them

    def update(self, folder: ExperimentFolder, change: Callable[[dict[str, Any]], None]) -> None:
        """Rewrite an experiment's `meta.yaml` with a change to its fields; keys of others stay."""
        with self.lock:
            fields = self.fields(folder)
            change(fields)
            files.replace(f"{folder.path}/{META}", meta.dump(fields), folder.path, self.sync)

    def set_tag(self, folder: ExperimentFolder, tag: ExperimentTag) -> None:
        """Write a checked tag of an experiment."""
        keys.check_keys("experiment tag", (tag.key,))
        path, _ = keys.place("experiment tag", f"{folder.path}/{TAGS}", tag.key)
        files.make_folders(folder.path, os.path.dirname(path), self.sync)
        files.replace(path, tag.value.encode(), folder.path, self.sync)

    def delete_tag(self, folder: ExperimentFolder, key: str) -> None:
        """Remove a tag of an experiment; raise ResourceDoesNotExist if it is not there."""
        if not keys.remove(f"{folder.path}/{TAGS}", key, self.sync):
            raise ResourceDoesNotExist(f"The experiment '{folder.experiment_id}' has no tag '{key}'.")


def _folder_names(parent: str) -> list[str]:
    try:
        with os.scandir(parent) as entries:
            return [entry.name for entry in entries if _may_be_experiment(entry)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise files.failure(error, parent) from error


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _may_be_experiment(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name[0] == "." or name in _NO_EXPERIMENTS or not entry.is_dir():
        return False
    try:
        check_experiment_id(name)
    except InvalidParameterValue:
        return False
    return True


def _is_unfinished(path: str) -> bool:
    """Tell whether a folder is one that creation has begun, or all that a purge left of one: without runs."""
    try:
        os.stat(f"{path}/{META}")
    except FileNotFoundError:
        return not any(os.path.exists(f"{below}/{META}") for below in _folders_below(path))
    except OSError:
        pass
    return False


def _folders_below(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return [entry.path for entry in entries if entry.is_dir()]
    except OSError:
        return []


def writable(folder: ExperimentFolder) -> ExperimentFolder:
    """Return the folder if it is none behind a link, else raise PermissionDenied."""
    if stat.S_ISLNK(os.lstat(folder.path).st_mode):
        raise keys.leaves(folder.path)
    return folder


def read_texts(folder: str) -> dict[str, str]:
    """Return the values of a folder of params or tags by key; raise StorageDamaged for what is no UTF-8."""
    texts = {}
    for key, path in keys.files_in(folder):
        try:
            texts[key] = files.read(path).decode()
        except FileNotFoundError:
            continue
        except UnicodeDecodeError:
            raise StorageDamaged(f"'{path}' is no UTF-8 text. Repair or remove it.") from None
        except OSError as error:
            raise files.failure(error, path) from error
    return texts


def time_field(fields: dict[str, Any], key: str, path: str) -> int | None:
    """Return a time in milliseconds, None if there is none; raise StorageDamaged if it is no number."""
    value = fields.get(key)
    if value is None or type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise StorageDamaged(
        f"'{path}/{META}' has {value!r} as '{key}', which is no time in milliseconds. Repair it."
    )
