"""The graph for OpenVINO: where it lies, what is marked, what is refused. Whole conversions: tests/integration."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from covidviewer.errors import DeviceError
from covidviewer.inference import registry
from covidviewer.inference.engines import convert

NET = """<net><layers>
<layer id="0" type="Parameter"><data shape="1"/></layer>
<layer id="1" type="Const"><data/></layer>
<layer id="2" type="Convolution"><data strides="2"/><input/></layer>
<layer id="3" type="Add"><input/></layer>
<layer id="4" type="ReLU"><rt_info><attribute name="names"/></rt_info></layer>
<layer id="5" type="Convolution"><data/></layer>
<layer id="6" type="Convolution"><data/></layer>
</layers></net>"""


def marked(path: Path) -> dict[str, list[str]]:
    found = {}
    for layer in ElementTree.parse(path).getroot().iter("layer"):
        names = [str(a.get("name")) for a in layer.iter("attribute")]
        found[str(layer.get("id"))] = [n for n in names if n in ("precise", "DisablePrecisionConversion")]
    return found


def test_the_first_layers_are_marked_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "n.xml"
    path.write_text(NET, "utf-8")
    convert.keep_ends_precise(path, 2)
    both = ["precise", "DisablePrecisionConversion"]
    assert marked(path) == {"0": [], "1": [], "2": both, "3": both, "4": both, "5": both, "6": []}
    layer = next(x for x in ElementTree.parse(path).getroot().iter("layer") if x.get("id") == "2")
    assert [child.tag for child in layer] == ["data", "rt_info", "input"]
    path.write_text(NET, "utf-8")
    convert.keep_ends_precise(path, 0)
    assert not any(marked(path).values())
    path.write_text(NET, "utf-8")
    convert.keep_ends_precise(path, 1, 1)
    assert marked(path) == {"0": [], "1": [], "2": both, "3": both, "4": both, "5": [], "6": both}


def test_the_folder_names_all_that_a_graph_depends_on(toy_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = registry.choose()
    before = convert.graph_folder(card)
    assert convert.graph_path(card) is None
    assert convert.graph_folder(replace(card, sha256="0" * 64)) != before
    monkeypatch.setattr(convert, "openvino_version", lambda: "9999.1")
    assert convert.graph_folder(card) != before
    monkeypatch.undo()


def test_the_last_layer_is_the_same_sum_in_products() -> None:
    openvino = pytest.importorskip("openvino")
    from openvino import opset13 as ops

    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, 64)).astype(np.float32)
    bias = np.array([[1.5, -2.0, 0.25]], np.float32)
    for turned in (True, False):
        x = ops.parameter([-1, 64], np.float32)
        matrix = ops.constant(np.ascontiguousarray(weights if turned else weights.T))
        result = ops.result(ops.add(ops.matmul(x, matrix, False, turned), ops.constant(bias)))
        graph = openvino.Model([result], [x], "last")
        graph.outputs[0].get_tensor().set_names({"logits"})
        convert.keep_last_layer_precise(graph)
        assert "MatMul" not in {node.get_type_name() for node in graph.get_ops()}
        assert graph.outputs[0].get_names() == {"logits"}
        batch = rng.normal(size=(5, 64)).astype(np.float32)
        found = openvino.compile_model(graph, "CPU")([batch])[0]
        assert found == pytest.approx(batch @ weights.T + bias, abs=1e-4)


def test_a_graph_that_answers_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import torch

    from covidviewer.inference.engines import openvino_engine
    from covidviewer.inference.engines.base import Outputs

    class Other:
        def __init__(self, *args: Any, **options: Any) -> None:
            self.off = 0.0

        def run(self, batch: np.ndarray) -> Outputs:
            n = len(batch)
            maps = {"fine": np.ones((n, 2, 4, 4), np.float32), "coarse": np.ones((n, 2, 2, 2), np.float32)}
            return Outputs(np.array([[1, 2 + wrong]] * n, np.float32), np.ones((n, 3), np.float32), maps)

        def close(self) -> None:
            pass

    def fused(batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        n = len(batch)
        logits = torch.tensor([[1.0, 2.0]] * n)
        return logits, torch.ones(n, 3), torch.ones(n, 2, 4, 4), torch.ones(n, 2, 2, 2)

    monkeypatch.setattr(openvino_engine, "OpenVinoEngine", Other)
    wrong = 0.0
    convert._compare(tmp_path, fused, (3, 8, 8))
    wrong = 0.5
    with pytest.raises(DeviceError, match="not answer as the original"):
        convert._compare(tmp_path, fused, (3, 8, 8))


def waiting(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    real = subprocess.Popen

    def popen(command: list[str], **options: Any) -> Any:
        return real([sys.executable, "-S", "-c", code], **options)

    monkeypatch.setattr(convert.subprocess, "Popen", popen)


def test_a_child_goes_on_when_the_program_ends_and_is_asked_again(
    toy_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first session of a few seconds is not for nothing."""
    waiting(monkeypatch, "import time; time.sleep(60)")
    card = registry.choose()
    first = convert.Conversion(card)
    assert first.running
    assert first.result() is None
    child = first._process
    assert child is not None
    first.close()
    assert child.poll() is None
    again = convert.Conversion(card)
    try:
        assert again._process is child  # not a second one beside it
        assert again.running
    finally:
        began = time.monotonic()
        again.end()
    assert not again.running
    assert child.poll() is not None
    assert time.monotonic() - began < 5


