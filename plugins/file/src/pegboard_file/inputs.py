"""The datasets that runs read, as files under `datasets` and `inputs`; called by the store.

An experiment has `datasets/<id>/meta.yaml`, a run `inputs/<id>/meta.yaml` that points there. The ids are
MLflow's: MD5 of name and digest, and of dataset id and run id.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pegboard import notices
from pegboard.entities import Dataset, DatasetInput, InputTag, RunInputs
from pegboard.errors import StorageDamaged
from pegboard.validation import check_text
from pegboard_file import files, meta

DATASETS, INPUTS, META = "datasets", "inputs", "meta.yaml"


def checked(datasets: Sequence[DatasetInput]) -> list[DatasetInput]:
    """Return the inputs if all their texts can be stored; raise InvalidParameterValue otherwise."""
    for use in datasets:
        dataset = use.dataset
        for what in ("name", "digest", "source_type", "source"):
            check_text(f"The dataset's {what}", getattr(dataset, what))
        for what in ("schema", "profile"):
            if getattr(dataset, what) is not None:
                check_text(f"The dataset's {what}", getattr(dataset, what))
        for tag in use.tags:
            check_text("The key of a dataset's tag", tag.key)
            check_text(f"The value of the dataset's tag '{tag.key}'", tag.value)
    return list(datasets)


def write(run_path: str, run_id: str, datasets: Sequence[DatasetInput], sync: bool) -> None:
    """Write checked inputs of a run; those that are there stay as they are. Raises OSError."""
    experiment_path = os.path.dirname(run_path)
    for use in datasets:
        dataset = use.dataset
        dataset_id = _dataset_id(experiment_path, dataset)
        _write_folder(
            experiment_path,
            DATASETS,
            dataset_id,
            {
                "digest": dataset.digest,
                "name": dataset.name,
                "profile": dataset.profile,
                "schema": dataset.schema,
                "source": dataset.source,
                "source_type": dataset.source_type,
            },
            sync,
        )
        _write_folder(
            run_path,
            INPUTS,
            _md5(dataset_id + run_id),
            {
                "destination_id": dataset_id,
                "destination_type": "RUN",
                "source_id": dataset_id,
                "source_type": "DATASET",
                "tags": {tag.key: tag.value for tag in use.tags},
            },
            sync,
        )


def _dataset_id(experiment_path: str, dataset: Dataset) -> str:
    dataset_id = _md5(dataset.name + dataset.digest)
    with suppress(FileNotFoundError):
        there = _read_dataset(experiment_path, dataset_id)
        if (there.name, there.digest) != (dataset.name, dataset.digest):
            # MLflow's id is the same for name `a`, digest `1b` and name `a1`, digest `b`.
            return _md5(f"{dataset.name}\0{dataset.digest}")
    return dataset_id


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _write_folder(base: str, sort: str, name: str, fields: dict[str, Any], sync: bool) -> None:
    """Make the folder `name` of a sort in `base` with a `meta.yaml`; the folder appears with it."""
    parent = f"{base}/{sort}"
    target = f"{parent}/{name}"
    if os.path.exists(f"{target}/{META}"):
        return
    files.make_folders(base, parent, sync)
    building = files.temporary_name(base)
    os.mkdir(building)
    try:
        files.write_new(f"{building}/{META}", meta.dump(fields), sync)
        # Of several processes one wins; what the others wanted to write is there then.
        with suppress(FileExistsError):
            os.rename(building, target)
            if sync:
                files.sync_folder(parent)
    except OSError:
        if not os.path.exists(f"{target}/{META}"):
            raise
    finally:
        with suppress(FileNotFoundError):
            files.remove_folder(building)


def read(run_path: str) -> RunInputs:
    """Return the dataset inputs of a run, ordered by name and digest; other sorts of inputs are left out."""
    folder = f"{run_path}/{INPUTS}"
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return RunInputs()
    found = (_read_input(os.path.dirname(run_path), f"{folder}/{name}/{META}") for name in names)
    return RunInputs(
        sorted((use for use in found if use), key=lambda use: (use.dataset.name, use.dataset.digest))
    )


def _read_input(experiment_path: str, path: str) -> DatasetInput | None:
    try:
        fields = meta.load(files.read(path), path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if fields.get("source_type") != "DATASET":
        return None
    tags = fields.get("tags") or {}
    dataset_id = fields.get("source_id")
    if not isinstance(tags, dict) or not isinstance(dataset_id, str) or "/" in dataset_id:
        raise StorageDamaged(f"'{path}' is no input of a run. Repair or remove it.")
    try:
        dataset = _read_dataset(experiment_path, dataset_id)
    except FileNotFoundError as error:
        notices.once(f"damaged:{path}", f"'{error.filename}' is missing; the input '{path}' is left out.")
        return None
    return DatasetInput(dataset, [InputTag(str(key), str(value)) for key, value in tags.items()])


def _read_dataset(experiment_path: str, dataset_id: str) -> Dataset:
    path = f"{experiment_path}/{DATASETS}/{dataset_id}/{META}"
    fields = meta.load(files.read(path), path)
    try:
        return Dataset(
            *(str(fields[key]) for key in ("name", "digest", "source_type", "source")),
            *(None if fields.get(key) is None else str(fields[key]) for key in ("schema", "profile")),
        )
    except KeyError as error:
        raise StorageDamaged(f"'{path}' lacks {error}. Repair it.") from None
