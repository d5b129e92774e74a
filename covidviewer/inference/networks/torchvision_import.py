"""The one place that imports torchvision.

The registry's torchvision 0.28.0 is a CUDA 13 build. Beside the CPU build of torch 2.13.0 its compiled library does not
load, and a plain ``import torchvision`` stops with "operator torchvision::nms does not exist", because its Python
describes operators that the library would have brought. So the schemas of these are declared first, without an
implementation: all of its Python (models, transforms) works then, and only the compiled operators stay missing. We need
none of them (`deformable` is plain torch). Where the library loads, nothing is declared.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, cast

from covidviewer.errors import DeviceError

__all__ = ["SCHEMAS", "declared", "import_torchvision"]

#: What torchvision describes whether or not its library is there (its ``_meta_registrations.py``).
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

#: Kept for the life of the program: the schemas go with the object.
_library: list[Any] = []


def declared() -> bool:
    """Whether this module had to stand in for the compiled library."""
    return bool(_library)


def _declare() -> None:
    import torch

    library: Any = cast(Any, torch.library).Library("torchvision", "DEF")
    for schema in SCHEMAS:
        library.define(schema)
    _library.append(library)
    # What the broken-off import left half made.
    for name in [n for n in sys.modules if n == "torchvision" or n.startswith("torchvision.")]:
        del sys.modules[name]


def import_torchvision() -> Any:
    """The module torchvision.

    Raises
    ------
    DeviceError
        It is not installed, or does not load for another reason than its missing operators.
    """
    try:
        return import_module("torchvision")
    except ImportError as error:
        raise DeviceError(
            "Baselines need torchvision, which is not installed.",
            advice='Install it with: pip install "covidviewer[train]".',
        ) from error
    except RuntimeError as error:
        if declared() or "operator torchvision::" not in str(error):
            raise DeviceError("torchvision cannot be loaded here.") from error
    _declare()
    try:
        return import_module("torchvision")
    except (ImportError, RuntimeError) as error:
        raise DeviceError("torchvision cannot be loaded here, not even without its compiled operators.") from error
