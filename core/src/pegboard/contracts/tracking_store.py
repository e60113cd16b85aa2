"""The contract of tracking stores, which keep experiments, runs and what runs log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pegboard.contracts.base import Provider
from pegboard.entities import (
    DatasetInput,
    Experiment,
    ExperimentTag,
    Metric,
    PagedList,
    Param,
    Run,
    RunInfo,
    RunTag,
    ViewType,
)


class TrackingStore(Provider):
    """Experiments, runs, params, metrics with their history, tags and dataset inputs.

    Rules for all methods:

    - Limits and names are those of `pegboard.validation`; a store calls its functions before it writes.
    - An argument that breaks a rule raises InvalidParameterValue, an id that is not there
      ResourceDoesNotExist; nothing was written then.
    - What a method has acknowledged by returning is safe from the death of the process, if the store
      declares `durable`.
    - Any thread may call any method, and several processes may use one store at the same time.
    - A deleted run or experiment can be read, and refuses writes with InvalidParameterValue.
    - Experiment `0`, named `Default`, is there from the first use on.
    """

    known_capabilities: ClassVar = {
        "durable": "What was acknowledged survives the process and is seen by others that open the URI.",
        "inputs": "Dataset inputs of runs can be logged.",
        "nested-keys": "A key may be a folder of another, such as `a` beside `a/b`.",
        "purge": "Deleted runs and experiments can be removed for good.",
        "import": "Experiments and runs can be made with given ids, times and lifecycle stages.",
    }
    capabilities: ClassVar[frozenset[str]] = frozenset()

    # Experiments

    @abstractmethod
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] = ()
    ) -> str:
        """Make an experiment and return its id.

        Args:
            name: Not empty, and not the name of another, deleted ones included.
            artifact_location: The URI under which its runs keep artifacts; the store's default without one.
            tags: Its first tags.

        Raises:
            ResourceAlreadyExists: The name is taken; the message says whether by an active or a deleted one.
        """

    @abstractmethod
    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, active or deleted."""

    @abstractmethod
    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str = "",
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Return a page of the experiments that match.

        Args:
            view_type: Active ones, deleted ones, or all.
            max_results: The size of the page, 1 to 50,000.
            filter_string: A condition in the filter language; empty for all.
            order_by: Columns such as `name ASC`; without any the newest come first. Ties are broken by id.
            page_token: The token of the page before.
        """

    @abstractmethod
    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Rename an active experiment; raise ResourceAlreadyExists if the name is taken."""

    @abstractmethod
    def delete_experiment(self, experiment_id: str) -> None:
        """Mark an experiment and its active runs as deleted.

        Raises:
            ResourceDoesNotExist: There is none, or it is deleted already.
        """

    @abstractmethod
    def restore_experiment(self, experiment_id: str) -> None:
        """Make a deleted experiment active again, with exactly the runs that were deleted with it.

        Raises:
            ResourceDoesNotExist: There is none, or it is active.
        """

    @abstractmethod
    def set_experiment_tag(self, experiment_id: str, tag: ExperimentTag) -> None:
        """Set or overwrite a tag of an active experiment."""

    @abstractmethod
    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Delete a tag of an active experiment; raise ResourceDoesNotExist if it is not there."""

    # Runs

    @abstractmethod
    def create_run(
        self,
        experiment_id: str,
        user_id: str | None,
        start_time: int,
        tags: Sequence[RunTag],
        run_name: str | None,
    ) -> Run:
        """Start a run in an active experiment.

        Args:
            experiment_id: The experiment.
            user_id: Who runs it.
            start_time: In milliseconds since the epoch.
            tags: Its first tags. A tag `mlflow.runName` names the run.
            run_name: Its name; with the tag too, both must be equal. Without either a readable name is made.
                The name is kept as the tag `mlflow.runName` as well.
        """

    @abstractmethod
    def get_run(self, run_id: str) -> Run:
        """Return a run, active or deleted, with its latest metrics, params, tags and inputs."""

    @abstractmethod
    def update_run_info(
        self,
        run_id: str,
        run_status: int | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> RunInfo:
        """Change status, end time or name of an active run; None leaves a field as it is.

        Args:
            run_id: The run.
            run_status: A number of `RunStatus`; RUNNING and SCHEDULED clear the end time.
            end_time: In milliseconds since the epoch.
            run_name: The new name, kept as the tag `mlflow.runName` as well.
        """

    @abstractmethod
    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted; without effect on a deleted one."""

    @abstractmethod
    def restore_run(self, run_id: str) -> None:
        """Make a deleted run active again; without effect on an active one."""

    @abstractmethod
    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Return a page of the runs that match.

        Args:
            experiment_ids: Where to look; ids that are not there hold no runs.
            filter_string: A condition in the filter language; empty for all.
            run_view_type: Active ones, deleted ones, or all.
            max_results: The size of the page, 1 to 50,000.
            order_by: Columns such as `metrics.rmse ASC`. The order is total: missing values last in both
                directions, NaN after numbers, ties by start time, newest first, then by id.
            page_token: The token of the page before. Runs that are made meanwhile neither repeat nor hide
                others.
        """

    # What runs log

    @abstractmethod
    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log to an active run, all or nothing.

        When the process dies before the call returned, elements may be there, each whole; logging the batch
        again completes it.

        Args:
            run_id: The run.
            metrics: At most 1,000. Identical points are one point, so that logging again doubles nothing.
            params: At most 100. A param is written once: the same value again is accepted.
            tags: At most 100, 1,000 elements in all. Tags are overwritten. `mlflow.runName` renames the run.

        Raises:
            InvalidParameterValue: A limit or name rule is broken, or a param has another value already.
        """

    @abstractmethod
    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag of an active run; raise ResourceDoesNotExist if it is not there."""

    @abstractmethod
    def get_metric_history(
        self,
        run_id: str,
        metric_key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList[Metric]:
        """Return a page of a metric's points, ordered by step, timestamp and value, NaN lowest.

        Args:
            run_id: The run, active or deleted.
            metric_key: The metric; one that was never logged has no points.
            max_results: The size of the page, all by default.
            page_token: The token of the page before.
        """

    # With defaults

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of this name, active or deleted, or None."""
        quoted = "'" + name.replace("'", "''") + "'"
        found = self.search_experiments(ViewType.ALL, 1, f"name = {quoted}")
        return found[0] if found else None

    def log_metric(self, run_id: str, metric: Metric) -> None:
        """Log one point; as `log_batch` with it alone."""
        self.log_batch(run_id, metrics=[metric])

    def log_param(self, run_id: str, param: Param) -> None:
        """Log one param; as `log_batch` with it alone."""
        self.log_batch(run_id, params=[param])

    def set_tag(self, run_id: str, tag: RunTag) -> None:
        """Set one tag; as `log_batch` with it alone."""
        self.log_batch(run_id, tags=[tag])

    # With a capability

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput]) -> None:
        """Log datasets as inputs of an active run; needs `inputs`.

        A dataset is known by name and digest. One that is an input of the run already stays it once, and
        its tags of that use stay as they were.
        """
        raise self.unsupported("inputs")

    def deleted_runs(self, older_than: int = 0) -> list[str]:
        """Return the ids of the runs deleted at least `older_than` milliseconds ago; needs `purge`."""
        raise self.unsupported("purge")

    def deleted_experiments(self, older_than: int = 0) -> list[str]:
        """Return the ids of the experiments deleted at least `older_than` ms ago; needs `purge`."""
        raise self.unsupported("purge")

    def purge_run(self, run_id: str) -> None:
        """Remove a deleted run for good, without its artifacts elsewhere; needs `purge`.

        Raises:
            InvalidParameterValue: The run is active.
        """
        raise self.unsupported("purge")

    def purge_experiment(self, experiment_id: str) -> None:
        """Remove a deleted experiment and its runs for good; needs `purge`.

        Raises:
            InvalidParameterValue: The experiment is active.
        """
        raise self.unsupported("purge")

    def import_experiment(self, experiment: Experiment) -> None:
        """Make an experiment with exactly these fields; needs `import`.

        Raises:
            ResourceAlreadyExists: The id or the name is taken.
        """
        raise self.unsupported("import")

    def import_run(self, run: Run, metrics: Iterable[Metric]) -> None:
        """Make a run with exactly these fields and this history; needs `import`.

        Args:
            run: The run; its experiment is there. Its artifact URI becomes the store's own.
            metrics: The whole history; the run's own latest metrics are ignored.

        Raises:
            ResourceAlreadyExists: The id is taken.
        """
        raise self.unsupported("import")
