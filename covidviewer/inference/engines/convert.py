"""torch network to an OpenVINO graph in the user's cache, in this process or in a child of low priority.

The folder's name carries everything that the graph depends on: checksum of the weights, version of OpenVINO, and the
source of the networks. So nothing stale can be loaded, and later starts need no torch.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from covidviewer import assets
from covidviewer.errors import CovidViewerError, DeviceError, __version__
from covidviewer.inference.manifest import WeightsCard, read_manifest

log = logging.getLogger(__name__)

#: Converted networks that are kept in the cache; each takes about 240 MB.
KEPT_GRAPHS = 4
_UNFINISHED, _UNFINISHED_SECONDS = ".making-", 3600.0
#: Convolutions at the beginning and at the end that stay in float32 beside bfloat16: the stem and the first stage are a
#: tenth of the work, and the roundings there are the ones that the whole network carries on. The last of a DPN work on
#: small maps, and what they round goes straight into the answer (probabilities were off by 0.085, now by 0.016).
PRECISE_CONVOLUTIONS = {
    "resnet50_fpn_attention": (11, 0),
    "da_covid_net": (11, 0),
    "dpn92_gc": (11, 22),
    "dpn92_se": (11, 22),
}
#: A linear layer with more outputs is none that gives classes.
MOST_CLASSES = 32
_PRECISE = (
    {"name": "precise", "version": "0"},
    {"name": "DisablePrecisionConversion", "version": "0", "value": "dynamic:f16"},
)

#: Niceness of the converting child, the same as the reading's own (`inference.worker`).
NICENESS = 10


def openvino_version() -> str:
    """Version of the installed OpenVINO, "" where there is none. Does not import it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("openvino")
    except PackageNotFoundError:
        return ""


@lru_cache(maxsize=1)
def _code_version() -> str:
    folder = Path(__file__).resolve().parent.parent / "networks"
    digest = hashlib.sha256(__version__.encode())
    for path in (*sorted(folder.glob("*.py")), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def graph_folder(card: WeightsCard) -> Path:
    """Where the converted graph of these weights lies, or will lie."""
    name = f"{card.sha256[:16]}-ov{openvino_version()}-{_code_version()}"
    return assets.cache_dir() / "graphs" / name


def graph_path(card: WeightsCard) -> Path | None:
    """The converted graph, or None when there is none yet."""
    path = graph_folder(card) / "network.xml"
    return path if path.is_file() else None


def forget(card: WeightsCard) -> None:
    """Take away a graph that cannot be loaded."""
    shutil.rmtree(graph_folder(card), ignore_errors=True)


def convert(card: WeightsCard) -> Path:
    """Convert now (seconds; imports torch and OpenVINO).

    Returns
    -------
    Path
        The graph's XML file. The folder appears whole or not at all.

    Raises
    ------
    WeightsError, DeviceError
        The weights do not load, or the conversion fails.
    """
    from covidviewer.inference.engines.torch_engine import require_torch

    torch = require_torch()
    from covidviewer.inference.engines.openvino_import import import_openvino
    from covidviewer.inference.loading import load_network
    from covidviewer.inference.networks.fused import OUTPUT_NAMES, Fused
    from covidviewer.inference.networks.idle import leave_out_idle

    openvino = import_openvino()
    network, shape = load_network(card), (card.input.channels, *card.input.shape)
    leave_out_idle(network, shape)
    fused = Fused(network)
    example = torch.zeros(2, *shape)
    target = graph_folder(card)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=target.parent))
    try:
        try:
            # Export and not tracing: shapes stay plain numbers, so the graph keeps no arithmetic on them.
            batch = torch.export.Dim("batch", min=1, max=64)
            with warnings.catch_warnings():
                # torch 2.13 announces a change of its own pytree, which OpenVINO 2026.4 copies; nobody here can act.
                warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
                exported = torch.export.export(fused, (example,), dynamic_shapes={"x": {0: batch}})
                graph = openvino.convert_model(exported)
            graph.reshape([-1, *shape])
            for output, name in zip(graph.outputs, OUTPUT_NAMES, strict=True):
                output.get_tensor().set_names({name})
            keep_last_layer_precise(graph)
            openvino.save_model(graph, work / "network.xml", compress_to_fp16=False)
            keep_ends_precise(work / "network.xml", *PRECISE_CONVOLUTIONS.get(card.network, (0, 0)))
            _compare(work / "network.xml", Fused(load_network(card)), shape)  # the whole network, nothing left out
        except (RuntimeError, ValueError, TypeError) as error:
            raise DeviceError("The network could not be converted for OpenVINO.") from error
        try:
            work.rename(target)
        except OSError:
            if graph_path(card) is None:  # another process was not the first after all
                shutil.rmtree(target, ignore_errors=True)
                work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _sweep(card)
    return target / "network.xml"


