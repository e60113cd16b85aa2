"""The contract of project backends, which run projects somewhere. Provisional."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from pegboard.contracts.base import Provider


class SubmittedRun(ABC):
    """A handle on a project run that a backend accepted."""

    @property
    @abstractmethod
    def run_id(self) -> str:
        """The id of the tracked run."""

    @abstractmethod
    def wait(self) -> bool:
        """Wait for the end; return whether the run succeeded."""

    @abstractmethod
    def get_status(self) -> str:
        """Return a run status such as `RUNNING`."""

    @abstractmethod
    def cancel(self) -> None:
        """Stop the run and all its processes, wait for their end; without effect once it ended."""


class ProjectBackend(Provider):
    """Runs an entry point of a project. Provisional."""

    @abstractmethod
    def run(
        self,
        project_uri: str,
        entry_point: str,
        params: Mapping[str, str],
        version: str | None,
        backend_config: Mapping[str, Any],
        tracking_uri: str,
        experiment_id: str,
    ) -> SubmittedRun:
        """Submit a run and return at once.

        Args:
            project_uri: A local folder or a remote project.
            entry_point: The entry point's name.
            params: Parameters by name, checked and as text.
            version: A commit or branch for git projects.
            backend_config: Options of this backend.
            tracking_uri: Where the run is tracked.
            experiment_id: The experiment of the run.

        Raises:
            InvalidParameterValue: The project, entry point, parameters or options are wrong.
        """
