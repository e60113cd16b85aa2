"""The client: one method a deed, on a given tracking store, without a notion of an active run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

# What few calls need is imported in them: a script that logs params and metrics should start at once.
from pegboard import load, settings, uris, validation
from pegboard.entities import (
    DatasetInput,
    Experiment,
    ExperimentTag,
    FileInfo,
    LifecycleStage,
    Metric,
    PagedList,
    Param,
    Run,
    RunStatus,
    RunTag,
    ViewType,
)
from pegboard.errors import InvalidParameterValue

if TYPE_CHECKING:
    from pegboard.background import RunOperations
    from pegboard.contracts import ArtifactRepository, TrackingStore

PARENT_RUN_TAG = "mlflow.parentRunId"
RUN_NAME_TAG = "mlflow.runName"
USER_TAG = "mlflow.user"


def now() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class PegboardClient:
    """Experiments, runs and artifacts of one tracking store; `MlflowClient` is an alias.

    Args:
        tracking_uri: Where runs are tracked; what `pegboard.get_tracking_uri` says by default.
        registry_uri: Where models are registered; the tracking URI by default.

    Methods raise InvalidParameterValue for arguments that break a rule, ResourceDoesNotExist for ids that are
    not there, and a PluginError if no plugin serves the URI.
    """

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        self._tracking_uri = str(tracking_uri) if tracking_uri else uris.get_tracking_uri()
        self._registry_uri = str(registry_uri) if registry_uri else None

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"PegboardClient has no '{name}'. If it is a method of MLflow's client, Pegboard does not "
            "provide it; what it provides is listed by dir(client)."
        )

    @property
    def tracking_uri(self) -> str:
        """Where runs are tracked."""
        return self._tracking_uri

    @property
    def registry_uri(self) -> str:
        """Where models are registered."""
        return self._registry_uri or uris.get_registry_uri()

    @property
    def _store(self) -> TrackingStore:
        store: TrackingStore = load.open_provider("tracking_store", self._tracking_uri)
        return store

    # Experiments

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None
    ) -> str:
        """Make an experiment and return its id; raise ResourceAlreadyExists if the name is taken."""
        tags = validation.check_mapping("tags", tags or {})
        entities = [ExperimentTag(key, str(value)) for key, value in tags.items()]
        return self._store.create_experiment(name, artifact_location, entities)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, active or deleted."""
        return self._store.get_experiment(experiment_id)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of this name, active or deleted, or None."""
        return self._store.get_experiment_by_name(name)

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int | None = 1000,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Return a page of the experiments that match; its `token` asks for the next one."""
        size = 1000 if max_results is None else max_results
        return self._store.search_experiments(
            view_type, size, filter_string or "", order_by or (), page_token
        )

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Rename an active experiment; raise ResourceAlreadyExists if the name is taken."""
        self._store.rename_experiment(experiment_id, new_name)

    def delete_experiment(self, experiment_id: str) -> None:
        """Mark an experiment and its runs as deleted."""
        self._store.delete_experiment(experiment_id)

    def restore_experiment(self, experiment_id: str) -> None:
        """Make a deleted experiment active again, with the runs that were deleted with it."""
        self._store.restore_experiment(experiment_id)

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set or overwrite a tag of an experiment; the value is stored as text."""
        self._store.set_experiment_tag(experiment_id, ExperimentTag(key, str(value)))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Delete a tag of an experiment; raise ResourceDoesNotExist if it is not there."""
        self._store.delete_experiment_tag(experiment_id, key)

    # Runs

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Start a run that nobody ends by itself.

        Args:
            experiment_id: The experiment.
            start_time: In milliseconds since the epoch; now by default.
            tags: Its first tags, stored as text.
            run_name: Its name; a readable one is made by default.
        """
        texts = {key: str(value) for key, value in validation.check_mapping("tags", tags or {}).items()}
        entities = [RunTag(key, value) for key, value in texts.items()]
        user = texts.get(USER_TAG, "unknown")
        return self._store.create_run(experiment_id, user, start_time or now(), entities, run_name or None)

    def get_run(self, run_id: str) -> Run:
        """Return a run, active or deleted, with its latest metrics, params, tags and inputs."""
        return self._store.get_run(run_id)

    def get_parent_run(self, run_id: str) -> Run | None:
        """Return the run that the run is nested in, or None."""
        parent = self.get_run(run_id).data.tags.get(PARENT_RUN_TAG)
        return None if parent is None else self.get_run(parent)

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Return a page of the runs that match; its `token` asks for the next one."""
        ids = [experiment_ids] if isinstance(experiment_ids, (str, int)) else experiment_ids
        return self._store.search_runs(
            [str(one) for one in ids],
            filter_string or "",
            run_view_type,
            max_results,
            order_by or (),
            page_token,
        )

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        self._store.delete_run(run_id)

    def restore_run(self, run_id: str) -> None:
        """Make a deleted run active again."""
        self._store.restore_run(run_id)

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """End a run, after what is logged in the background has been written.

        Args:
            run_id: The run.
            status: The name of a status; `FINISHED` by default.
            end_time: In milliseconds since the epoch; now by default.
        """
        number = check_status(status or "FINISHED")
        # Without the module nothing was logged in the background.
        background = sys.modules.get("pegboard.background")
        if background is not None:
            background.flush(self._tracking_uri)
        self._store.update_run_info(run_id, number, end_time or now())

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change the status (by name) or the name of a run."""
        self._store.update_run_info(
            run_id, None if status is None else check_status(status), run_name=name or None
        )

    # What runs log

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> RunOperations | None:
        """Log a point of a metric.

        Args:
            run_id: The run.
            key: The metric.
            value: A number; NaN and infinities are values.
            timestamp: In milliseconds since the epoch; now by default.
            step: A whole number; 0 by default.
            synchronous: False to log in the background and return what to wait for.
            dataset_name: The dataset that the metric was computed on.
            dataset_digest: Its digest.
            model_id: The logged model that the metric is of.
        """
        metric = Metric(
            key,
            value if type(value) is float else metric_value(key, value),
            time.time_ns() // 1_000_000 if timestamp is None else timestamp,
            0 if step is None else step,
            model_id,
            dataset_name,
            dataset_digest,
        )
        if _in_background(synchronous):
            return self._later(run_id, metrics=[metric])
        self._store.log_metric(run_id, metric)
        return None

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Log a param, stored as text, and return the value (or what to wait for)."""
        param = Param(key, str(value))
        if _in_background(synchronous):
            return self._later(run_id, params=[param])
        self._store.log_param(run_id, param)
        return value

    def set_tag(
        self, run_id: str, key: str, value: Any, synchronous: bool | None = None
    ) -> RunOperations | None:
        """Set or overwrite a tag, stored as text."""
        tag = RunTag(key, str(value))
        if _in_background(synchronous):
            return self._later(run_id, tags=[tag])
        self._store.set_tag(run_id, tag)
        return None

    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag; raise ResourceDoesNotExist if it is not there."""
        self._store.delete_tag(run_id, key)

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,
    ) -> RunOperations | None:
        """Log many elements, checked before the first is written.

        One batch of a store is all or nothing; more elements than it takes are split over several.
        """
        metrics, params, tags = list(metrics), list(params), list(tags)
        validation.check_entities("metrics", metrics, Metric)
        validation.check_entities("params", params, Param)
        validation.check_entities("tags", tags, RunTag)
        metrics = [metric if type(metric.value) is float else _with_float(metric) for metric in metrics]
        params = [
            param if type(param.value) is str else Param(param.key, str(param.value)) for param in params
        ]
        tags = [tag if type(tag.value) is str else RunTag(tag.key, str(tag.value)) for tag in tags]
        if _in_background(synchronous):
            return self._later(run_id, metrics, params, tags)
        batches = list(_batches(metrics, params, tags))
        if len(batches) > 1:
            batches = list(_batches(*validation.check_elements(metrics, params, tags)))
        for batch in batches:
            self._store.log_batch(run_id, *batch)
        return None

    def _later(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> RunOperations:
        validation.check_run_id(run_id)
        batches = list(_batches(*validation.check_elements(metrics, params, tags)))
        from pegboard import background

        return background.submit(self._tracking_uri, self._store, run_id, batches)

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput] | None = None) -> None:
        """Log datasets as inputs of a run."""
        self._store.log_inputs(run_id, list(datasets or ()))

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """Return all points of a metric, ordered by step, timestamp and value."""
        points: list[Metric] = []
        token = None
        while True:
            page = self._store.get_metric_history(run_id, key, page_token=token)
            points += page
            token = page.token
            if not token:
                return points

    # Artifacts

    def _artifacts(self, run_id: str) -> ArtifactRepository:
        return self._artifacts_of(self._store.get_run(run_id))

    def _writable(self, run_id: str) -> Run:
        run = self._store.get_run(run_id)
        if run.info.lifecycle_stage == LifecycleStage.DELETED:
            raise InvalidParameterValue(
                f"The run '{run_id}' is deleted and refuses artifacts. Restore it with restore_run first."
            )
        return run

    def _writable_artifacts(self, run_id: str) -> ArtifactRepository:
        return self._artifacts_of(self._writable(run_id))

    def _artifacts_of(self, run: Run) -> ArtifactRepository:
        return repository(run.info.artifact_uri or "", self._tracking_uri)

    def log_artifact(self, run_id: str, local_path: str, artifact_path: str | None = None) -> None:
        """Upload a local file, or a folder under its own name, into the artifact folder `artifact_path`."""
        log_local(self._writable_artifacts(run_id), _local(local_path), _relative(artifact_path))

    def log_artifacts(self, run_id: str, local_dir: str, artifact_path: str | None = None) -> None:
        """Upload the content of a local folder into the artifact folder `artifact_path`."""
        self._writable_artifacts(run_id).log_artifacts(_local(local_dir), _relative(artifact_path))

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """Return the direct entries of an artifact folder, with sizes in bytes for files."""
        return self._artifacts(run_id).list_artifacts(_relative(path))

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Download an artifact file or folder and return its local path.

        Args:
            run_id: The run.
            path: The artifact path; empty for all.
            dst_path: An existing folder, for the last part of the path; a temporary one, or the artifact
                where it lies, by default.
        """
        return download(self._artifacts(run_id), _relative(path) or "", dst_path)

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Store a text as the artifact file, in UTF-8."""
        from pegboard import media

        with media.written(self._writable_artifacts(run_id), artifact_file) as path:
            media.write_text(text, path)

    def log_dict(self, run_id: str, dictionary: Any, artifact_file: str) -> None:
        """Store a dictionary or list as YAML where the file ends in `.yml` or `.yaml`, else as JSON."""
        from pegboard import media

        with media.written(self._writable_artifacts(run_id), artifact_file) as path:
            media.write_dict(dictionary, path)

    def log_figure(
        self,
        run_id: str,
        figure: Any,
        artifact_file: str,
        *,
        save_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Store a matplotlib or plotly figure in the format that the file's extension names."""
        from pegboard import media

        with media.written(self._writable_artifacts(run_id), artifact_file) as path:
            media.write_figure(figure, path, dict(save_kwargs or {}))

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,
    ) -> None:
        """Store an image: as the artifact file, or as one of a series by key and step.

        Args:
            run_id: The run.
            image: An array of H×W, H×W×1, H×W×3 or H×W×4 (booleans, integers 0 to 255, floats 0 to 1; what is
                out of range is clipped), a PIL image, or a `pegboard.Image`.
            artifact_file: Where to store it, with an extension that names the format.
            key: The series' name; letters, digits, `_ - . /` and spaces.
            step: Its place in the series; 0 by default.
            timestamp: In milliseconds since the epoch; now by default.
            synchronous: Accepted for MLflow's sake; images are stored before the call returns.
        """
        from pegboard import media

        place = media.image_place(artifact_file, key, step, timestamp, now())
        picture = media.to_pil(image)
        artifacts = self._writable_artifacts(run_id)
        with media.written(artifacts, place) as path:
            media.write_image(picture, path)
        if artifact_file is None:
            with media.written(artifacts, media.thumbnail_place(place)) as path:
                media.write_thumbnail(picture, path)
            self._store.set_tag(run_id, RunTag(media.LOGGED_IMAGES_TAG, "True"))

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Store a table (a dictionary of columns, or a data frame), behind the rows that are there already.

        The file ends in `.json`, which holds columns and rows, or `.parquet`.
        """
        from pegboard import tables

        run = self._writable(run_id)
        artifacts = self._artifacts_of(run)
        tables.append(artifacts, data, artifact_file)
        tag = tables.logged_table_tag(run.data.tags, artifact_file)
        if tag is not None:
            self._store.set_tag(run_id, tag)

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: Sequence[str] | None = None,
        extra_columns: Sequence[str] | None = None,
    ) -> Any:
        """Return the rows of a table over the runs that logged it, as a pandas frame.

        Args:
            experiment_id: The experiment.
            artifact_file: The table's file.
            run_ids: Only these runs; all of the experiment that logged the table by default.
            extra_columns: Columns to add from the runs, such as `run_id` or `params.lr`.
        """
        from pegboard import tables

        runs = list(self._runs_with_table(experiment_id, artifact_file, run_ids))
        pairs = [(run, self._artifacts_of(run)) for run in runs]
        return tables.load(pairs, artifact_file, list(extra_columns or ()))

    def _runs_with_table(
        self, experiment_id: str, artifact_file: str, run_ids: Sequence[str] | None
    ) -> Iterator[Run]:
        from pegboard import tables

        if run_ids:
            yield from (self._store.get_run(run_id) for run_id in run_ids)
            return
        token = None
        while True:
            page = self.search_runs([experiment_id], tables.LOGGED_ARTIFACTS_FILTER, page_token=token)
            yield from (run for run in page if tables.may_have_table(run.data.tags, artifact_file))
            token = page.token
            if not token:
                return


def repository(artifact_uri: str, tracking_uri: str) -> ArtifactRepository:
    """Return the artifact repository at a URI."""
    opened: ArtifactRepository = load.open_provider(
        "artifact_repository", artifact_uri, tracking_uri=tracking_uri
    )
    return opened


def log_local(artifacts: ArtifactRepository, local_path: str, artifact_path: str | None) -> None:
    """Upload a local file, or a folder under its own name, into an artifact folder."""
    if os.path.isdir(local_path):
        name = os.path.basename(os.path.abspath(local_path))
        artifacts.log_artifacts(local_path, validation.join_artifact_path(artifact_path, name))
    else:
        artifacts.log_artifact(local_path, artifact_path)


def download(artifacts: ArtifactRepository, path: str, dst_path: str | None) -> str:
    """Download into a folder under the last part of the path alone, as MLflow does; return where it is."""
    if dst_path is None or "/" not in path.rstrip("/"):
        return artifacts.download_artifacts(path, dst_path)
    import shutil
    import tempfile

    if not os.path.isdir(dst_path):
        raise InvalidParameterValue(f"The destination '{dst_path}' is no folder. Make it first.")
    target = os.path.join(os.path.abspath(dst_path), os.path.basename(path.rstrip("/")))
    try:
        with tempfile.TemporaryDirectory(prefix=validation.RESERVED_PREFIX, dir=dst_path) as folder:
            found = artifacts.download_artifacts(path, folder)
            if os.path.isdir(found) and os.path.lexists(target):
                shutil.copytree(found, target, dirs_exist_ok=True)
            else:
                os.replace(found, target)
    except OSError as error:
        raise InvalidParameterValue(
            f"The artifact '{path}' cannot be put at '{target}': {error.strerror}. Choose another place."
        ) from error
    return target


def _local(path: Any) -> str:
    if not isinstance(path, (str, os.PathLike)):
        raise InvalidParameterValue(f"The local path is {path!r} of type {type(path).__name__}. Give a path.")
    return os.fspath(path)


def _relative(path: str | os.PathLike[str] | None) -> str | None:
    return os.fspath(path) if isinstance(path, os.PathLike) else path


def metric_value(key: str, value: Any) -> float:
    """Return a metric's value as a float: a number, a text of one, or an array or tensor of one element.

    Raises:
        InvalidParameterValue: It is none of these.
    """
    if isinstance(value, (str, bytes)):
        try:
            value = float(value)
        except ValueError:
            raise InvalidParameterValue(
                f"The value of metric '{key}' is {value!r}. It must be a number."
            ) from None
    elif hasattr(value, "item"):
        try:
            value = value.item()
        except (TypeError, ValueError, RuntimeError):
            raise InvalidParameterValue(
                f"The value of metric '{key}' is of type {type(value).__name__} and does not hold exactly "
                "one number. Pass a single number."
            ) from None
    if isinstance(value, bool):
        value = float(value)
    return validation.check_number(f"The value of metric '{key}'", value)


def _with_float(metric: Metric) -> Metric:
    value = metric_value(metric.key, metric.value)
    return Metric(
        metric.key,
        value,
        metric.timestamp,
        metric.step,
        metric.model_id,
        metric.dataset_name,
        metric.dataset_digest,
    )


def check_status(name: str) -> int:
    """Return the number of a run status; raise InvalidParameterValue for an unknown name."""
    try:
        return RunStatus.from_string(name)
    except ValueError as error:
        raise InvalidParameterValue(str(error)) from None


def _in_background(synchronous: bool | None) -> bool:
    return settings.ENABLE_ASYNC_LOGGING.get() if synchronous is None else not synchronous


def _batches(
    metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]
) -> Iterator[tuple[Sequence[Metric], Sequence[Param], Sequence[RunTag]]]:
    """Yield batches of at most what a store takes: params and tags first, then metrics, in their order."""
    most_params, most_tags = validation.MAX_PARAMS_PER_BATCH, validation.MAX_TAGS_PER_BATCH
    first = validation.MAX_ENTITIES_PER_BATCH - min(len(params), most_params) - min(len(tags), most_tags)
    first = min(first, validation.MAX_METRICS_PER_BATCH)
    yield metrics[:first], params[:most_params], tags[:most_tags]
    rest = max(len(params) - most_params, len(tags) - most_tags)
    for start in range(most_params, most_params + rest, most_params):
        yield (), params[start : start + most_params], tags[start : start + most_tags]
    for start in range(first, len(metrics), validation.MAX_METRICS_PER_BATCH):
        yield metrics[start : start + validation.MAX_METRICS_PER_BATCH], (), ()