def keep_last_layer_precise(graph: Any) -> None:
    """Write the last linear layer as products and a sum, which OpenVINO leaves in float32 beside bfloat16.

    As a matrix product it would be rounded with the rest, and 1024 rounded products of either sign cost more of a
    logit than all layers before it: the largest error of a probability went from 0.058 to 0.014 (40 validation
    pictures). The bias goes into the products, because OpenVINO 2026.4 adds a bias behind such a sum to the wrong
    classes.
    """
    from openvino import opset13 as ops

    for node in graph.get_ordered_ops():
        if node.get_type_name() != "MatMul":
            continue
        weights = node.input_value(1).get_node()
        followers = [target.get_node() for target in node.output(0).get_target_inputs()]
        if (
            weights.get_type_name() != "Constant"
            or len(weights.get_output_shape(0)) != 2
            or min(weights.get_output_shape(0)) > MOST_CLASSES  # a hidden layer: its products would fill the memory
            or len(followers) != 1
            or followers[0].get_type_name() != "Add"
            or followers[0].input_value(1).get_node().get_type_name() != "Constant"
        ):
            continue
        add = followers[0]
        matrix = np.array(weights.data, np.float32)
        if not node.get_attributes()["transpose_b"]:
            matrix = matrix.T
        matrix = np.ascontiguousarray(matrix)[None]
        bias = np.array(add.input_value(1).get_node().data, np.float32).reshape(1, -1, 1) / np.float32(matrix.shape[2])
        wide = ops.unsqueeze(node.input_value(0), ops.constant(np.array(1)))
        products = ops.add(ops.multiply(wide, ops.constant(matrix)), ops.constant(bias))
        total = ops.reduce_sum(products, ops.constant(np.array([2])), False)
        names = add.output(0).get_names()
        for target in add.output(0).get_target_inputs():
            target.replace_source_output(total.output(0))
        total.output(0).get_tensor().set_names(names)
    graph.validate_nodes_and_infer_types()


def keep_ends_precise(xml: Path, first: int, last: int = 0) -> None:
    """Mark both ends of the graph to stay in float32: the first and last convolutions, and all from the pooling on.

    The ends are where rounding costs most for the least time: the first layers' errors go through all others, and sums
    of a thousand rounded products come last. ``first`` and ``last`` count in the order of the graph.

    The attributes are OpenVINO's own, "precise" of the older and "DisablePrecisionConversion" of the newer versions;
    a version that knows neither runs these layers in bfloat16, and only a little accuracy is lost.
    """
    tree = ElementTree.parse(xml)
    layers = tree.getroot().find("layers")
    assert layers is not None
    convolutions = ("Convolution", "GroupConvolution")
    middle = sum(layer.get("type") in convolutions for layer in layers) - last
    seen, pooling = 0, False
    for layer in layers:
        seen += layer.get("type") in convolutions
        pooling = pooling or layer.get("type") == "ReduceSum"
        if first < seen <= middle and not pooling:
            continue
        if layer.get("type") in ("Const", "Parameter", "Result"):
            continue
        information = layer.find("rt_info")
        if information is None:
            # After the layer's own data, where there are any: the order that the reader expects.
            information = ElementTree.Element("rt_info")
            layer.insert(0 if layer.find("data") is None else 1, information)
        for attributes in _PRECISE:
            ElementTree.SubElement(information, "attribute", attributes)
    tree.write(xml, encoding="utf-8", xml_declaration=True)


