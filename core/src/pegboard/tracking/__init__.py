"""MLflow's import path `mlflow.tracking`: the client, the tracking URI and the fluent API."""

from __future__ import annotations

from pegboard.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pegboard.client import PegboardClient
    from pegboard.client import PegboardClient as MlflowClient
    from pegboard.tracking import client, fluent
    from pegboard.uris import (
        get_registry_uri,
        get_tracking_uri,
        is_tracking_uri_set,
        set_registry_uri,
        set_tracking_uri,
    )

__all__ = [
    "MlflowClient",
    "PegboardClient",
    "client",
    "fluent",
    "get_registry_uri",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_registry_uri",
    "set_tracking_uri",
]

_PLACES = {
    "MlflowClient": "pegboard.client:PegboardClient",
    "PegboardClient": "pegboard.client:PegboardClient",
    "client": "pegboard.tracking.client",
    "fluent": "pegboard.tracking.fluent",
    "get_registry_uri": "pegboard.uris:get_registry_uri",
    "get_tracking_uri": "pegboard.uris:get_tracking_uri",
    "is_tracking_uri_set": "pegboard.uris:is_tracking_uri_set",
    "set_registry_uri": "pegboard.uris:set_registry_uri",
    "set_tracking_uri": "pegboard.uris:set_tracking_uri",
}
__getattr__, __dir__ = lazy_names(__name__, _PLACES)
