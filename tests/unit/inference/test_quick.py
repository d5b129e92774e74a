"""The form in 8 bits: how it is fitted, that it answers nearly the same, and that it is left where it does not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("openvino")

from covidviewer.inference import prepare, quick
from covidviewer.inference.engines import eight_bit
from covidviewer.inference.engines.eight_bit import EightBitEngine
from covidviewer.inference.engines.openvino_engine import OpenVinoEngine, core
from covidviewer.inference.manifest import InputSpec
from covidviewer.inference.pipeline import softmax

SIDE = 24


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four convolutions, one of them in groups, means, two classes."""
    import openvino
    from openvino import opset13 as ops

    rng = np.random.default_rng(0)

    def weights(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 1 / np.sqrt(np.prod(shape[-3:])), shape).astype(np.float32)

    x = ops.parameter([-1, 3, SIDE, SIDE], np.float32, name="x")
    same: dict[str, Any] = {"strides": [1, 1], "pads_begin": [1, 1], "pads_end": [1, 1], "dilations": [1, 1]}
    stem = ops.relu(ops.convolution(x, ops.constant(weights(16, 3, 3, 3)), **same))
    middle = ops.relu(ops.convolution(stem, ops.constant(weights(32, 16, 3, 3)), **same))
    grouped = ops.relu(ops.group_convolution(middle, ops.constant(weights(4, 8, 8, 3, 3)), **same))
    added = ops.add(ops.convolution(grouped, ops.constant(weights(32, 32, 3, 3)), **same), grouped)
    last = ops.relu(added)
    pooled = ops.reduce_mean(last, np.array([2, 3]), False)
    logits = ops.matmul(pooled, ops.constant(weights(32, 2) * 8), False, False)
    maps = ops.convolution(last, ops.constant(weights(2, 32, 1, 1)), [1, 1], [0, 0], [0, 0], [1, 1])
    named = {"logits": logits, "embedding": pooled, "maps_joint": maps, "maps_p5": ops.relu(maps)}
    model = openvino.Model([ops.result(node) for node in named.values()], [x])
    for output, name in zip(model.outputs, named, strict=True):
        output.get_tensor().set_names({name})
    path = tmp_path_factory.mktemp("graph") / "network.xml"
    openvino.save_model(model, path, compress_to_fp16=False)
    return path


def pictures(count: int = 24) -> NDArray[np.uint8]:
    """Variations of one picture: some of its squares at a middle grey."""
    rng = np.random.default_rng(1)
    picture = rng.integers(20, 220, (SIDE, SIDE))
    present = rng.integers(0, 2, (count, 4, 4)).repeat(6, axis=1).repeat(6, axis=2)
    return np.where(present == 1, picture, 100).astype(np.uint8)


class Stub:
    """As much of a pipeline as is asked for."""

    def __init__(self, graph: Path, device: str = "CPU (OpenVINO float32)") -> None:
        self.card = SimpleNamespace(input=InputSpec(size=(SIDE, SIDE)), temperature=1.0)
        self.plan = SimpleNamespace(precision="float32", batch=8)
        self.provenance = SimpleNamespace(device=device)
        self.engine = OpenVinoEngine(graph, cache=False)

    def load(self) -> Any:
        return self.provenance

    def predict(self, grey: NDArray[np.uint8]) -> NDArray[np.float32]:
        return softmax(self.engine.run(prepare.batch(grey, self.card.input)).logits)


