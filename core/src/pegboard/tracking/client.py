"""MLflow's import path `mlflow.tracking.client`."""

from __future__ import annotations

from pegboard.client import PegboardClient
from pegboard.client import PegboardClient as MlflowClient

__all__ = ["MlflowClient", "PegboardClient"]
