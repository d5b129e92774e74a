"""From slices to readings, on a toy network that sums what is bright."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Kind
from covidviewer.errors import Cancelled, DeviceError, UsageError
from covidviewer.inference import device
from covidviewer.inference import pipeline as pipeline_module
from covidviewer.inference.device import Notice
from covidviewer.inference.engines import convert, openvino_engine
from covidviewer.inference.engines.base import OutOfMemoryError, Outputs
from covidviewer.inference.pipeline import Pipeline, softmax
from covidviewer.inference.prepare import map_to_slice
from covidviewer.inference.results import Choice
from covidviewer.inference.series import collect

pytestmark = pytest.mark.usefixtures("toy_weights", "on_torch")
Make = Callable[..., Any]


def test_class_and_map_come_from_one_pass(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=3)
    volume = volume_of(stack)
    pipeline = Pipeline(Choice(device="cpu"))
    answers = pipeline.read_slices(volume, stack, [0, 1])
    assert [r.slice_index for r in answers.readings] == [0, 1]
    with_finding, without = answers.readings
    assert with_finding.probabilities[0] > without.probabilities[0]
    assert with_finding.probabilities.sum() == pytest.approx(1, abs=1e-6)
    assert with_finding.maps["fine"].shape == (2, 56, 56)
    assert with_finding.maps["coarse"].shape == (2, 7, 7)
    # The map's sum, scaled back, and the bias are the logit; the temperature of the manifest is 2.
    logit = with_finding.maps["fine"][0].astype(np.float64).sum() * 0.002 + 3.0
    other = with_finding.maps["fine"][1].astype(np.float64).sum() * 0.002
    expected = 1 / (1 + np.exp(-(logit - other) / 2.0))
    assert with_finding.probabilities[0] == pytest.approx(expected, abs=2e-3)
    assert with_finding.provenance.device == "CPU (torch float32)"
    assert with_finding.provenance.threshold == 0.5
    pipeline.close()


def test_the_map_finds_the_bright_part(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=2)
    volume = volume_of(stack)
    pipeline = Pipeline(Choice(device="cpu"))
    found = pipeline.read_slices(volume, stack, [0, 1]).readings
    maps = [map_to_slice(r.heatmap("covid"), (stack.rows, stack.columns)) for r in found]  # type: ignore[arg-type]
    rows, columns = np.nonzero(maps[0] - maps[1] > 0.5 * (maps[0] - maps[1]).max())
    truth = np.nonzero(volume.values[0].astype(float) - volume.values[1] > 400)
    assert abs(rows.mean() - truth[0].mean()) < 1.5
    assert abs(columns.mean() - truth[1].mean()) < 1.5


def test_slices_without_lung_and_failed_ones_are_skipped_with_a_reason(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=4)
    volume = volume_of(stack, lungs=lambda i: i != 2)
    volume.failed[3] = "slice003.dcm: broken."
    volume.filled[3] = False
    answers = Pipeline(Choice(device="cpu")).read_slices(volume, stack, range(4))
    assert [r.slice_index for r in answers.readings] == [0, 1]
    assert answers.skipped == {2: "Too little lung in this slice.", 3: "slice003.dcm: broken."}


def test_a_series_is_read_nearest_first_and_can_be_called_off(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=20, rows=96, columns=96, spacing=(3.0, 3.0))
    volume = volume_of(stack)
    pipeline = Pipeline(Choice(device="cpu"))
    units = pipeline.read_series(volume, stack, first=10)
    first = next(units)
    assert {r.slice_index for r in first.readings} == {6, 7, 8, 9, 10, 11, 12, 13}
    assert first.readings[0].slice_index == 10

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        next(pipeline.read_series(volume, stack, 0, stop))


def test_reading_of_a_series(stack_of: Make, volume_of: Make) -> None:
    stack = stack_of(count=12, rows=96, columns=96, spacing=(3.0, 3.0))
    volume = volume_of(stack, lungs=lambda i: i > 0)
    pipeline = Pipeline(Choice(device="cpu"))
    verdict = pipeline.judge(stack, volume)
    assert verdict.verdict == "caution"  # twelve slices are few
    reading = collect(pipeline, stack, volume, pipeline.read_series(volume, stack), verdict)
    assert reading.probabilities.shape == (12, 2)
    assert np.isnan(reading.probabilities[0]).all()
    assert np.isfinite(reading.probabilities[1:]).all()
    assert reading.score is not None
    assert set(reading.score.slices) <= {3, 6, 9}
    assert reading.map(3, "covid").shape == (96, 96)
    assert np.isnan(reading.map(0, "covid")).all()


class _Full:
    """An engine that has room for batches of at most ``room``."""

    label, device, precision = "CUDA test", "cuda", "float32"

    def __init__(self, room: int, error: type[DeviceError] = OutOfMemoryError) -> None:
        self.room, self.error, self.sizes = room, error, []  # type: ignore[var-annotated]

    def run(self, batch: NDArray[np.float32], *, maps: bool = True) -> Outputs:
        self.sizes.append(len(batch))
        if len(batch) > self.room:
            raise self.error("full")
        n = len(batch)
        return Outputs(np.zeros((n, 2), np.float32), np.zeros((n, 3), np.float32), {"fine": np.zeros((n, 2, 4, 4))})

    def close(self) -> None:
        pass


def _on_cuda(monkeypatch: pytest.MonkeyPatch, engine: _Full, told: list[Notice]) -> Pipeline:
    from covidviewer.inference.engines import torch_engine

    cpu = torch_engine.open_torch

    def open_torch(card: Any, where: str = "cpu", precision: str = "float32") -> Any:
        return engine if where == "cuda" else cpu(card)

    monkeypatch.setattr(torch_engine, "open_torch", open_torch)
    card = device.Cuda("test", (6, 1), int(80e9), int(80e9))
    return Pipeline(Choice(device="auto"), cuda=card, tell=told.append)


def test_smaller_batches_come_before_the_processor(
    stack_of: Make, volume_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_of(count=32, rows=64, columns=64, spacing=(5.0, 5.0))
    volume = volume_of(stack)
    told: list[Notice] = []
    engine = _Full(room=8)
    pipeline = _on_cuda(monkeypatch, engine, told)
    answers = pipeline.read_slices(volume, stack, range(32))
    assert len(answers.readings) == 32
    assert engine.sizes == [32, 16, 8, 8, 8, 8]
    assert [n.code for n in told] == ["A01", "A01"]
    assert pipeline.plan.batch == 8
    pipeline.recover()
    assert pipeline.plan.steps == 0


def test_no_room_at_all_ends_on_the_processor_and_comes_back(
    stack_of: Make, volume_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_of(count=4, rows=64, columns=64, spacing=(5.0, 5.0))
    volume = volume_of(stack)
    told: list[Notice] = []
    pipeline = _on_cuda(monkeypatch, _Full(room=0), told)
    answers = pipeline.read_slices(volume, stack, range(4))
    assert answers.readings[0].provenance.device == "CPU (torch float32)"
    assert [n.code for n in told] == ["A01", "A01", "A01", "A02"]
    assert "half precision" in told[2].text


def test_a_card_that_fails_hands_over_to_the_processor(
    stack_of: Make, volume_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_of(count=2)
    told: list[Notice] = []
    pipeline = _on_cuda(monkeypatch, _Full(room=0, error=DeviceError), told)
    answers = pipeline.read_slices(volume_of(stack), stack, range(2))
    assert len(answers.readings) == 2
    assert [n.code for n in told] == ["A02"]


def test_unknown_names_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"toy\.ct_v1"):
        Pipeline(Choice(network="nonsense"))
    with pytest.raises(UsageError, match="gradcam"):
        Pipeline(Choice(method="nonsense"))


def test_equal_questions_have_equal_keys(stack_of: Make) -> None:
    pipeline = Pipeline(Choice(device="cpu"))
    first, second = pipeline.request("a", 3), pipeline.request("a", 3)
    assert first.id != second.id
    assert first.key == second.key != pipeline.request("a", 4).key


def test_a_picture_is_scored_only_with_caution(stack_of: Make, volume_of: Make) -> None:
    stack = replace(stack_of(count=1), kind=Kind.PICTURE)
    volume = volume_of(stack)
    volume.units = ""
    pipeline = Pipeline(Choice(device="cpu"))
    assert pipeline.judge(stack, volume, kind="film").refused
    verdict = pipeline.judge(stack, volume, kind="ct")
    assert verdict.verdict == "caution"
    assert not verdict.series_score
    assert "said to be a CT slice" in verdict.reasons[0]


def test_softmax_of_large_logits() -> None:
    values = softmax(np.array([[1000.0, 0.0], [0.0, 0.0]], np.float32))
    assert values.tolist() == [[1.0, 0.0], [0.5, 0.5]]


class _Converter:
    """In the place of OpenVINO: a processor that loads what ``loads`` names."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, loads: tuple[str, ...]) -> None:
        self.made = self.forgotten = 0
        graph, there = tmp_path / "network.xml", [True]

        def compile_model(path: str, name: str, options: dict[str, Any]) -> object:
            if options["INFERENCE_PRECISION_HINT"] not in loads:
                raise RuntimeError("supported primitive descriptors list is empty")
            return SimpleNamespace(create_infer_request=lambda: None)

        def forget(card: object) -> None:
            self.forgotten += 1
            there[0] = False

        def make(card: object) -> Path:
            self.made += 1
            assert self.made < 5, "made again and again"
            there[0] = True
            return graph

        monkeypatch.setattr(openvino_engine, "core", lambda: SimpleNamespace(compile_model=compile_model))
        monkeypatch.setattr(pipeline_module, "_unloadable", Counter())
        monkeypatch.setattr(convert, "graph_path", lambda card: graph if there[0] else None)
        monkeypatch.setattr(convert, "forget", forget)
        monkeypatch.setattr(convert, "convert", make)
        plan = device.DevicePlan("cpu", "openvino", "bfloat16", 8, ())
        monkeypatch.setattr(device, "choose", lambda choice, cuda: plan)


