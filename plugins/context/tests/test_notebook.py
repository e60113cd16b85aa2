"""What a run in a real Jupyter kernel says of its source."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipykernel")
client = pytest.importorskip("jupyter_client.manager")

TELL = """
import json
from pegboard_context.notebook import NotebookContext
context = NotebookContext()
print(json.dumps([context.in_context(), context.tags()]))
"""


def told(folder: Path, code: str = TELL, **variables: str) -> Any:
    """Run code in a kernel of its own and return what it prints."""
    printed: list[str] = []
    manager, kernel = client.start_new_kernel(
        kernel_name="python3", cwd=str(folder), env={**os.environ, **variables}
    )
    try:
        kernel.execute_interactive(
            code,
            timeout=60,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
    return json.loads("".join(printed))


def test_a_kernel_whose_host_tells_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, JPY_SESSION_NAME="") == [True, {"mlflow.source.type": "NOTEBOOK"}]


def test_a_kernel_of_a_jupyter_server(tmp_path: Path) -> None:
    assert told(tmp_path, JPY_SESSION_NAME="/work/my study.ipynb") == [
        True,
        {"mlflow.source.type": "NOTEBOOK", "mlflow.source.name": "my study.ipynb"},
    ]


def test_a_kernel_of_vs_code(tmp_path: Path) -> None:
    code = f"__vsc_ipynb_file__ = '/work/a.ipynb'\n{TELL}"
    assert told(tmp_path, code, JPY_SESSION_NAME="a-jvsc-1234.ipynb")[1]["mlflow.source.name"] == "a.ipynb"
