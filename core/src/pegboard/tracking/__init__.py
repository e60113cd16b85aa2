"""MLflow's import path `mlflow.tracking`: the client and the tracking URI."""

from __future__ import annotations

from pegboard.client import PegboardClient
from pegboard.client import PegboardClient as MlflowClient
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
    "get_registry_uri",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_registry_uri",
    "set_tracking_uri",
]
