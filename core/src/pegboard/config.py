"""MLflow's import path `mlflow.config`: switches of the running process."""

from __future__ import annotations

from pegboard import settings
from pegboard.uris import (
    get_registry_uri,
    get_tracking_uri,
    is_tracking_uri_set,
    set_registry_uri,
    set_tracking_uri,
)

__all__ = [
    "enable_async_logging",
    "get_registry_uri",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_registry_uri",
    "set_tracking_uri",
]


def enable_async_logging(enable: bool = True) -> None:
    """Log in the background from now on unless a call says otherwise, here and in child processes."""
    settings.ENABLE_ASYNC_LOGGING.set_for_children("true" if enable else "false")
