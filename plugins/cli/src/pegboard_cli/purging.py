"""Removing deleted runs and experiments for good; called by `pegboard gc`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pegboard import load
from pegboard.client import repository
from pegboard.contracts import ArtifactRepository, TrackingStore
from pegboard.entities import Experiment, LifecycleStage, Run, ViewType
from pegboard.errors import InvalidParameterValue, InvalidState, PegboardException, ResourceDoesNotExist

_PAGE = 5_000


class Purge:
    """A removal for good from one store.

    Args:
        tracking_uri: The store's URI.
        artifacts: Whether artifacts go too.
        dry_run: Whether to only tell what would be removed.
    """

    def __init__(self, tracking_uri: str, artifacts: bool, dry_run: bool) -> None:
        self._uri = tracking_uri
        self._store: TrackingStore = load.open_provider("tracking_store", tracking_uri)
        self._artifacts = artifacts
        self._dry_run = dry_run

    def candidates(
        self, older_than: int, run_ids: Sequence[str] | None, experiment_ids: Sequence[str] | None
    ) -> tuple[list[str], list[str]]:
        """Return the ids of the runs and experiments to remove.

        Args:
            older_than: For how many milliseconds they must have been deleted.
            run_ids: Only these runs.
            experiment_ids: Only these experiments, with all their runs.

        Raises:
            Unsupported: The store cannot purge.
            ResourceDoesNotExist: A given id is not there.
            InvalidParameterValue: A given one is active, or was deleted too recently.
        """
        runs = self._store.deleted_runs(older_than)
        experiments = self._store.deleted_experiments(older_than)
        if run_ids is not None or experiment_ids is not None:
            runs = self._checked("run", run_ids or (), runs)
            experiments = self._checked("experiment", experiment_ids or (), experiments)
        of_experiments = [run_id for one in experiments for run_id in self._runs_of(one)]
        return list(dict.fromkeys([*runs, *of_experiments])), experiments

    def _checked(self, kind: str, wanted: Sequence[str], deleted: Sequence[str]) -> list[str]:
        known = set(deleted)
        for one in wanted:
            if one in known:
                continue
            if kind == "run":
                stage = self._store.get_run(one).info.lifecycle_stage
            else:
                stage = self._store.get_experiment(one).lifecycle_stage
            if stage == LifecycleStage.ACTIVE:
                problem = f"is active. Delete it first: pegboard {kind}s delete."
            else:
                problem = "was deleted too recently for --older-than."
            raise InvalidParameterValue(f"The {kind} '{one}' {problem} Nothing was removed.")
        return list(wanted)

    def _runs_of(self, experiment_id: str) -> Iterator[str]:
        token = None
        while True:
            page = self._store.search_runs([experiment_id], "", ViewType.ALL, _PAGE, (), token)
            yield from (run.info.run_id for run in page)
            token = page.token
            if not token:
                return

    def rows(self, runs: Sequence[str], experiments: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Remove runs, then experiments, and yield for each a row that tells what became of it.

        One that fails keeps no other from being removed, but the experiment of a run that is left stays.
        """
        left: set[str | None] = set()
        for run_id in runs:
            row = self._run(run_id)
            if row["problem"]:
                left.add(row["experiment_id"])
            yield row
        for experiment_id in experiments:
            # A damaged run does not tell whose it is.
            yield self._experiment(experiment_id, bool(left & {experiment_id, None}))

    def _run(self, run_id: str) -> dict[str, Any]:
        row = _row("run", run_id)
        try:
            run = self._readable_run(run_id)
            if run is not None:
                row |= {
                    "name": run.info.run_name,
                    "experiment_id": run.info.experiment_id,
                    "artifact_uri": run.info.artifact_uri,
                }
            artifacts = self._artifacts_of(run) if run is not None and self._artifacts else None
            if self._dry_run:
                return row | {"result": "would be removed"}
            if artifacts is not None:
                # Before the run: it is all that knows where they are, and another try finds them again.
                artifacts.delete_artifacts()
            self._store.purge_run(run_id)
        except ResourceDoesNotExist:
            return row | {"result": "was gone already"}
        except PegboardException as error:
            return row | {"problem": str(error)}
        return row | {"result": "removed"}

    def _readable_run(self, run_id: str) -> Run | None:
        """Return a run; None for a damaged one, which can be removed without its artifacts."""
        try:
            run = self._store.get_run(run_id)
        except ResourceDoesNotExist:
            raise
        except PegboardException:
            if self._artifacts:
                raise
            return None
        if run.info.lifecycle_stage == LifecycleStage.ACTIVE:
            raise InvalidState("It was restored meanwhile.")
        return run

    def _artifacts_of(self, run: Run) -> ArtifactRepository:
        uri = run.info.artifact_uri or ""
        if run.info.run_id not in re.split(r"[/\\]", uri):
            raise InvalidState(
                f"Its artifact location '{uri}' does not contain its id, so that others may keep artifacts "
                "there. Remove them yourself, then leave out --artifacts."
            )
        artifacts = repository(uri, self._uri)
        if "delete" not in artifacts.capabilities:
            raise artifacts.unsupported("delete")
        return artifacts

    def _experiment(self, experiment_id: str, has_runs_left: bool) -> dict[str, Any]:
        row = _row("experiment", experiment_id) | {"experiment_id": experiment_id}
        try:
            experiment: Experiment = self._store.get_experiment(experiment_id)
            row |= {"name": experiment.name, "artifact_uri": experiment.artifact_location}
            if has_runs_left:
                raise InvalidState("Not all of its runs were removed.")
            if self._dry_run:
                return row | {"result": "would be removed"}
            self._store.purge_experiment(experiment_id)
        except ResourceDoesNotExist:
            return row | {"result": "was gone already"}
        except PegboardException as error:
            return row | {"problem": str(error)}
        return row | {"result": "removed"}


def _row(kind: str, id: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": id,
        "name": None,
        "experiment_id": None,
        "artifact_uri": None,
        "result": "not removed",
        "problem": None,
    }
