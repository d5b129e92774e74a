"""The one place that imports OpenVINO, so that nothing calls home.

OpenVINO's Python package reports each import to its maker through ``openvino_telemetry`` unless the user has opted out,
and its converter reports each conversion. It falls back to a stub where that package cannot be imported; a reading room
gets the stub.
"""

from __future__ import annotations

import sys
from types import ModuleType

from covidviewer.errors import DeviceError


def import_openvino() -> ModuleType:
    """The ``openvino`` module, its telemetry kept from loading.

    Raises
    ------
    DeviceError
        It is not installed, or its libraries cannot be loaded here.
    """
    if "openvino" not in sys.modules:
        # None makes every later `import openvino_telemetry` an ImportError (the import system's own rule).
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except (ImportError, OSError) as error:
        raise DeviceError("OpenVINO is not installed or cannot be loaded here.") from error
    module: ModuleType = openvino
    return module
