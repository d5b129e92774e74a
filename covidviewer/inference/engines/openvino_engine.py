"""OpenVINO on the processor: the form that is shipped. Imports no torch."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import DeviceError
from covidviewer.inference.engines.base import GRIDS, OutOfMemoryError, Outputs

log = logging.getLogger(__name__)
_HINT = {"float32": "f32", "bfloat16": "bf16"}


@lru_cache(maxsize=1)
def core() -> Any:
    """OpenVINO, imported once."""
    from covidviewer.inference.engines.openvino_import import import_openvino

    return import_openvino().Core()


@lru_cache(maxsize=1)
def supports_bfloat16() -> bool:
    """Whether the processor computes in bfloat16 (AMX, AVX-512 BF16), as OpenVINO says."""
    return "BF16" in core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class OpenVinoEngine:
    """A converted graph on the CPU.

    Parameters
    ----------
    graph
        XML file of `covidviewer.inference.engines.convert`.
    precision
        "float32" or "bfloat16"; the latter only where `supports_bfloat16`. A processor that only claims to have it gets
        float32: ``precision`` and ``label`` say what is computed in.
    threads
        Number of threads, 0: OpenVINO's own choice.
    cache
        Keep the compiled form beside the graph, for later starts.
    """

    device = "cpu"

    def __init__(self, graph: Path, precision: str = "float32", threads: int = 0, cache: bool = True) -> None:
        options: dict[str, Any] = {}
        if cache:
            options["CACHE_DIR"] = str(graph.parent / "compiled")
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        self._compile(str(graph), precision, options)

    def _compile(self, graph: Any, precision: str, options: dict[str, Any]) -> None:
        """A file's name, or a graph in memory."""
        try:
            self._compile_in(precision, graph, options)
        except DeviceError:
            if precision == "float32":
                raise
            log.warning("the graph could not be loaded in %s; it is loaded in float32", precision)
            self._compile_in("float32", graph, options)

    def _compile_in(self, precision: str, graph: Any, options: dict[str, Any]) -> None:
        self.precision = precision
        self.label = f"CPU (OpenVINO {precision})"
        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": _HINT[precision], **options}
        try:
            self._model: Any = core().compile_model(graph, "CPU", options)
            self._request: Any = self._model.create_infer_request()
        except RuntimeError as error:
            raise DeviceError("The converted network could not be loaded.") from error

    def run(self, batch: NDArray[np.float32], *, maps: bool = True) -> Outputs:
        """One pass; see `covidviewer.inference.engines.base.Engine.run`."""
        try:
            self._request.infer([batch], share_inputs=True)
            results = {
                next(iter(port.get_names())): np.array(self._request.get_tensor(port).data)
                for port in self._model.outputs
            }
        except MemoryError as error:
            raise OutOfMemoryError("Memory is not enough.", code="A01") from error
        except RuntimeError as error:
            kind = OutOfMemoryError if "alloc" in str(error).lower() else DeviceError
            raise kind("The network could not be run (OpenVINO).") from error
        grids = {grid: results[name] for name, grid in GRIDS.items() if name in results} if maps else {}
        return Outputs(results["logits"], results["embedding"], grids)

    def close(self) -> None:
        """Give the compiled network back."""
        self._request = self._model = None
