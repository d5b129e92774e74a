"""``covidviewer self-test``: is this installation sound? A table, and a non-zero exit code on a failure."""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covidviewer.errors import CovidViewerError, __version__

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from covidviewer.study import Series

NEEDED = ("numpy", "pydicom", "SimpleITK", "imagecodecs", "pillow", "PySide6-Essentials", "scipy", "safetensors")
OPTIONAL = ("torch", "openvino")
_SYNTAXES = {
    "JPEG lossless": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
    "RLE": "1.2.840.10008.1.2.5",
}
#: HU that a voxel of the noise-free phantom may be off.
HU_TOLERANCE = 2.0


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. state : "ok", "absent" (nothing wrong, something optional is missing) or "FAILED"."""

    check: str
    state: str
    detail: str


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("self-test", help="check this installation; prints a table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run all checks; 0 when none failed, else 1."""
    failed = 0
    for result in results():
        failed += result.state == "FAILED"
        print(f"{result.state:7} {result.check:28} {result.detail}", flush=True)
    print("All checks passed." if not failed else f"{failed} checks failed.")
    return 1 if failed else 0


def results() -> Iterator[Result]:
    """The checks, one after another; a check that raises is a failed one."""
    yield Result("covidviewer", "ok", f"{__version__}, Python {platform.python_version()}, {platform.system()}")
    yield from _versions()
    yield from _guarded("devices", _devices)
    with tempfile.TemporaryDirectory(prefix="covidviewer-") as name:
        folder = Path(name)
        yield from _guarded("HU of the phantom", lambda: _phantom(folder))
        yield from _guarded("decoders", lambda: _decoders(folder))
        yield from _guarded("map alignment", _alignment)
        yield from _guarded("forward pass", lambda: _forward(folder))


def _guarded(check: str, run_check: Callable[[], Iterator[Result]]) -> Iterator[Result]:
    try:
        yield from run_check()
    except CovidViewerError as error:
        yield Result(check, "FAILED", str(error))
    except Exception as error:  # noqa: BLE001  a self-test has to name whatever is broken, and go on
        yield Result(check, "FAILED", f"{type(error).__name__}: {error}")


def _versions() -> Iterator[Result]:
    for name in (*NEEDED, *OPTIONAL):
        try:
            yield Result(name, "ok", version(name))
        except PackageNotFoundError:
            if name in OPTIONAL:
                yield Result(name, "absent", 'for the second reading: pip install "covidviewer[ai]"')
            else:
                yield Result(name, "FAILED", "not installed")


def _devices() -> Iterator[Result]:
    from covidviewer.inference import device

    cuda = device.probe_cuda()
    if cuda.usable:
        detail = f"{cuda.name}, compute {cuda.capability[0]}.{cuda.capability[1]}, {cuda.memory_free / 1e9:.1f} GB free"
        yield Result("graphics card", "ok", detail)
    else:
        yield Result("graphics card", "absent", cuda.reason)
    if device.has_openvino():
        from covidviewer.inference.engines.openvino_engine import supports_bfloat16

        yield Result("processor", "ok", "bfloat16 and float32" if supports_bfloat16() else "float32")
    else:
        yield Result("processor", "ok", "float32 (torch alone)")


def _phantom(folder: Path) -> Iterator[Result]:
    """Known HU, written as DICOM, found by the scan, loaded, looked up by patient coordinates."""
    from covidviewer.imaging import phantom

    worst, where = 0.0, ""
    for number, (name, (point, hu)) in enumerate(phantom.POINTS.items(), 1):
        series = _slice_at(folder / f"{number:02}.dcm", number, point[2])
        volume = series.load()
        index = np.linalg.solve(series.affine, np.array([*point, 1.0]))[:3].round().astype(int)
        off = abs(float(volume.values[tuple(index)]) - hu)
        if off > worst:
            worst, where = off, f" ({name})"
    state = "ok" if worst <= HU_TOLERANCE else "FAILED"
    detail = f"{len(phantom.POINTS)} points, largest error {worst:.1f} HU{where}"
    yield Result("HU of the phantom", state, detail)


def _slice_at(path: Path, number: int, z: float, size: int = 192) -> Series:
    """One axial slice of the phantom through a place, by way of a DICOM file."""
    from covidviewer.dicom import writing
    from covidviewer.imaging import phantom
    from covidviewer.study import open_study

    pixel = 360.0 / size
    corner = -(size - 1) / 2 * pixel
    affine = np.array([[0, 0, pixel, corner], [0, pixel, 0, corner], [3.0, 0, 0, z], [0, 0, 0, 1.0]])
    study = writing.StudyHead("self-test", "Self-test", "Phantom^Thorax", "PHANTOM-1", date="20200101", time="120000")
    head = writing.SeriesHead(study, number, "Self-test", thickness_mm=3.0)
    values = phantom.sample(phantom.Plane.of(affine, 0, (size, size)))
    writing.write_ct_slice(path, values, head, affine, 0, 1)
    return open_study(path).series[0]


