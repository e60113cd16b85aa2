"""MLflow's import path `mlflow.exceptions`."""

from __future__ import annotations

from pegboard.errors import MissingDependency, PegboardException
from pegboard.errors import PegboardException as MlflowException

__all__ = ["MissingDependency", "MlflowException", "PegboardException"]
