"""MLflow's import path `mlflow.projects`; running projects comes with a plugin."""

from __future__ import annotations

from typing import Any, NoReturn

from pegboard.errors import Unsupported


def run(uri: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Run a project.

    Raises:
        Unsupported: Always, as no distribution that runs projects is there yet.
    """
    raise Unsupported(
        f"Running the project '{uri}' needs a plugin that runs projects, and none is there yet. Run its "
        "script directly; what it logs is tracked all the same."
    )
