"""The fluent API: functions that act on the active experiment and run, under MLflow's names.

Each thread has a stack of active runs. A run starts by itself at the first log call and ends with the
process. A forked child starts without runs, and its end ends no run of the parent.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from pegboard import contexts, notices, settings, uris
from pegboard.client import PARENT_RUN_TAG, RUN_NAME_TAG, PegboardClient, check_status, now
from pegboard.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    ExperimentTag,
    InputTag,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunStatus,
    RunTag,
    ViewType,
)
from pegboard.errors import InvalidParameterValue, InvalidState, PegboardException, ResourceAlreadyExists
from pegboard.exits import at_exit
from pegboard.validation import (
    check_artifact_path,
    check_elements,
    check_experiment_id,
    check_experiment_tag,
    check_integer,
    check_mapping,
)

if TYPE_CHECKING:
    from pegboard.background import RunOperations

DESCRIPTION_TAG = "mlflow.note.content"
DATASET_CONTEXT_TAG = "mlflow.data.context"
DEFAULT_EXPERIMENT_ID = "0"
_ALL_RUNS = 100_000
_PAGE = 5_000


class ActiveRun(Run):
    """A run as a context manager: it ends with the block, FAILED by an exception, KILLED by Ctrl-C."""

    __slots__ = ("client",)

    def __init__(self, run: Run, client: PegboardClient) -> None:
        super().__init__(run.info, run.data, run.inputs)
        self.client = client

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            _end(self, _status_of(error_type))
        except PegboardException as problem:
            if error is None:
                raise
            notices.once(f"end:{self.info.run_id}", f"Ending run '{self.info.run_id}' failed: {problem}")


def _status_of(error_type: type[BaseException] | None) -> str:
    if error_type is None:
        return "FINISHED"
    return "KILLED" if issubclass(error_type, KeyboardInterrupt) else "FAILED"


class _Thread(threading.local):
    """The active runs of one thread, the last one on top, and the run that was active last."""

    def __init__(self) -> None:
        self.runs: list[ActiveRun] = []
        self.last_run: ActiveRun | None = None


class _State:
    """What the process has set; a forked child keeps the experiment and starts without runs."""

    def __init__(self) -> None:
        self.experiment_id: str | None = None
        self.thread = _Thread()
        # By identity: one run may be open several times, in one thread or in several.
        self.open_runs: dict[int, ActiveRun] = {}
        self.client: PegboardClient | None = None

    def forget_runs(self) -> None:
        self.thread = _Thread()
        self.open_runs = {}


_state = _State()
os.register_at_fork(after_in_child=_state.forget_runs)


def _client() -> PegboardClient:
    """Return the client of the tracking URI in force."""
    uri = uris.get_tracking_uri()
    client = _state.client
    if client is None or client.tracking_uri != uri:
        client = _state.client = PegboardClient(uri)
    return client


# Experiments


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """Make an experiment the one of new runs, here and in processes started from here.

    Args:
        experiment_name: Its name; it is made if it is not there.
        experiment_id: Its id, instead of the name.

    Raises:
        InvalidParameterValue: Both or neither are given, or the experiment is deleted.
        ResourceDoesNotExist: No experiment has the id.
    """
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidParameterValue("set_experiment takes experiment_name or experiment_id, one of them.")
    client = _client()
    if experiment_id is not None:
        experiment = client.get_experiment(experiment_id)
    else:
        assert experiment_name is not None
        experiment = _made_if_absent(client, experiment_name)
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameterValue(
            f"The experiment '{experiment.name}' ({experiment.experiment_id}) is deleted. Restore it with "
            "restore_experiment, or choose another."
        )
    _state.experiment_id = experiment.experiment_id
    settings.EXPERIMENT_ID.set_for_children(experiment.experiment_id)
    settings.EXPERIMENT_NAME.set_for_children(experiment.name)
    return experiment


def _made_if_absent(client: PegboardClient, name: str) -> Experiment:
    experiment = client.get_experiment_by_name(name)
    if experiment is not None:
        return experiment
    try:
        return client.get_experiment(client.create_experiment(name))
    except ResourceAlreadyExists:  # another process was quicker
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            raise
        return experiment


def create_experiment(
    name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None
) -> str:
    """Make an experiment and return its id; raise ResourceAlreadyExists if the name is taken."""
    return _client().create_experiment(name, artifact_location, tags)


def get_experiment(experiment_id: str) -> Experiment:
    """Return an experiment, active or deleted; raise ResourceDoesNotExist if there is none."""
    return _client().get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """Return the experiment of this name, active or deleted, or None."""
    return _client().get_experiment_by_name(name)


def search_experiments(
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: Sequence[str] | None = None,
) -> list[Experiment]:
    """Return the experiments that match.

    Args:
        view_type: Active ones, deleted ones, or all.
        max_results: At most so many; all by default.
        filter_string: A condition in the filter language.
        order_by: Columns such as `name ASC`; the newest come first by default.
    """
    client = _client()
    found: list[Experiment] = []
    token = None
    if max_results is not None:
        max_results = check_integer("max_results", max_results)
    while max_results is None or len(found) < max_results:
        size = 1000 if max_results is None else min(1000, max_results - len(found))
        page = client.search_experiments(view_type, size, filter_string, order_by, token)
        found += page
        token = page.token
        if not token:
            break
    return found


def delete_experiment(experiment_id: str) -> None:
    """Mark an experiment and its runs as deleted."""
    _client().delete_experiment(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Make a deleted experiment active again, with the runs that were deleted with it."""
    _client().restore_experiment(experiment_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Set or overwrite a tag of the active experiment."""
    client = _client()
    client.set_experiment_tag(_experiment_id(client), key, value)


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Set or overwrite tags of the active experiment."""
    for key, value in check_mapping("tags", tags).items():
        check_experiment_tag(ExperimentTag(key, str(value)))
    for key, value in tags.items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Delete a tag of the active experiment; raise ResourceDoesNotExist if it is not there."""
    client = _client()
    client.delete_experiment_tag(_experiment_id(client), key)


def _experiment_id(client: PegboardClient) -> str:
    """Return the experiment of new runs: set here, else by name or id in the environment, else `0`."""
    if _state.experiment_id is not None:
        return _state.experiment_id
    name = settings.EXPERIMENT_NAME.get()
    if name is not None:
        return _made_if_absent(client, name).experiment_id
    return settings.EXPERIMENT_ID.get() or DEFAULT_EXPERIMENT_ID


# Runs


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Start a run, or resume one, and make it the active run of this thread.

    Args:
        run_id: The run to resume; else the environment's `PEGBOARD_RUN_ID`, once; else a new run starts.
        experiment_id: The experiment of a new run; else the one that was set, else the environment's, else
            the default one.
        run_name: The name of a new run; a readable one is made by default.
        nested: Whether the run may start within the active one, as its child.
        parent_run_id: The parent of a new run, instead of the active one.
        tags: Tags to set; they win over those of run contexts.
        description: A text about the run.
        log_system_metrics: Accepted for MLflow's sake; True gives a notice that it has no effect.

    Returns:
        The run, which is a context manager.

    Raises:
        InvalidState: A run is active and `nested` is false, or the run to resume is deleted.
        ResourceDoesNotExist: The run or experiment is not there.
    """
    if log_system_metrics:
        notices.once(
            "system metrics", "log_system_metrics=True has no effect: Pegboard logs no system metrics."
        )
    runs = _state.thread.runs
    if runs and not (nested or parent_run_id):
        raise InvalidState(
            f"The run '{runs[-1].info.run_id}' is active already. End it with end_run() first, or start a "
            "nested one with nested=True."
        )
    client = _client()
    wanted = {str(key): str(value) for key, value in check_mapping("tags", tags or {}).items()}
    if description:
        if DESCRIPTION_TAG in wanted:
            raise InvalidParameterValue(
                f"The description is given twice, as argument and as tag '{DESCRIPTION_TAG}'. Leave one out."
            )
        wanted[DESCRIPTION_TAG] = description
    resumed = run_id or _run_id_of_environment()
    if resumed:
        run = _resumed(client, resumed, experiment_id, wanted, run_name)
    else:
        parent = parent_run_id or (runs[-1].info.run_id if runs else None)
        if parent_run_id:
            _check_parent(client, parent_run_id)
        if parent:
            wanted[PARENT_RUN_TAG] = parent
        if run_name:
            wanted.pop(RUN_NAME_TAG, None)
        experiment = _experiment_id(client) if experiment_id is None else check_experiment_id(experiment_id)
        run = client.create_run(experiment, None, {**contexts.context_tags(), **wanted}, run_name)
    active = ActiveRun(run, client)
    runs.append(active)
    _state.open_runs[id(active)] = active
    at_exit(_end_all, 20)
    return active


def _run_id_of_environment() -> str | None:
    """Return the run that the environment asks to resume, and forget it: the run after it is a new one."""
    run_id = settings.RUN_ID.get()
    if run_id is not None:
        os.environ.pop(settings.RUN_ID.variable, None)
        os.environ.pop(settings.RUN_ID.mlflow or "", None)
    return run_id


def _check_parent(client: PegboardClient, parent_run_id: str) -> None:
    if client.get_run(parent_run_id).info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidState(f"The parent run '{parent_run_id}' is deleted. Restore it, or choose another.")


def _resumed(
    client: PegboardClient,
    run_id: str,
    experiment_id: str | None,
    tags: Mapping[str, str],
    run_name: str | None,
) -> Run:
    info = client.get_run(run_id).info
    if info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidState(f"The run '{run_id}' is deleted. Restore it with restore_run, then resume it.")
    wanted = _state.experiment_id if experiment_id is None else check_experiment_id(experiment_id)
    if wanted is not None and wanted != info.experiment_id:
        raise InvalidParameterValue(
            f"The run '{run_id}' is of experiment {info.experiment_id}, not of the active experiment "
            f"{wanted}. Set that experiment first, or leave it out."
        )
    entities = [RunTag(key, value) for key, value in tags.items()]
    check_elements((), (), entities)
    client.update_run(run_id, RunStatus.to_string(RunStatus.RUNNING), run_name)
    if tags:
        client.log_batch(run_id, tags=entities, synchronous=True)
    return client.get_run(run_id)


def end_run(status: str = "FINISHED") -> None:
    """End the active run of this thread, if there is one, with a status such as `FINISHED` or `FAILED`."""
    if _state.thread.runs:
        _end(_state.thread.runs[-1], status)


def _end(run: ActiveRun, status: str) -> None:
    """End a run, those that were started within it first."""
    check_status(status)
    runs = _state.thread.runs
    if any(other is run for other in runs):
        while runs[-1] is not run:
            _end(runs[-1], status)
        runs.pop()
        _state.thread.last_run = run
    # A run of the parent process, or one that was ended already, is not ended here; one that is open
    # several times ends with the last.
    if _state.open_runs.pop(id(run), None) is not None and _open(run.info.run_id) is None:
        run.client.set_terminated(run.info.run_id, status)


def _open(run_id: str) -> ActiveRun | None:
    """Return a run that some thread of this process has open, by its id."""
    return next((run for run in list(_state.open_runs.values()) if run.info.run_id == run_id), None)


def _end_all() -> None:
    """End what is still open when the process ends."""
    # An uncaught error has been printed by now, which leaves its type behind; in an interactive session the
    # type may be of any earlier error. A child of multiprocessing gets here while the error is handled.
    error_type = sys.exc_info()[0] or (None if hasattr(sys, "ps1") else getattr(sys, "last_type", None))
    if error_type is SystemExit:
        error_type = None
    for run in reversed(list(_state.open_runs.values())):
        try:
            _end(run, _status_of(error_type))
        except Exception as problem:  # one that cannot be ended must not keep the others running
            notices.once(f"end:{run.info.run_id}", f"Ending run '{run.info.run_id}' failed: {problem}")


def active_run() -> ActiveRun | None:
    """Return the active run of this thread, or None; what is logged later does not show in it."""
    runs = _state.thread.runs
    return runs[-1] if runs else None


def last_active_run() -> Run | None:
    """Return the active run of this thread, or the one that was active last, as it is now, or None."""
    run = active_run() or _state.thread.last_run
    return None if run is None else run.client.get_run(run.info.run_id)


def get_run(run_id: str) -> Run:
    """Return a run, active or deleted; raise ResourceDoesNotExist if there is none."""
    return _client().get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    """Return the run that the run is nested in, or None."""
    return _client().get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Mark a run as deleted."""
    _client().delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Make a deleted run active again."""
    _client().restore_run(run_id)


def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = _ALL_RUNS,
    order_by: Sequence[str] | None = None,
    output_format: Literal["pandas", "list", "polars", "arrow"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> Any:
    """Return the runs that match.

    Args:
        experiment_ids: Where to look; the active experiment by default.
        filter_string: A condition in the filter language.
        run_view_type: Active ones, deleted ones, or all.
        max_results: At most so many.
        order_by: Columns such as `metrics.rmse ASC`; the newest come first by default.
        output_format: `pandas` for a frame with a column for each metric, param and tag, `polars` or `arrow`
            for the same, `list` for entities.
        search_all_experiments: Look in all active experiments if none is named.
        experiment_names: Where to look, by name, instead of by id.

    Raises:
        InvalidParameterValue: Ids and names are both given, or filter, order or format are wrong.
        MissingDependency: The package for the format is not installed.
    """
    client = _client()
    from pegboard import frames

    frames.check_format(output_format)
    max_results = check_integer("max_results", max_results)
    ids = _searched_experiments(client, experiment_ids, experiment_names, search_all_experiments)
    runs: list[Run] = []
    token = None
    while ids and len(runs) < max_results:
        size = min(_PAGE, max_results - len(runs))
        page = client.search_runs(ids, filter_string, run_view_type, size, order_by, token)
        runs += page
        token = page.token
        if not token:
            break
    return frames.runs_as(runs, output_format)


def _searched_experiments(
    client: PegboardClient,
    ids: Sequence[str] | None,
    names: Sequence[str] | None,
    all_experiments: bool,
) -> list[str]:
    if ids and names:
        raise InvalidParameterValue("search_runs takes experiment_ids or experiment_names, not both.")
    if names:
        return list(_ids_of_names(client, [names] if isinstance(names, str) else names))
    if ids:
        return [ids] if isinstance(ids, str) else list(ids)
    if all_experiments:
        return [experiment.experiment_id for experiment in search_experiments()]
    return [_experiment_id(client)]


def _ids_of_names(client: PegboardClient, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        experiment = client.get_experiment_by_name(name)
        if experiment is not None:
            yield experiment.experiment_id
        else:
            notices.once(f"experiment:{name}", f"There is no experiment named '{name}' to search.")


# What runs log


def _active() -> ActiveRun:
    """Return the active run of this thread, starting one if there is none."""
    runs = _state.thread.runs
    return runs[-1] if runs else start_run()


def _target(run_id: str | None) -> tuple[PegboardClient, str]:
    """Return the client and id of the run that a call is about."""
    if run_id is None:
        run = _active()
        return run.client, run.info.run_id
    known = _open(run_id)
    return (known.client if known is not None else _client()), run_id


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Log a point of a metric.

    Args:
        key: The metric.
        value: A number; NaN and infinities are values.
        step: A whole number; 0 by default.
        synchronous: False to log in the background and return what to wait for.
        timestamp: In milliseconds since the epoch; now by default.
        run_id: The run; the active one by default.
        model_id: The logged model that the metric is of.
        dataset: The dataset that the metric was computed on.
    """
    client, run_id = _target(run_id)
    name, digest = _measured_on(client, run_id, dataset) if dataset is not None else (None, None)
    return client.log_metric(run_id, key, value, timestamp or None, step, synchronous, name, digest, model_id)


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Log a point of each metric, all with one timestamp and step; otherwise as `log_metric`."""
    client, run_id = _target(run_id)
    name, digest = _measured_on(client, run_id, dataset) if dataset is not None else (None, None)
    timestamp = timestamp or now()
    entities = [
        Metric(key, value, timestamp, step or 0, model_id, name, digest)
        for key, value in check_mapping("metrics", metrics).items()
    ]
    return client.log_batch(run_id, metrics=entities, synchronous=synchronous)


def _measured_on(client: PegboardClient, run_id: str, dataset: Any) -> tuple[str, str]:
    """Make a dataset an input of the run and return its name and digest, which its metrics carry."""
    client.log_inputs(run_id, [_dataset_input(dataset, None, None)])
    return dataset.name, dataset.digest


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Log a param of the active run, stored as text, and return the value (or what to wait for)."""
    run = _active()
    return run.client.log_param(run.info.run_id, key, value, synchronous)


def log_params(
    params: Mapping[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> RunOperations | None:
    """Log params, stored as text."""
    client, run_id = _target(run_id)
    entities = [Param(key, str(value)) for key, value in check_mapping("params", params).items()]
    return client.log_batch(run_id, params=entities, synchronous=synchronous)


def log_batch(
    metrics: Sequence[Metric] = (),
    params: Sequence[Param] = (),
    tags: Sequence[RunTag] = (),
    synchronous: bool | None = None,
    run_id: str | None = None,
) -> RunOperations | None:
    """Log many elements to a run, checked before the first is written."""
    client, run_id = _target(run_id)
    return client.log_batch(run_id, metrics, params, tags, synchronous)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
    """Set or overwrite a tag of the active run, stored as text."""
    run = _active()
    return run.client.set_tag(run.info.run_id, key, value, synchronous)


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> RunOperations | None:
    """Set or overwrite tags of the active run, stored as text."""
    run = _active()
    entities = [RunTag(key, str(value)) for key, value in check_mapping("tags", tags).items()]
    return run.client.log_batch(run.info.run_id, tags=entities, synchronous=synchronous)


def delete_tag(key: str) -> None:
    """Delete a tag of the active run; raise ResourceDoesNotExist if it is not there."""
    run = _active()
    run.client.delete_tag(run.info.run_id, key)


def flush_async_logging() -> None:
    """Wait until all that is logged in the background is written."""
    from pegboard import background

    background.flush()


# Dataset inputs


def log_input(dataset: Any = None, context: str | None = None, tags: Mapping[str, str] | None = None) -> None:
    """Log a dataset as an input of the active run.

    Args:
        dataset: What `pegboard.data.from_pandas` and its like return.
        context: What the run uses it for, such as `training`.
        tags: Tags of that use.
    """
    log_inputs([dataset], [context], [tags])


def log_inputs(
    datasets: Sequence[Any] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[Mapping[str, str] | None] | None = None,
) -> None:
    """Log datasets as inputs of the active run; contexts and tags are theirs, one each."""
    datasets = list(datasets or ())
    uses = [contexts or [None] * len(datasets), tags_list or [None] * len(datasets)]
    if any(len(use) != len(datasets) for use in uses):
        raise InvalidParameterValue(
            f"There are {len(datasets)} datasets, {len(uses[0])} contexts and {len(uses[1])} sets of tags. "
            "Give each dataset one of each, or leave them out."
        )
    entities = [
        _dataset_input(dataset, context, tags)
        for dataset, context, tags in zip(datasets, *uses, strict=True)
        if dataset is not None
    ]
    run = _active()
    run.client.log_inputs(run.info.run_id, entities)


def _dataset_input(dataset: Any, context: Any, tags: Any) -> DatasetInput:
    entries = dict(tags or {})
    if context is not None:
        entries = {DATASET_CONTEXT_TAG: context, **entries}
    entity = dataset.to_entity() if hasattr(dataset, "to_entity") else dataset
    if not isinstance(entity, Dataset):
        raise InvalidParameterValue(
            f"The dataset is of type {type(dataset).__name__}. Make one with pegboard.data.from_pandas, "
            "from_polars or from_numpy."
        )
    return DatasetInput(entity, [InputTag(key, str(value)) for key, value in entries.items()])


# Artifacts


def log_artifact(local_path: str, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Upload a local file, or a folder under its own name, into the artifact folder `artifact_path`."""
    client, run_id = _target(run_id)
    client.log_artifact(run_id, local_path, artifact_path)


def log_artifacts(local_dir: str, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Upload the content of a local folder into the artifact folder `artifact_path`."""
    client, run_id = _target(run_id)
    client.log_artifacts(run_id, local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Store a text as the artifact file, in UTF-8."""
    client, run_id = _target(run_id)
    client.log_text(run_id, text, artifact_file)


def log_dict(dictionary: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Store a dictionary or list as YAML where the file ends in `.yml` or `.yaml`, else as JSON."""
    client, run_id = _target(run_id)
    client.log_dict(run_id, dictionary, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None) -> None:
    """Store a matplotlib or plotly figure in the format that the file's extension names."""
    run = _active()
    run.client.log_figure(run.info.run_id, figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = False,
) -> None:
    """Store an image as the artifact file, or as one of a series by key and step; see the client."""
    run = _active()
    run.client.log_image(run.info.run_id, image, artifact_file, key, step, timestamp, synchronous)


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Store a table (a dictionary of columns, or a data frame), behind the rows that are there already."""
    client, run_id = _target(run_id)
    client.log_table(run_id, data, artifact_file)


def load_table(
    artifact_file: str, run_ids: Sequence[str] | None = None, extra_columns: Sequence[str] | None = None
) -> Any:
    """Return the rows of a table over the runs of the active experiment that logged it, as a pandas frame."""
    client = _client()
    return client.load_table(_experiment_id(client), artifact_file, run_ids, extra_columns)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Return the URI of an artifact path of the active run; of its root by default."""
    root = (_active().info.artifact_uri or "").rstrip("/")
    path = check_artifact_path(artifact_path)
    return f"{root}/{path}" if path else root
