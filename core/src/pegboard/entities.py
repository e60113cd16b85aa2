"""What the stores hold and the API returns: slotted classes under MLflow's names.

They are immutable by convention: nobody changes one after it was made. Times are integer milliseconds since
the epoch (UTC), steps signed 64-bit integers, ids strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, TypeVar

T = TypeVar("T")


class ViewType:
    """Which lifecycle stages a search looks at."""

    ACTIVE_ONLY, DELETED_ONLY, ALL = 1, 2, 3
    _STRINGS: ClassVar = {1: "active_only", 2: "deleted_only", 3: "all"}

    @classmethod
    def from_string(cls, text: str) -> int:
        """Return the number of a view such as `active_only`; raise ValueError for an unknown one."""
        return _number(cls._STRINGS, text.lower(), "view type")

    @classmethod
    def to_string(cls, number: int) -> str:
        """Return the name of a view; raise ValueError for an unknown number."""
        return _string(cls._STRINGS, number, "view type")


class RunStatus:
    """The state of a run, as the number that MLflow's files hold."""

    RUNNING, SCHEDULED, FINISHED, FAILED, KILLED = 1, 2, 3, 4, 5
    _STRINGS: ClassVar = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}

    @classmethod
    def from_string(cls, text: str) -> int:
        """Return the number of a status such as `FINISHED`; raise ValueError for an unknown one."""
        return _number(cls._STRINGS, text, "run status")

    @classmethod
    def to_string(cls, number: int) -> str:
        """Return the name of a status; raise ValueError for an unknown number."""
        return _string(cls._STRINGS, number, "run status")

    @classmethod
    def is_terminated(cls, number: int) -> bool:
        """Tell whether a run in this status has ended."""
        return number in (cls.FINISHED, cls.FAILED, cls.KILLED)

    @classmethod
    def all_status(cls) -> list[int]:
        """Return all status numbers."""
        return list(cls._STRINGS)


class SourceType:
    """What kind of program made a run, as the number that MLflow's files hold."""

    NOTEBOOK, JOB, PROJECT, LOCAL, UNKNOWN = 1, 2, 3, 4, 5
    _STRINGS: ClassVar = {1: "NOTEBOOK", 2: "JOB", 3: "PROJECT", 4: "LOCAL", 5: "UNKNOWN"}

    @classmethod
    def from_string(cls, text: str) -> int:
        """Return the number of a source type; raise ValueError for an unknown one."""
        return _number(cls._STRINGS, text, "source type")

    @classmethod
    def to_string(cls, number: int) -> str:
        """Return the name of a source type; raise ValueError for an unknown number."""
        return _string(cls._STRINGS, number, "source type")


class LifecycleStage:
    """Whether an experiment or run is active or deleted."""

    ACTIVE, DELETED = "active", "deleted"

    @classmethod
    def view_type_to_stages(cls, view_type: int) -> tuple[str, ...]:
        """Return the stages that a view shows; raise ValueError for an unknown view."""
        stages = {
            ViewType.ACTIVE_ONLY: (cls.ACTIVE,),
            ViewType.DELETED_ONLY: (cls.DELETED,),
            ViewType.ALL: (cls.ACTIVE, cls.DELETED),
        }
        if view_type not in stages:
            raise ValueError(f"{view_type!r} is no view type: use 1 (active), 2 (deleted) or 3 (all)")
        return stages[view_type]


def _number(strings: Mapping[int, str], text: str, what: str) -> int:
    for number, known in strings.items():
        if known == text:
            return number
    raise ValueError(f"{text!r} is no {what}: use one of {', '.join(strings.values())}")


def _string(strings: Mapping[int, str], number: int, what: str) -> str:
    if number not in strings:
        raise ValueError(f"{number!r} is no {what}: use one of {', '.join(map(str, strings))}")
    return strings[number]


