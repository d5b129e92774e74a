"""A converted graph with products of 8-bit numbers, fitted to one picture: for what asks a network a thousand times.

Post-training quantisation (Jacob et al., arXiv 1712.05877): what goes into a convolution is brought to 8 bits between
the limits that it keeps to on some inputs, weights are brought to 8 bits a channel. On processors with 8-bit products
this is about twice as fast as bfloat16. What it costs in accuracy depends on the inputs, so it is fitted to inputs of
the very picture, and `covidviewer.inference.quick` asks both forms before it relies on it. No reading is made by it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import DeviceError
from covidviewer.inference.engines.base import Outputs
from covidviewer.inference.engines.openvino_engine import OpenVinoEngine, core

__all__ = ["EightBitEngine"]

#: Convolutions at the beginning that stay as they are: the stem's few channels cost little, and their error all layers.
PRECISE = 1
#: Convolutions with fewer outputs give class maps; those stay as they are.
FEWEST_OUTPUTS = 16
KINDS = ("Convolution", "GroupConvolution")
#: Steps of an unsigned and of a signed number; weights keep the sign's two sides alike.
LEVELS, WEIGHT_LEVELS = 256, 255
#: The limit of a tensor is this percentile of the inputs' largest values: few outliers cost more than they tell.
LIMIT = 50.0


class EightBitEngine(OpenVinoEngine):
    """A graph in 8 bits.

    Parameters
    ----------
    graph
        XML file of `covidviewer.inference.engines.convert`.
    inputs
        N x channels x H x W float32: what the limits are taken from.
    precision
        Of what stays as it is: "float32" or "bfloat16".
    batch
        Inputs of one pass while limits are taken.

    Raises
    ------
    DeviceError
        OpenVINO cannot load or run the graph.
    """

    def __init__(self, graph: Path, inputs: NDArray[np.float32], precision: str = "float32", batch: int = 8) -> None:
        from openvino import Model

        try:
            whole = core().read_model(str(graph))
            model = Model(
                [r for r in whole.get_results() if "logits" in r.input_value(0).get_names()], whole.get_parameters()
            )
            _unmark(model)
            places = _places(model)
            limits = _limits(model, [source for source, _ in places], inputs, batch)
            for (source, readers), (low, high) in zip(places, limits, strict=True):
                _round(source, readers, low, high)
            model.validate_nodes_and_infer_types()
        except RuntimeError as error:
            raise DeviceError("The converted network could not be loaded.") from error
        self._compile(model, precision, {})
        self.label = "8 bits"

    def run(self, batch: NDArray[np.float32], *, maps: bool = True) -> Outputs:
        """Logits alone: there are no maps, and the embedding has no features."""
        return Outputs(self.logits(batch), np.empty((len(batch), 0), np.float32), {})

    def logits(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """N x channels x H x W to N x classes, before the temperature.

        Raises
        ------
        DeviceError
            The graph could not be run.
        """
        try:
            self._request.infer([batch], share_inputs=True)
            return np.array(self._request.get_output_tensor(0).data)
        except (MemoryError, RuntimeError) as error:
            raise DeviceError("The network could not be run (OpenVINO).") from error


def _unmark(model: Any) -> None:
    """No layer has to stay in float32: what `covidviewer.inference.engines.convert` marked costs copies in between."""
    for node in model.get_ordered_ops():
        information = node.get_rt_info()
        for key in list(information.keys()):
            if key.startswith(("precise", "DisablePrecisionConversion")):
                del information[key]


def _places(model: Any) -> list[tuple[Any, list[Any]]]:
    """Tensors that convolutions read, and those convolutions; in the order of the graph.

    OpenVINO 2026.4 takes wrong means of a convolution's map where neither bias nor ReLU lies between; no network here
    has that, and `covidviewer.inference.quick` would notice.
    """
    convolutions = [node for node in model.get_ordered_ops() if node.get_type_name() in KINDS]
    found: dict[tuple[str, int], tuple[Any, list[Any]]] = {}
    for node in convolutions[PRECISE:]:
        if node.output(0).get_partial_shape()[1].get_length() < FEWEST_OUTPUTS or _weights(node) is None:
            continue
        source = node.input_value(0)
        found.setdefault((source.get_node().get_friendly_name(), source.get_index()), (source, []))[1].append(node)
    return list(found.values())


def _weights(convolution: Any) -> NDArray[np.float32] | None:
    node = convolution.input_value(1).get_node()
    while node.get_type_name() in ("Convert", "Reshape"):
        node = node.input_value(0).get_node()
    return np.array(node.data, np.float32) if node.get_type_name() == "Constant" else None


def _limits(model: Any, ports: list[Any], inputs: NDArray[np.float32], batch: int) -> list[tuple[float, float]]:
    """Smallest and largest value of each tensor on usual inputs, by the graph in float32."""
    from openvino import Model
    from openvino import opset13 as ops

    def ends(port: Any) -> list[Any]:
        axes = np.arange(1, len(port.get_partial_shape()))
        return [ops.result(reduce(port, axes, False)) for reduce in (ops.reduce_min, ops.reduce_max)]

    watched = Model([result for port in ports for result in ends(port)], model.get_parameters(), "limits")
    compiled = core().compile_model(watched, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    lows: list[NDArray[np.float32]] = []
    highs: list[NDArray[np.float32]] = []
    for start in range(0, len(inputs), batch):
        part = inputs[start : start + batch]
        # A tensor may hold two looks at each input.
        ends_of = [values.reshape(len(part), -1) for values in compiled([part]).values()]
        lows.append(np.stack([values.min(axis=1) for values in ends_of[::2]]))
        highs.append(np.stack([values.max(axis=1) for values in ends_of[1::2]]))
    low = np.percentile(np.concatenate(lows, axis=1), 100 - LIMIT, axis=1)
    high = np.percentile(np.concatenate(highs, axis=1), LIMIT, axis=1)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def _round(source: Any, convolutions: list[Any], low: float, high: float) -> None:
    """A tensor and the weights of the convolutions that read it, on 8-bit grids."""
    from openvino import opset13 as ops

    if low < 0:  # two's complement: one step more below zero
        high = max(high, -low)
        low = -high * 128 / 127
    ends = np.float32(low if low < 0 else 0.0), np.float32(max(high, 1e-6))
    sums = [target for target in source.get_target_inputs() if target.get_node().get_type_name() == "Add"]
    rounded = ops.fake_quantize(source, *ends, *ends, LEVELS)
    if source.get_node().get_type_name() == "Relu":
        for target in sums:  # a block's output goes to the next sum in the same 8 bits: it need not be kept twice
            target.replace_source_output(rounded.output(0))
    for convolution in convolutions:
        weights = _weights(convolution)
        assert weights is not None
        channels = 2 if convolution.get_type_name() == "GroupConvolution" else 1
        each = np.abs(weights).max(axis=tuple(range(channels, weights.ndim)), keepdims=True)
        each = np.maximum(each, np.float32(1e-8)).astype(np.float32)
        convolution.input(0).replace_source_output(rounded.output(0))
        grid = ops.fake_quantize(convolution.input_value(1), -each, each, -each, each, WEIGHT_LEVELS)
        convolution.input(1).replace_source_output(grid.output(0))
