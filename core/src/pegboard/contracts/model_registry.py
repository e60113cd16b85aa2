"""The contract of model registries, which keep named lines of model versions. Provisional."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from pegboard.contracts.base import Provider
from pegboard.entities import ModelVersion, PagedList, RegisteredModel


class ModelRegistry(Provider):
    """Registered models, their versions, tags, aliases and stages. Provisional.

    Names are the keys of models; versions are decimal strings, counted from `1` within a model and never
    given twice. A name, version or alias that is not there raises ResourceDoesNotExist.
    """

    @abstractmethod
    def create_registered_model(
        self, name: str, tags: dict[str, str] | None = None, description: str | None = None
    ) -> RegisteredModel:
        """Make an empty model; raise ResourceAlreadyExists if the name is taken."""

    @abstractmethod
    def update_registered_model(self, name: str, description: str | None) -> RegisteredModel:
        """Set the description."""

    @abstractmethod
    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Rename with versions, tags and aliases kept; raise ResourceAlreadyExists if the name is taken."""

    @abstractmethod
    def delete_registered_model(self, name: str) -> None:
        """Delete the model with all its versions."""

    @abstractmethod
    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return the model with its latest version of each stage."""

    @abstractmethod
    def search_registered_models(
        self,
        filter_string: str = "",
        max_results: int = 100,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Return a page of models, by name unless `order_by` says otherwise."""

    @abstractmethod
    def set_registered_model_tag(self, name: str, key: str, value: str) -> None:
        """Set or overwrite a tag."""

    @abstractmethod
    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Delete a tag; without effect if it is not there."""

    @abstractmethod
    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: dict[str, str] | None = None,
        run_link: str | None = None,
        description: str | None = None,
    ) -> ModelVersion:
        """Add the next version; safe under concurrent calls, each of which gets a number of its own."""

    @abstractmethod
    def update_model_version(self, name: str, version: str, description: str | None) -> ModelVersion:
        """Set the description."""

    @abstractmethod
    def transition_model_version_stage(
        self, name: str, version: str, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Move to `None`, `Staging`, `Production` or `Archived`, optionally archiving who was there."""

    @abstractmethod
    def delete_model_version(self, name: str, version: str) -> None:
        """Delete a version with its tags and aliases; its number is not given again."""

    @abstractmethod
    def get_model_version(self, name: str, version: str) -> ModelVersion:
        """Return a version."""

    @abstractmethod
    def get_model_version_download_uri(self, name: str, version: str) -> str:
        """Return the artifact URI of a version."""

    @abstractmethod
    def search_model_versions(
        self,
        filter_string: str = "",
        max_results: int = 10_000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Return a page of versions, newest first unless `order_by` says otherwise."""

    @abstractmethod
    def set_model_version_tag(self, name: str, version: str, key: str, value: str) -> None:
        """Set or overwrite a tag."""

    @abstractmethod
    def delete_model_version_tag(self, name: str, version: str, key: str) -> None:
        """Delete a tag; without effect if it is not there."""

    @abstractmethod
    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias at a version, moving it from where it was."""

    @abstractmethod
    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Delete an alias; without effect if it is not there."""

    @abstractmethod
    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Return the version that an alias points at."""
