"""Helpers are modules beside the tests; importlib mode does not find them by itself."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("", "gradient"):
    sys.path.insert(0, str(Path(__file__).resolve().parent / folder))