class Entity:
    """What all entities share: `dict(entity)` gives their fields."""

    __slots__ = ()

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for field in fields(self):  # type: ignore[arg-type]
            yield field.name, getattr(self, field.name)

    def to_dictionary(self) -> dict[str, Any]:
        """Return the fields as a dictionary, entities within as dictionaries too."""
        return {name: _plain(value) for name, value in self}


def _plain(value: Any) -> Any:
    if isinstance(value, Entity):
        return value.to_dictionary()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


@dataclass(slots=True, unsafe_hash=True)
class Metric(Entity):
    """One point of a metric's history."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


@dataclass(slots=True, unsafe_hash=True)
class Param(Entity):
    """An input of a run, written once."""

    key: str
    value: str


@dataclass(slots=True, unsafe_hash=True)
class RunTag(Entity):
    """A note on a run, overwritten at will."""

    key: str
    value: str


@dataclass(slots=True, unsafe_hash=True)
class ExperimentTag(Entity):
    """A note on an experiment, overwritten at will."""

    key: str
    value: str


@dataclass(slots=True, unsafe_hash=True)
class InputTag(Entity):
    """A note on the use of a dataset by a run, such as its context (`mlflow.data.context`)."""

    key: str
    value: str


@dataclass(slots=True, unsafe_hash=True)
class Dataset(Entity):
    """What identifies and describes a dataset; `source`, `schema` and `profile` are JSON texts."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


@dataclass(slots=True)
class DatasetInput(Entity):
    """A dataset as the input of a run, with the tags of that use."""

    dataset: Dataset
    tags: list[InputTag]

    def __init__(self, dataset: Dataset, tags: Iterable[InputTag] | None = None) -> None:
        self.dataset = dataset
        self.tags = list(tags or ())


@dataclass(slots=True)
class RunInputs(Entity):
    """The inputs of a run."""

    dataset_inputs: list[DatasetInput]

    def __init__(self, dataset_inputs: Iterable[DatasetInput] = ()) -> None:
        self.dataset_inputs = list(dataset_inputs)


