"""Making runs, new and imported; called by the store.

A run is built in a folder that nobody takes for one, which then gets the run's name, and at last its
`meta.yaml`: nobody ever sees half a run.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from pegboard import validation
from pegboard.entities import (
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunStatus,
    RunTag,
    SourceType,
)
from pegboard.errors import InvalidParameterValue, ResourceAlreadyExists, ResourceDoesNotExist
from pegboard.names import random_run_name
from pegboard_file import files, inputs, keys, locations, meta, points
from pegboard_file.experiments import META, ExperimentFolder, Experiments
from pegboard_file.runs import ARTIFACTS, META_BEFORE, METRICS, PARAMS, RUN_NAME_TAG, TAGS

_POINTS_AT_ONCE = 50_000


def new_run(
    experiments: Experiments,
    experiment: ExperimentFolder,
    user_id: str | None,
    start_time: int,
    tags: Sequence[RunTag],
    run_name: str | None,
) -> Run:
    """Make a run in an active experiment and return it; arguments as those of `TrackingStore.create_run`."""
    texts = {tag.key: tag.value for tag in map(validation.check_tag, tags)}
    texts[RUN_NAME_TAG] = _name(run_name, texts.get(RUN_NAME_TAG))
    keys.check_keys("tag", texts)
    if user_id is not None:
        validation.check_text("The user id", user_id)
    run_id = uuid.uuid4().hex
    info = RunInfo(
        run_id,
        experiment.experiment_id,
        user_id,
        RunStatus.to_string(RunStatus.RUNNING),
        validation.check_integer("The start time", start_time),
        None,
        LifecycleStage.ACTIVE,
        _artifact_uri(experiments, experiment, run_id),
        texts[RUN_NAME_TAG],
    )

    def fill(path: str) -> None:
        _write_texts(path, TAGS, texts, experiments.sync)

    _build(experiments, experiment, run_id, _fields(info), fill)
    return Run(info, RunData(None, {}, texts))


def _name(run_name: str | None, tag: str | None) -> str:
    if run_name is not None:
        run_name = validation.check_tag(RunTag(RUN_NAME_TAG, run_name)).value
    if run_name and tag and run_name != tag:
        raise InvalidParameterValue(
            f"The run's name is '{run_name}' by argument and '{tag}' by tag '{RUN_NAME_TAG}'. Give one, "
            "or both equal."
        )
    return run_name or tag or random_run_name()


def _artifact_uri(experiments: Experiments, experiment: ExperimentFolder, run_id: str) -> str:
    location = experiments.artifact_location(experiment, experiments.fields(experiment))
    return locations.join(location, run_id, ARTIFACTS)


def _fields(info: RunInfo) -> dict[str, Any]:
    # run_uuid is what MLflow before 3 requires; the constants are what every MLflow writes.
    return {
        "artifact_uri": info.artifact_uri,
        "end_time": info.end_time,
        "entry_point_name": "",
        "experiment_id": info.experiment_id,
        "lifecycle_stage": info.lifecycle_stage,
        "run_id": info.run_id,
        "run_name": info.run_name,
        "run_uuid": info.run_id,
        "source_name": "",
        "source_type": SourceType.LOCAL,
        "source_version": "",
        "start_time": info.start_time,
        "status": RunStatus.from_string(info.status),
        "tags": [],
        "user_id": info.user_id,
    }


def _build(
    experiments: Experiments,
    experiment: ExperimentFolder,
    run_id: str,
    fields: dict[str, Any],
    fill: Callable[[str], None],
) -> None:
    sync = experiments.sync
    path = f"{experiment.path}/{run_id}"
    building = files.temporary_name(experiment.path)
    try:
        os.mkdir(building)
        for name in (ARTIFACTS, METRICS, PARAMS, TAGS):
            os.mkdir(f"{building}/{name}")
        fill(building)
        files.write_new(f"{building}/{META_BEFORE}", meta.dump(fields), sync)
        if sync:
            _sync_folders(building)
        _appear(building, path, run_id)
        if sync:
            files.sync_folder(path)
            files.sync_folder(experiment.path)
    except BaseException as error:
        with suppress(OSError):
            files.remove_folder(building)
        if isinstance(error, FileNotFoundError) and not os.path.exists(experiment.path):
            raise ResourceDoesNotExist(
                f"The experiment '{experiment.experiment_id}' was deleted meanwhile. Restore it first."
            ) from None
        if isinstance(error, OSError):
            raise files.failure(error, path) from error
        raise


def _appear(building: str, path: str, run_id: str) -> None:
    try:
        os.rename(building, path)
    except OSError:
        if not os.path.exists(path):
            raise
        with suppress(FileNotFoundError):  # whoever made it may have died before its last step
            os.rename(f"{path}/{META_BEFORE}", f"{path}/{META}")
        raise ResourceAlreadyExists(f"The run '{run_id}' is there already, at '{path}'.") from None
    with suppress(FileNotFoundError):
        os.rename(f"{path}/{META_BEFORE}", f"{path}/{META}")


def _sync_folders(path: str) -> None:
    for folder, _, _ in os.walk(path):
        files.sync_folder(folder)


def _write_texts(path: str, folder: str, texts: dict[str, str], sync: bool) -> None:
    for key, value in texts.items():
        target = f"{path}/{folder}/{key}"
        if "/" in key:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        files.write_new(target, value.encode(), sync)


def imported_run(
    experiments: Experiments,
    experiment: ExperimentFolder,
    run: Run,
    metrics: Iterable[Metric],
    deleted_time: int | None,
) -> None:
    """Make a run with given fields and history in an experiment, active or deleted.

    Args:
        experiments: All experiments.
        experiment: The run's own.
        run: The run, as for `TrackingStore.import_run`.
        metrics: Its whole history.
        deleted_time: When it was deleted, in milliseconds; None for an active run.
    """
    info = run.info
    run_id = validation.check_run_id(info.run_id)
    params = {param.key: param.value for param in _checked_params(run.data.params)}
    tags = {
        tag.key: tag.value for tag in (validation.check_tag(RunTag(*pair)) for pair in run.data.tags.items())
    }
    if info.run_name:
        tags.setdefault(RUN_NAME_TAG, validation.check_tag(RunTag(RUN_NAME_TAG, info.run_name)).value)
    keys.check_keys("param", params)
    keys.check_keys("tag", tags)
    uses = inputs.checked(run.inputs.dataset_inputs)
    fields = _imported_fields(info)
    fields["artifact_uri"] = _artifact_uri(experiments, experiment, run_id)
    fields["run_name"] = info.run_name or tags.get(RUN_NAME_TAG, "")
    if deleted_time is not None:
        fields["deleted_time"] = deleted_time

    def fill(path: str) -> None:
        _write_texts(path, TAGS, tags, experiments.sync)
        _write_texts(path, PARAMS, params, experiments.sync)
        _write_history(f"{path}/{METRICS}", metrics, experiments.sync)
        inputs.write(path, run_id, uses, experiments.sync)

    _build(experiments, experiment, run_id, fields, fill)


def _imported_fields(info: RunInfo) -> dict[str, Any]:
    try:
        fields = _fields(info)
    except ValueError as error:
        raise InvalidParameterValue(f"The run '{info.run_id}' has a wrong status: {error}.") from None
    for key in ("start_time", "end_time"):
        if fields[key] is not None:
            fields[key] = validation.check_integer(f"The {key}", fields[key])
    for key in ("user_id", "run_name"):
        if fields[key] is not None:
            validation.check_text(f"The {key}", fields[key])
    return fields


def _checked_params(params: dict[str, str]) -> list[Param]:
    return [validation.check_param(Param(key, value)) for key, value in params.items()]


def _write_history(folder: str, metrics: Iterable[Metric], sync: bool) -> None:
    lines: dict[str, list[bytes]] = {}
    count = 0
    for metric in map(validation.check_metric, metrics):
        lines.setdefault(metric.key, []).append(points.line(metric))
        count += 1
        if count == _POINTS_AT_ONCE:
            _flush(folder, lines, sync)
            lines, count = {}, 0
    _flush(folder, lines, sync)


def _flush(folder: str, lines: dict[str, list[bytes]], sync: bool) -> None:
    keys.check_keys("metric", lines)
    for key, own in lines.items():
        path, _ = keys.place("metric", folder, key)
        if "/" in key:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        files.append(path, b"".join(own), 0, sync)
