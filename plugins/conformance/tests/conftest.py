"""Lets the modules in `support` be imported by name, here and in the processes that rules start."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))
