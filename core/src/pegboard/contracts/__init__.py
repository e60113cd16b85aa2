"""The contracts: one base class a kind, for those who write providers.

Names follow MLflow's interfaces where it has one. A provider implements the abstract methods; every other
method has a correct default built on those and is overridden only to be faster.
"""

from __future__ import annotations

from pegboard.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pegboard.contracts.artifact_repository import ArtifactRepository
    from pegboard.contracts.base import Provider
    from pegboard.contracts.deployment_target import DeploymentTarget
    from pegboard.contracts.evaluator import EvaluationResult, Evaluator
    from pegboard.contracts.model_registry import ModelRegistry
    from pegboard.contracts.project_backend import ProjectBackend, SubmittedRun
    from pegboard.contracts.request_auth import RequestAuth
    from pegboard.contracts.request_header import RequestHeader
    from pegboard.contracts.run_context import RunContext
    from pegboard.contracts.tracking_store import TrackingStore

__all__ = [
    "ArtifactRepository",
    "DeploymentTarget",
    "EvaluationResult",
    "Evaluator",
    "ModelRegistry",
    "ProjectBackend",
    "Provider",
    "RequestAuth",
    "RequestHeader",
    "RunContext",
    "SubmittedRun",
    "TrackingStore",
]

_PLACES = {
    "ArtifactRepository": "pegboard.contracts.artifact_repository:ArtifactRepository",
    "DeploymentTarget": "pegboard.contracts.deployment_target:DeploymentTarget",
    "EvaluationResult": "pegboard.contracts.evaluator:EvaluationResult",
    "Evaluator": "pegboard.contracts.evaluator:Evaluator",
    "ModelRegistry": "pegboard.contracts.model_registry:ModelRegistry",
    "ProjectBackend": "pegboard.contracts.project_backend:ProjectBackend",
    "Provider": "pegboard.contracts.base:Provider",
    "RequestAuth": "pegboard.contracts.request_auth:RequestAuth",
    "RequestHeader": "pegboard.contracts.request_header:RequestHeader",
    "RunContext": "pegboard.contracts.run_context:RunContext",
    "SubmittedRun": "pegboard.contracts.project_backend:SubmittedRun",
    "TrackingStore": "pegboard.contracts.tracking_store:TrackingStore",
}
__getattr__, __dir__ = lazy_names(__name__, _PLACES)