def test_the_child_outlives_the_process_that_asked(tmp_path: Path) -> None:
    """Started by a short-lived interpreter in a terminal's session, it writes its result after that one is gone."""
    done = tmp_path / "done"
    code = f"import time, pathlib; time.sleep(1); pathlib.Path({str(done)!r}).write_text('x')"
    asker = (
        "import subprocess, sys\n"
        "from covidviewer.inference.engines import convert\n"
        "real = subprocess.Popen\n"
        f"convert.subprocess.Popen = lambda command, **o: real([sys.executable, '-S', '-c', {code!r}], **o)\n"
        "from pathlib import Path\n"
        "convert.graph_folder = lambda card: Path('graph')\n"
        "class Card: folder, id = Path('.'), 'x'\n"
        "convert.Conversion(Card()).close()\n"
    )
    subprocess.run([sys.executable, "-c", asker], check=True, timeout=60)
    assert not done.exists()
    limit = time.monotonic() + 30
    while not done.exists() and time.monotonic() < limit:
        time.sleep(0.05)
    assert done.read_text() == "x"


def test_a_child_that_fails_gives_no_graph(toy_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(monkeypatch, "raise SystemExit(1)")
    conversion = convert.Conversion(registry.choose())
    while conversion.running:
        time.sleep(0.02)
    assert conversion.result() is None


def test_the_child_says_what_is_wrong(toy_weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toy_weights / "toy.ct_v1.safetensors").write_bytes(b"x")
    nice = getattr(convert.os, "nice", None)
    try:
        convert.os.nice = lambda n: 0  # type: ignore[attr-defined]  # the test process keeps its own
        assert convert.main([str(toy_weights), "toy.ct_v1"]) == 1
    finally:
        if nice is not None:
            convert.os.nice = nice  # type: ignore[attr-defined]
    assert "checksum" in capsys.readouterr().err


def test_old_graphs_and_broken_off_work_are_swept_away(toy_weights: Path) -> None:
    import os

    card = registry.choose()
    kept = convert.graph_folder(card)
    root = kept.parent
    names = [
        kept.name,
        f"{card.sha256[:16]}-ov1-old",
        ".making-old",
        ".making-new",
        *(f"other{i}-ov1" for i in range(5)),
    ]
    for age, name in enumerate(names):
        (root / name).mkdir(parents=True)
        moment = time.time() - 10 * age - (10_000 if name == ".making-old" else 0)
        os.utime(root / name, (moment, moment))
    convert._sweep(card)
    assert {f.name for f in root.iterdir()} == {kept.name, ".making-new", "other0-ov1", "other1-ov1", "other2-ov1"}