def _decoders(folder: Path) -> Iterator[Result]:
    """Each compressed syntax: the same slice, through the whole chain, bit by bit."""
    import imagecodecs
    import pydicom
    from pydicom.encaps import encapsulate
    from pydicom.pixels.encoders import RLELosslessEncoder
    from pydicom.uid import UID

    from covidviewer.study import open_study

    plain = folder / "01.dcm"
    truth = open_study(plain).series[0].load().values

    def stream(name: str, stored: NDArray[np.uint16], data: Any) -> bytes:
        if name == "JPEG lossless":
            return bytes(imagecodecs.ljpeg_encode(stored, bitspersample=16))
        if name == "JPEG-LS":
            return bytes(imagecodecs.jpegls_encode(stored))
        if name == "JPEG 2000":
            return bytes(imagecodecs.jpeg2k_encode(stored, level=0, codecformat="j2k", reversible=True))
        return bytes(next(RLELosslessEncoder.iter_encode(data, encoding_plugin="pydicom")))

    for name, syntax in _SYNTAXES.items():
        data = pydicom.dcmread(plain)
        stored = np.frombuffer(data.PixelData, np.uint16).reshape(data.Rows, data.Columns)
        data.PixelData = encapsulate([stream(name, stored, data)])
        data["PixelData"].VR = "OB"
        data.file_meta.TransferSyntaxUID = UID(syntax)
        path = folder / f"{syntax}.dcm"
        data.save_as(path)
        values = open_study(path).series[0].load().values
        same = bool(np.array_equal(values, truth))
        yield Result(f"decoder {name}", "ok" if same else "FAILED", "bit-equal" if same else "other values")


def _alignment() -> Iterator[Result]:
    """A bright spot goes through the preparation and comes back where it was."""
    from covidviewer.inference import prepare
    from covidviewer.inference.manifest import InputSpec
    from covidviewer.inference.results import Heatmap

    shape, spot = (300, 460), (210.0, 111.0)
    y, x = np.mgrid[: shape[0], : shape[1]]
    values = np.round(-1000 + 1400 * np.exp(-((y - spot[0]) ** 2 + (x - spot[1]) ** 2) / (2 * 9.0**2)))
    worst = 0.0
    for resize in ("squeeze", "pad", "crop"):
        spec = InputSpec(resize=resize)
        picture, placement = prepare.forward(values.astype(np.int16), spec, aspect=1.3)
        # What a toy network sees: the mean grey of each cell, above the background.
        cells = picture.astype(np.float32).reshape(56, 4, 56, 4).mean(axis=(1, 3))
        air = prepare.grey(np.full((1, 1), -1000, np.int16), spec)
        cells = np.maximum(cells - float(air[0, 0]), 0)
        heat = Heatmap(cells, placement.to_slice((56, 56)), "toy", "spot", (56, 56))
        spread = prepare.map_to_slice(heat, shape)
        found = [float((grid * spread).sum() / spread.sum()) for grid in (y, x)]
        worst = max(worst, abs(found[0] - spot[0]), abs(found[1] - spot[1]))
    state = "ok" if worst <= 0.5 else "FAILED"
    yield Result("map alignment", state, f"largest error {worst:.2f} pixels")


def _forward(folder: Path) -> Iterator[Result]:
    """One slice through the default network, on each engine that is there."""
    from covidviewer.errors import NotEvaluableError, WeightsError
    from covidviewer.inference import device
    from covidviewer.inference.engines import convert
    from covidviewer.inference.pipeline import Pipeline
    from covidviewer.study import open_study

    if device.torch_build() is None and not device.has_openvino():
        yield Result("forward pass", "absent", "neither PyTorch nor OpenVINO is installed")
        return
    series = open_study(folder / "02.dcm").series[0]
    volume = series.load()
    try:
        pipeline = Pipeline()
    except (NotEvaluableError, WeightsError) as error:
        yield Result("forward pass", "FAILED", str(error))
        return
    try:
        plan = pipeline.plan
        if plan.engine == "openvino" and convert.graph_path(pipeline.card) is None:
            convert.convert(pipeline.card)
        pipeline.load()
        began = time.perf_counter()
        answers = pipeline.read_slices(volume, series.stack, [0])
        took = (time.perf_counter() - began) * 1000
        if not answers.readings:
            yield Result("forward pass", "FAILED", answers.skipped.get(0, "no answer"))
            return
        reading = answers.readings[0]
        sound = bool(np.isfinite(reading.probabilities).all()) and abs(float(reading.probabilities.sum()) - 1) < 1e-3
        shown = ", ".join(f"p({c}) {p:.2f}" for c, p in zip(reading.classes, reading.probabilities, strict=True))
        where = f"{reading.provenance.weights}, {reading.provenance.device}, {took:.0f} ms"
        yield Result("forward pass", "ok" if sound else "FAILED", f"{shown}; {where}")
        total = {grid: np.isfinite(values).all() for grid, values in reading.maps.items()}
        shapes = ", ".join(f"{grid} {v.shape[1]} x {v.shape[2]}" for grid, v in reading.maps.items())
        yield Result("maps", "ok" if total and all(total.values()) else "FAILED", shapes or "none")
    finally:
        pipeline.close()
