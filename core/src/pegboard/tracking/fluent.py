"""MLflow's import path `mlflow.tracking.fluent`."""

from __future__ import annotations

from pegboard.fluent import *  # noqa: F403
