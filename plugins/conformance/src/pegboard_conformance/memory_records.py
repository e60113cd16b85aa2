"""The rows of the in-memory store; they check what they are made of and turn into entities."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pegboard import history
from pegboard.entities import (
    DatasetInput,
    Experiment,
    ExperimentTag,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunStatus,
    RunTag,
)
from pegboard.errors import InvalidParameterValue
from pegboard.validation import (
    check_experiment_id,
    check_experiment_name,
    check_experiment_tag,
    check_integer,
    check_metric,
    check_param,
    check_run_id,
    check_tag,
    check_text,
)

_RUN_NAME = "mlflow.runName"
_ADJECTIVES = (
    "brisk",
    "calm",
    "dappled",
    "eager",
    "fond",
    "gentle",
    "hardy",
    "keen",
    "merry",
    "quiet",
    "wry",
)
_NOUNS = ("alder", "bream", "crane", "dune", "finch", "grove", "heron", "lynx", "otter", "plover", "wren")


@dataclass(slots=True)
class ExperimentRecord:
    """An experiment; `deleted` is when it was, in milliseconds since the epoch, or None."""

    id: str
    name: str
    artifact_location: str
    tags: dict[str, str]
    created: int | None
    updated: int | None
    deleted: int | None = None

    @classmethod
    def from_entity(cls, experiment: Experiment) -> ExperimentRecord:
        """Return the record of an experiment that is imported."""
        tags = [check_experiment_tag(ExperimentTag(*pair)) for pair in experiment.tags.items()]
        return cls(
            check_experiment_id(experiment.experiment_id),
            check_experiment_name(experiment.name),
            check_text("The artifact location", experiment.artifact_location),
            {tag.key: tag.value for tag in tags},
            experiment.creation_time,
            experiment.last_update_time,
            None if experiment.lifecycle_stage == LifecycleStage.ACTIVE else experiment.last_update_time or 0,
        )

    def entity(self) -> Experiment:
        """Return the experiment."""
        stage = LifecycleStage.ACTIVE if self.deleted is None else LifecycleStage.DELETED
        return Experiment(
            self.id, self.name, self.artifact_location, stage, dict(self.tags), self.created, self.updated
        )


@dataclass(slots=True)
class RunRecord:
    """A run with all it logged; the points of a metric are kept by what identifies them."""

    id: str
    user_id: str | None
    start_time: int | None
    name: str | None
    status: str = "RUNNING"
    end_time: int | None = None
    experiment_id: str = ""
    artifact_uri: str = ""
    deleted: int | None = None
    deleted_with_experiment: bool = False
    metrics: dict[str, dict[history.PointKey, Metric]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    inputs: dict[tuple[str, str], DatasetInput] = field(default_factory=dict)

    @classmethod
    def from_entity(cls, run: Run, metrics: Iterable[Metric]) -> RunRecord:
        """Return the record of a run that is imported."""
        info = run.info
        try:
            status = RunStatus.to_string(RunStatus.from_string(info.status))
        except ValueError as error:
            raise InvalidParameterValue(str(error)) from None
        record = cls(
            check_run_id(info.run_id),
            info.user_id,
            info.start_time,
            info.run_name,
            status,
            info.end_time,
            deleted=None if info.lifecycle_stage == LifecycleStage.ACTIVE else info.end_time or 0,
        )
        record.log(
            [check_metric(metric) for metric in metrics],
            [check_param(Param(*pair)) for pair in run.data.params.items()],
            [check_tag(RunTag(*pair)) for pair in run.data.tags.items()],
        )
        record.log_inputs(run.inputs.dataset_inputs)
        return record

    def info(self) -> RunInfo:
        """Return what the run is."""
        stage = LifecycleStage.ACTIVE if self.deleted is None else LifecycleStage.DELETED
        return RunInfo(
            self.id,
            self.experiment_id,
            self.user_id,
            self.status,
            self.start_time,
            self.end_time,
            stage,
            self.artifact_uri,
            self.name,
        )

    def entity(self) -> Run:
        """Return the run with all it logged."""
        latest = [history.latest(points.values()) for points in self.metrics.values()]
        data = RunData(latest, dict(self.params), dict(self.tags))
        return Run(self.info(), data, RunInputs(self.inputs.values()))

    def log(self, metrics: Iterable[Metric], params: Iterable[Param], tags: Iterable[RunTag]) -> None:
        """Keep what was checked before."""
        for metric in metrics:
            self.metrics.setdefault(metric.key, {}).setdefault(history.key(metric), metric)
        self.params.update((param.key, param.value) for param in params)
        self.tags.update((tag.key, tag.value) for tag in tags)
        self.name = self.tags.get(_RUN_NAME, self.name)

    def rename(self, name: str) -> None:
        """Change the name, and the tag with it."""
        self.name = self.tags[_RUN_NAME] = name

    def log_inputs(self, datasets: Sequence[DatasetInput]) -> None:
        """Check all datasets, then keep those that are new."""
        for use in datasets:
            texts = [
                *dict(use.dataset).values(),
                *(text for tag in use.tags for text in (tag.key, tag.value)),
            ]
            for text in texts:
                if text is not None:
                    check_text(f"A field of the dataset {use.dataset.name!r}", text)
            check_text("The name of a dataset", use.dataset.name)
            check_text("The digest of a dataset", use.dataset.digest)
        for use in datasets:
            self.inputs.setdefault((use.dataset.name, use.dataset.digest), use)


def new_run(
    run_id: str, user_id: str | None, start_time: int, tags: Sequence[RunTag], run_name: str | None
) -> RunRecord:
    """Return the record of a run that starts, named by its name, its tag, or at random.

    Raises:
        InvalidParameterValue: An argument breaks a rule, or name and tag differ.
    """
    checked = {tag.key: tag.value for tag in map(check_tag, tags)}
    if user_id is not None:
        check_text("The user of a run", user_id)
    if run_name is not None:
        check_text("The name of a run", run_name)
    by_tag = checked.get(_RUN_NAME)
    if run_name and by_tag and run_name != by_tag:
        raise InvalidParameterValue(
            f"The run is named {run_name!r} and by its tag {_RUN_NAME} {by_tag!r}. Give one name."
        )
    record = RunRecord(run_id, user_id, check_integer("The start time", start_time), None, tags=checked)
    record.rename(run_name or by_tag or _readable_name())
    return record


def checked_status(status: int | None, end_time: int | None, name: str | None) -> dict[str, Any]:
    """Return the fields of a record that an update changes, besides the name, which is only checked."""
    changes: dict[str, Any] = {}
    if status is not None:
        try:
            changes["status"] = RunStatus.to_string(status)
        except ValueError as error:
            raise InvalidParameterValue(str(error)) from None
        if not RunStatus.is_terminated(status):
            changes["end_time"] = None
    if end_time is not None:
        changes["end_time"] = check_integer("The end time", end_time)
    if name is not None:
        check_text("The name of a run", name)
    return changes


def _readable_name() -> str:
    return f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_NOUNS)}-{secrets.randbelow(1000)}"
