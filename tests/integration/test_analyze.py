"""The shipped network on real files: what is scored, what is refused, what the engines agree on."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from covidviewer import assets
from covidviewer.__main__ import main
from covidviewer.inference import device, registry
from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.picture_kind import guess_picture_kind
from covidviewer.inference.pipeline import Pipeline
from covidviewer.inference.results import Choice
from covidviewer.study import open_study


@pytest.fixture(scope="module")
def card() -> WeightsCard:
    found = [x for x in registry.list_weights() if x.card.modality == "CT"]
    if not found or not found[0].available:
        pytest.skip(f"no CT weights in {assets.weights_dir().name}")
    if device.torch_build() is None:
        pytest.skip("PyTorch is not installed")
    return found[0].card


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of this module's own: the first use converts the network, the next finds it."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COVIDVIEWER_CACHE", str(folder))
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_real_chest_ct(card: WeightsCard, cache: Path, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "dicom" / "real_chest_ct" / "siemens_8mm"
    assert main(["analyze", str(folder), "--out", str(tmp_path), "--device", "cpu"]) == 0
    slices, (series,) = rows(tmp_path / "slices.csv"), rows(tmp_path / "series.csv")
    skipped = rows(tmp_path / "skipped.csv")
    assert len(slices) + len(skipped) == 30
    assert 24 <= len(slices) <= 28
    assert {r["reason"] for r in skipped} == {"Too little lung in this slice."}
    assert {r["weights_sha256"] for r in slices} == {card.sha256}
    assert all(0 <= float(r["p_covid"]) <= 1 for r in slices)
    assert "Thick slices (8 mm)." in series["reasons"]
    assert series["rule"].startswith("mean of the 3 of")
    if device.has_openvino():
        assert "OpenVINO" in series["device"]
        assert list(cache.glob("graphs/*/network.xml"))


@pytest.mark.skipif(not device.has_openvino(), reason="OpenVINO is not installed")
def test_what_is_shipped_agrees_with_eager_float32(card: WeightsCard, cache: Path, shared_data: Path) -> None:
    """Probabilities within 0.02 (issue, speed), maps of the same shape and place."""
    from covidviewer.inference.engines import convert
    from covidviewer.inference.engines.openvino_engine import OpenVinoEngine, supports_bfloat16
    from covidviewer.inference.engines.torch_engine import open_torch
    from covidviewer.inference.pipeline import softmax
    from covidviewer.inference.prepare import batch, forward

    series = open_study(shared_data / "dicom" / "real_chest_ct" / "ge_3p27mm").series[0]
    volume = series.allocate()
    chosen = [15, 30, 45, 60]
    for _ in series.fill(volume, chosen):
        pass
    pictures = [forward(volume.slice(i), card.input, padding=volume.padding)[0] for i in chosen]
    images = batch(pictures, card.input)
    reference = open_torch(card).run(images)
    graph = convert.graph_path(card) or convert.convert(card)
    for precision in ["float32", "bfloat16"] if supports_bfloat16() else ["float32"]:
        engine = OpenVinoEngine(graph, precision)
        found = engine.run(images)
        expected = softmax(reference.logits / card.temperature)
        assert np.abs(softmax(found.logits / card.temperature) - expected).max() < 0.02
        assert found.embedding.shape == reference.embedding.shape
        for grid, values in reference.maps.items():
            scale = card.scale(grid, card.positive)
            assert found.maps[grid].shape == values.shape
            assert np.abs(found.maps[grid] - values)[:, 0].mean() / scale < 0.05
        one = engine.run(images[:1])  # another batch size, the same answer
        assert one.logits[0] == pytest.approx(found.logits[0], abs=0.05)
        engine.close()


@pytest.mark.skipif(not device.has_openvino(), reason="OpenVINO is not installed")
def test_a_later_start_imports_no_torch(card: WeightsCard, cache: Path, shared_data: Path) -> None:
    from covidviewer.inference.engines import convert

    if convert.graph_path(card) is None:
        convert.convert(card)
    image = sorted((shared_data / "dicom" / "real_chest_ct" / "siemens_8mm").glob("*.dcm"))[15]
    code = (
        "import sys, covidviewer as cv\n"
        f"r = cv.read(cv.open({str(image)!r}).series[0], device='cpu')\n"
        "print(r.provenance.device, 'torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert "OpenVINO" in found.stdout
    assert found.stdout.strip().endswith("False")


@pytest.mark.skipif(not device.has_openvino(), reason="OpenVINO is not installed")
def test_a_damaged_graph_is_made_again(card: WeightsCard, cache: Path) -> None:
    from covidviewer.inference.engines import convert

    graph = convert.graph_path(card) or convert.convert(card)
    shutil.rmtree(graph.parent / "compiled", ignore_errors=True)
    graph.write_text("<net", "utf-8")
    pipeline = Pipeline(Choice(device="cpu"), convert_in="now")
    assert "OpenVINO" in pipeline.load().device
    pipeline.close()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("real_chest_film/cr_wrong_photometric_monochrome1_8bit_jpeg.dcm", "no two lungs"),
        ("multiframe/enhanced_mr_10frames_be.dcm", "modality MR"),
        ("multiframe/enhanced_ct_2frames.dcm", "no HU"),
        ("multiframe/sr_basic_text.dcm", "no image (Structured report)"),
        ("multiframe/rgb_planar0.dcm", "modality US"),
    ],
)
def test_what_the_network_does_not_know_gets_no_number(
    card: WeightsCard, cache: Path, shared_data: Path, tmp_path: Path, path: str, said: str
) -> None:
    assert main(["analyze", str(shared_data / "dicom" / path), "--out", str(tmp_path), "--device", "cpu"]) == 1
    assert rows(tmp_path / "slices.csv") == []
    assert said in rows(tmp_path / "skipped.csv")[0]["reason"]


def test_frames_of_an_enhanced_ct_have_their_own_rows(
    card: WeightsCard, cache: Path, shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "dicom" / "multiframe" / "enhanced_ct_frames_differ.dcm"
    assert main(["analyze", str(path), "--out", str(tmp_path), "--device", "cpu"]) == 0
    slices = rows(tmp_path / "slices.csv")
    assert sorted(int(r["frame"]) for r in slices) == [1, 2, 3, 4, 5, 6]
    positions = [float(r["position_mm"]) for r in sorted(slices, key=lambda r: int(r["slice_index"]))]
    assert positions == sorted(positions)
    assert rows(tmp_path / "series.csv")[0]["rule"] == "slice scores only"


def test_damaged_files_are_left_out_one_by_one(
    card: WeightsCard, cache: Path, shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "dicom" / "hostile_derived"
    assert main(["analyze", str(folder), "--out", str(tmp_path), "--device", "cpu"]) in (1, 3)
    named = {Path(r["path"]).name for name in ("slices.csv", "skipped.csv") for r in rows(tmp_path / name)}
    files = {p.name for p in folder.iterdir() if p.suffix == ".dcm"}
    assert files <= named
    assert all(r["reason"] for r in rows(tmp_path / "skipped.csv"))


def pictures(folder: Path, split: str, most: int) -> list[tuple[NDArray[np.uint8], str]]:
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        chosen = [r for r in csv.DictReader(file) if r["split"] == split]
    found = []
    for row in chosen[:: max(1, len(chosen) // most)]:
        image = Image.open(folder / row["file"])
        image = image if image.mode in ("L", "RGB") else image.convert("RGB")
        found.append((np.asarray(image), row["notes"]))
    return found


@pytest.mark.parametrize(("name", "kind"), [("covid-ct", "ct"), ("ct-sars", "ct"), ("cxr", "film")])
def test_pictures_are_taken_for_what_they_are(shared_data: Path, name: str, kind: str) -> None:
    guesses = [guess_picture_kind(p) for p, _ in pictures(shared_data / "images" / name, "test", 60)]
    assert np.mean([g == kind for g in guesses]) >= 0.93


def test_other_pictures_are_mostly_turned_away(shared_data: Path) -> None:
    found = [
        guess_picture_kind(p)
        for p, note in pictures(shared_data / "images" / "ood", "test", 100)
        if "CT slice  axial (chest)" not in note and "coronal (chest)" not in note
    ]
    assert np.mean([g == "other" for g in found]) >= 0.7


def test_a_ct_picture_is_scored_with_caution(card: WeightsCard, cache: Path, shared_data: Path, tmp_path: Path) -> None:
    image = shared_data / "images" / "covid-ct" / "img" / "c141.jpg"
    assert main(["analyze", str(image), "--out", str(tmp_path), "--device", "cpu", "--maps"]) == 0
    (series,) = rows(tmp_path / "series.csv")
    assert series["input_check"] == "caution"
    assert "guessed to be a CT slice" in series["reasons"]
    assert len(list(tmp_path.glob("maps/*/*.png"))) == 1


def test_self_test_passes_here(card: WeightsCard, cache: Path) -> None:
    output = io.StringIO()
    with redirect_stdout(output):
        assert main(["self-test"]) == 0, output.getvalue()
    lines = output.getvalue().splitlines()
    for check in ("HU of the phantom", "decoder JPEG-LS", "map alignment", "forward pass"):
        assert any(line.startswith("ok") and check in line for line in lines), check