@dataclass(slots=True)
class Experiment(Entity):
    """A named group of runs."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    tags: dict[str, str]
    creation_time: int | None
    last_update_time: int | None

    def __init__(
        self,
        experiment_id: str,
        name: str,
        artifact_location: str,
        lifecycle_stage: str = LifecycleStage.ACTIVE,
        tags: Mapping[str, str] | Iterable[ExperimentTag] | None = None,
        creation_time: int | None = None,
        last_update_time: int | None = None,
    ) -> None:
        self.experiment_id = experiment_id
        self.name = name
        self.artifact_location = artifact_location
        self.lifecycle_stage = lifecycle_stage
        self.tags = _mapping(tags)
        self.creation_time = creation_time
        self.last_update_time = last_update_time


@dataclass(slots=True, unsafe_hash=True)
class RunInfo(Entity):
    """What a run is, without what it logged; `status` is a name such as `FINISHED`."""

    run_id: str
    experiment_id: str
    user_id: str | None
    status: str
    start_time: int | None
    end_time: int | None
    lifecycle_stage: str
    artifact_uri: str | None = None
    run_name: str | None = None

    @property
    def run_uuid(self) -> str:
        """The run's id, under the name that MLflow's old versions gave it."""
        return self.run_id


class RunData(Entity):
    """What a run logged: the latest value of each metric, params and tags.

    Args:
        metrics: The latest point of each metric.
        params: Params by key, or as entities.
        tags: Tags by key, or as entities.
    """

    __slots__ = ("latest_metrics", "params", "tags")

    def __init__(
        self,
        metrics: Iterable[Metric] | None = None,
        params: Mapping[str, str] | Iterable[Param] | None = None,
        tags: Mapping[str, str] | Iterable[RunTag] | None = None,
    ) -> None:
        self.latest_metrics: list[Metric] = list(metrics or ())
        self.params: dict[str, str] = _mapping(params)
        self.tags: dict[str, str] = _mapping(tags)

    @property
    def metrics(self) -> dict[str, float]:
        """The latest value of each metric by key."""
        return {metric.key: metric.value for metric in self.latest_metrics}

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield from (("metrics", self.metrics), ("params", self.params), ("tags", self.tags))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RunData):
            return NotImplemented
        return (self.latest_metrics, self.params, self.tags) == (
            other.latest_metrics,
            other.params,
            other.tags,
        )

    def __repr__(self) -> str:
        return f"RunData(metrics={self.metrics!r}, params={self.params!r}, tags={self.tags!r})"


def _mapping(pairs: Mapping[str, str] | Iterable[Any] | None) -> dict[str, str]:
    if type(pairs) is dict:
        return pairs
    if isinstance(pairs, Mapping):
        return dict(pairs)
    entities: Iterable[Any] = pairs or ()
    return {entity.key: entity.value for entity in entities}


class Run(Entity):
    """A run: what it is, what it logged, what it read."""

    __slots__ = ("data", "info", "inputs")

    def __init__(
        self, run_info: RunInfo, run_data: RunData | None = None, run_inputs: RunInputs | None = None
    ) -> None:
        self.info = run_info
        self.data = run_data if run_data is not None else RunData()
        self.inputs = run_inputs if run_inputs is not None else RunInputs()

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield from (("info", self.info), ("data", self.data), ("inputs", self.inputs))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Run):
            return NotImplemented
        return (self.info, self.data, self.inputs) == (other.info, other.data, other.inputs)

    def __hash__(self) -> int:
        return hash(self.info.run_id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: info={self.info!r}, data={self.data!r}, inputs={self.inputs!r}>"


@dataclass(slots=True, unsafe_hash=True)
class FileInfo(Entity):
    """A file or folder of an artifact repository; `path` is relative to its root, `file_size` in bytes."""

    path: str
    is_dir: bool
    file_size: int | None = None


@dataclass(slots=True)
class RegisteredModel(Entity):
    """A named line of model versions."""

    name: str
    creation_timestamp: int | None
    last_updated_timestamp: int | None
    description: str | None
    latest_versions: list[ModelVersion]
    tags: dict[str, str]
    aliases: dict[str, str]

    def __init__(
        self,
        name: str,
        creation_timestamp: int | None = None,
        last_updated_timestamp: int | None = None,
        description: str | None = None,
        latest_versions: Iterable[ModelVersion] | None = None,
        tags: Mapping[str, str] | None = None,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.creation_timestamp = creation_timestamp
        self.last_updated_timestamp = last_updated_timestamp
        self.description = description
        self.latest_versions = list(latest_versions or ())
        self.tags = dict(tags or {})
        self.aliases = dict(aliases or {})


@dataclass(slots=True)
class ModelVersion(Entity):
    """One version of a registered model; `version` is a decimal string."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int | None
    description: str | None
    user_id: str | None
    current_stage: str
    source: str | None
    run_id: str | None
    status: str
    status_message: str | None
    tags: dict[str, str]
    run_link: str | None
    aliases: list[str]

    def __init__(
        self,
        name: str,
        version: str,
        creation_timestamp: int,
        last_updated_timestamp: int | None = None,
        description: str | None = None,
        user_id: str | None = None,
        current_stage: str = "None",
        source: str | None = None,
        run_id: str | None = None,
        status: str = "READY",
        status_message: str | None = None,
        tags: Mapping[str, str] | None = None,
        run_link: str | None = None,
        aliases: Iterable[str] | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.creation_timestamp = creation_timestamp
        self.last_updated_timestamp = last_updated_timestamp
        self.description = description
        self.user_id = user_id
        self.current_stage = current_stage
        self.source = source
        self.run_id = run_id
        self.status = status
        self.status_message = status_message
        self.tags = dict(tags or {})
        self.run_link = run_link
        self.aliases = list(aliases or ())


class PagedList(list[T], Generic[T]):
    """A page of results; `token` asks for the next one and is None on the last."""

    def __init__(self, items: Iterable[T], token: str | None = None) -> None:
        super().__init__(items)
        self.token = token

    def to_list(self) -> list[T]:
        """Return the page as a plain list."""
        return list(self)