def _compare(path: Path, fused: Any, shape: tuple[int, int, int]) -> None:
    """Run graph and network on the same noise: a graph that answers otherwise must never be used.

    Raises
    ------
    DeviceError
        They differ by more than rounding in float32.
    """
    import torch

    from covidviewer.inference.engines.openvino_engine import OpenVinoEngine

    batch = np.random.default_rng(0).standard_normal((2, *shape)).astype(np.float32)
    engine = OpenVinoEngine(path, "float32", cache=False)
    try:
        found = engine.run(batch)
    finally:
        engine.close()
    with torch.inference_mode():
        logits, embedding, *maps = (v.numpy() for v in fused(torch.from_numpy(batch)))
    pairs = [(found.logits, logits), (found.embedding, embedding), *zip(found.maps.values(), maps, strict=True)]
    for ours, theirs in pairs:
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=0, atol=1e-2 * np.abs(theirs).max()):
            raise DeviceError("The converted network does not answer as the original; it is not used.")


def _sweep(card: WeightsCard) -> None:
    """Take away what is of no use: graphs of the same weights for other versions, old ones, and broken-off work."""
    kept = graph_folder(card)
    others = [f for f in kept.parent.iterdir() if f.is_dir() and f != kept]
    stale = [f for f in others if f.name.startswith(f"{card.sha256[:16]}-")]
    limit = time.time() - _UNFINISHED_SECONDS
    stale += [f for f in others if f.name.startswith(_UNFINISHED) and f.stat().st_mtime < limit]
    whole = [f for f in others if f not in stale and not f.name.startswith(_UNFINISHED)]
    whole.sort(key=lambda f: f.stat().st_mtime, reverse=True)
    for folder in stale + whole[KEPT_GRAPHS - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


#: A conversion takes some twenty seconds; a child that takes so long hangs, and ends itself.
_LONGEST_SECONDS = 900.0

#: Children at work, by the folder that they fill: they outlive who asked for them, and who asks again gets the same.
_at_work: dict[Path, subprocess.Popen[bytes]] = {}


class Conversion:
    """A conversion in a child process of low priority, so that neither torch's import nor its work is felt.

    The child is of its own session and goes on when the program ends: a first session that is closed after some
    seconds would else leave nothing behind, and the next would begin again. What it makes appears whole or not at all.
    """

    def __init__(self, card: WeightsCard) -> None:
        self._card = card
        folder = graph_folder(card)
        for place in [place for place, child in _at_work.items() if child.poll() is not None]:
            del _at_work[place]
        self._process: subprocess.Popen[bytes] | None = _at_work.get(folder)
        if self._process is None:
            self._process = _at_work[folder] = _start(card)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def result(self) -> Path | None:
        """The graph once it is there; None while the child works or after it failed."""
        if self.running:
            return None
        if self._process is not None and self._process.returncode:
            log.warning("the conversion for OpenVINO ended with code %s", self._process.returncode)
            self._process = None
        return graph_path(self._card)

    def close(self) -> None:
        """Wait no longer; the child goes on by itself."""
        self._process = None

    def end(self) -> None:
        """End the child, if it still works; what it began is swept up by the next conversion."""
        child = _at_work.pop(graph_folder(self._card), None)
        self._process = None
        if child is not None and child.poll() is None:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(5)


def _start(card: WeightsCard) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "covidviewer.inference.engines.convert", str(card.folder), card.id]
    flags = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    nothing = subprocess.DEVNULL
    return subprocess.Popen(
        command, stdin=nothing, stdout=nothing, stderr=nothing, creationflags=flags, start_new_session=True
    )


def main(arguments: list[str]) -> int:
    """The child: folder of the manifest, id of the weights."""
    if hasattr(os, "nice"):
        # Below the screen, above the lane that answers meanwhile: the sooner this ends, the faster that goes on.
        os.nice(5)
    # Nobody waits for this process once the program has ended.
    watch = threading.Timer(_LONGEST_SECONDS, os._exit, (1,))
    watch.daemon = True
    watch.start()
    folder, name = Path(arguments[0]), arguments[1]
    try:
        card = next(c for c in read_manifest(folder) if c.id == name)
        if graph_path(card) is None:
            convert(card)
    except (CovidViewerError, StopIteration, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        watch.cancel()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