def test_a_processor_that_only_claims_bfloat16_reads_in_float32(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    converter = _Converter(monkeypatch, tmp_path, ("f32",))
    pipeline = Pipeline(Choice(device="cpu"), convert_in="now")
    assert pipeline.load().device == "CPU (OpenVINO float32)"
    assert pipeline.precision == "float32"
    assert (converter.made, converter.forgotten) == (0, 0)


def test_a_graph_that_no_way_loads_is_made_again_once_and_then_torch_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    converter = _Converter(monkeypatch, tmp_path, ())
    pipeline = Pipeline(Choice(device="cpu"), convert_in="now")
    assert pipeline.load().device == "CPU (torch float32)"
    assert (converter.made, converter.forgotten) == (1, 1)
    pipeline.close()
    again = Pipeline(Choice(device="cpu"), convert_in="now")
    assert again.load().device == "CPU (torch float32)"
    assert converter.made == 1  # the program remembers
    again.close()


def test_weights_that_bfloat16_changes_are_read_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = device.DevicePlan("cpu", "openvino", "bfloat16", 8, ())
    monkeypatch.setattr(device, "choose", lambda choice, cuda: replace(plan, precision="bfloat16"))
    pipeline = Pipeline(Choice(device="cpu"))
    assert pipeline.precision == "bfloat16"
    asked = Pipeline(Choice(device="cpu", precision="bfloat16"))
    for one, precision in ((Pipeline(Choice(device="cpu")), "float32"), (asked, "bfloat16")):
        one.card = replace(one.card, float32=True)
        assert one.precision == precision  # who names a precision gets it