@pytest.fixture
def stub(graph: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(quick.convert, "graph_path", lambda card: graph)
    return Stub(graph)


def test_all_but_the_stem_and_the_class_maps_are_fitted(graph: Path) -> None:
    model = core().read_model(str(graph))
    places = eight_bit._places(model)
    read = [node.get_type_name() for _, readers in places for node in readers]
    assert read == ["Convolution", "GroupConvolution", "Convolution"]
    inputs = prepare.batch(pictures(6), InputSpec(size=(SIDE, SIDE)))
    limits = eight_bit._limits(model, [source for source, _ in places], inputs, 4)
    assert all(low == 0 and high > 0 for low, high in limits)  # behind a ReLU


def test_it_answers_nearly_the_same(graph: Path) -> None:
    spec = InputSpec(size=(SIDE, SIDE))
    inputs = prepare.batch(pictures(), spec)
    engine, plain = EightBitEngine(graph, inputs[:12]), OpenVinoEngine(graph, cache=False)
    ours, theirs = engine.logits(inputs[12:]), plain.run(inputs[12:]).logits
    assert 0 < np.abs(ours - theirs).max() < 0.1 * np.ptp(theirs, axis=0).max()
    whole = engine.run(inputs[12:])
    assert np.array_equal(whole.logits, ours)
    assert (whole.embedding.shape, whole.maps) == ((12, 0), {})
    assert engine.label == "8 bits"
    engine.close()


def test_lime_asks_it_where_it_agrees(stub: Any) -> None:
    shown = pictures()
    with quick.quick_predict(stub, shown) as (predict, form):
        assert form == "8 bits"
        found = predict(shown[:8])
    assert found.shape == (8, 2)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    assert not np.array_equal(found, stub.predict(shown[:8]))
    assert quick.agree(found, stub.predict(shown[:8]))


def test_it_is_left_where_it_does_not(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(quick, "_ask", lambda engine, pipeline, shown: 1 - stub.predict(shown))
    monkeypatch.setattr(EightBitEngine, "close", lambda self: asked.append("closed"))
    with quick.quick_predict(stub, pictures()) as (predict, form):
        assert (predict, form) == (stub.predict, "")
    assert asked == ["closed"]


def test_without_openvino_or_trials_the_network_is_asked_as_it_is(stub: Any) -> None:
    with quick.quick_predict(stub, pictures(1)) as (predict, form):
        assert (predict, form) == (stub.predict, "")
    stub.provenance.device = "CUDA (float16)"
    with quick.quick_predict(stub, pictures()) as (predict, form):
        assert (predict, form) == (stub.predict, "")


def test_a_constant_difference_is_agreement_and_other_movement_is_not() -> None:
    theirs = np.linspace(0.3, 0.7, 16)[:, None] * np.array([1.0, 0]) + np.array([0, 1]) * (
        1 - np.linspace(0.3, 0.7, 16)[:, None]
    )
    assert quick.agree(theirs + 0.05, theirs)
    assert not quick.agree(theirs[::-1], theirs)
    assert not quick.agree(theirs * 0 + 0.5, theirs)
    # A network that says the same of everything leaves nothing to agree on.
    assert not quick.agree(np.array([[0.5, 0.5], [0.51, 0.49]]), np.full((2, 2), 0.5))


def test_a_map_in_8_bits_says_so_beside_the_device_of_the_reading() -> None:
    from covidviewer.inference.explain.lime import Lime
    from covidviewer.inference.explaining import _with_lime
    from covidviewer.inference.results import Provenance, SliceReading

    spec = InputSpec(size=(SIDE, SIDE))
    _, placement = prepare.forward(np.zeros((SIDE, SIDE), np.uint8), spec, units="grey")
    provenance = Provenance("n", "w", "0" * 64, 0.5, "a", "CPU (OpenVINO bfloat16)", "cam", "")
    key = ("s", "0", 0, "w", "cam", "", "")
    reading = SliceReading(key, 0, ("a", "b"), np.array([0.4, 0.6], np.float32), {}, {}, provenance, 1.0)  # type: ignore[arg-type]
    segments = np.zeros((SIDE, SIDE), np.intp)
    ones = np.ones(2)
    for form, device in (("8 bits", "CPU (OpenVINO bfloat16), map in 8 bits"), ("", "CPU (OpenVINO bfloat16)")):
        found = Lime(segments, np.ones((1, 2)), ones, ones, ones, form)
        assert _with_lime(reading, found, placement).provenance.device == device
