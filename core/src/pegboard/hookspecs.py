"""The hook specifications of the nine kinds: what a plugin's hook is called with, and what it returns.

A plugin implements the hook of each kind that it offers with `@pegboard.hookimpl`, may take fewer arguments
than the specification has, and imports what it needs inside the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from pegboard.contracts import (
        ArtifactRepository,
        DeploymentTarget,
        Evaluator,
        ModelRegistry,
        ProjectBackend,
        RequestAuth,
        RequestHeader,
        RunContext,
        TrackingStore,
    )

PROJECT = "pegboard"
hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def tracking_store(uri: str, artifact_root: str | None) -> TrackingStore | None:
    """Open the tracking store at `uri`; new experiments keep artifacts under `artifact_root` if given."""


@hookspec(firstresult=True)
def artifact_repository(uri: str, tracking_uri: str | None) -> ArtifactRepository | None:
    """Open the artifact repository at `uri`; `tracking_uri` tells the host where `uri` names none."""


@hookspec(firstresult=True)
def run_context(name: str) -> RunContext | None:
    """Return the run context that is registered as `name`; its tags go to each run that starts."""


@hookspec(firstresult=True)
def request_auth(name: str) -> RequestAuth | None:
    """Return the credentials provider registered as `name`; a setting chooses it for REST requests."""


@hookspec(firstresult=True)
def request_header(name: str) -> RequestHeader | None:
    """Return the header provider registered as `name`; its headers go with each REST request."""


@hookspec(firstresult=True)
def model_registry(uri: str) -> ModelRegistry | None:
    """Open the model registry at `uri`."""


@hookspec(firstresult=True)
def project_backend(name: str) -> ProjectBackend | None:
    """Return the project backend registered as `name`, which runs projects somewhere."""


@hookspec(firstresult=True)
def evaluator(name: str) -> Evaluator | None:
    """Return the evaluator registered as `name`, which measures models on data."""


@hookspec(firstresult=True)
def deployment_target(name: str, uri: str) -> DeploymentTarget | None:
    """Return the client of the deployment target at `uri`, whose scheme is `name`."""
