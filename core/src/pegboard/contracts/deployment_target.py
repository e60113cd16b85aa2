"""The contract of deployment targets, which serve models. Provisional."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from pegboard.contracts.base import Provider


class DeploymentTarget(Provider):
    """A place that serves models, such as a local server or a cloud service. Provisional.

    A deployment is described by a dictionary that has at least `name`.
    """

    @abstractmethod
    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Deploy the model under a new name; raise ResourceAlreadyExists if the name is taken."""

    @abstractmethod
    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Change a deployment; raise ResourceDoesNotExist if there is none of this name."""

    @abstractmethod
    def delete_deployment(self, name: str) -> None:
        """Remove a deployment; without effect if there is none of this name."""

    @abstractmethod
    def list_deployments(self) -> list[dict[str, Any]]:
        """Return all deployments, ordered by name."""

    @abstractmethod
    def get_deployment(self, name: str) -> dict[str, Any]:
        """Return one deployment; raise ResourceDoesNotExist if there is none of this name."""

    @abstractmethod
    def predict(self, deployment_name: str, inputs: Any) -> Any:
        """Return the deployed model's predictions for `inputs`, one a row."""
