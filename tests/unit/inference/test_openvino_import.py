"""Nothing calls home: OpenVINO's telemetry package is never loaded."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from covidviewer.inference.engines.openvino_import import import_openvino
openvino = import_openvino()
openvino.Core()
openvino.convert_model
print(sorted(m for m in sys.modules if m.startswith("openvino_telemetry") and sys.modules[m] is not None))
"""


def test_importing_openvino_loads_no_telemetry() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_without_the_shield_it_would_be_loaded() -> None:
    """The test above would pass for nothing if OpenVINO had stopped doing it."""
    code = "import sys, openvino; print('openvino_telemetry' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False, env={"CI": "1"}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True"
