"""Loading: whole volumes against SimpleITK and pydicom, side by side in one run; headers; memory.

Data are made in a temporary folder and read once before the clock starts (warm page cache). The ways take turns, so
that other work on the machine hits all of them; a ratio is that of the medians. Exit code 1: a goal was missed.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

EXPLICIT = "1.2.840.10008.1.2.1"
COMPRESSED = {
    "JPEG lossless (.70)": ("1.2.840.10008.1.2.4.70", 1.7),
    "JPEG-LS (.80)": ("1.2.840.10008.1.2.4.80", 1.7),
    "JPEG 2000 (.90)": ("1.2.840.10008.1.2.4.90", 1.2),
    "RLE (.5)": ("1.2.840.10008.1.2.5", 20.0),
}
ROOT = "1.2.826.0.1.3680043.8.498.9"


class Table:
    """Rows of figure and goal; remembers what was missed."""

    def __init__(self) -> None:
        self.missed = 0

    def row(self, what: str, figure: str, goal: str = "", *, met: bool = True) -> None:
        mark = "" if not goal else ("ok" if met else "MISSED")
        self.missed += not met
        print(f"{what:<62} {figure:>22}  {goal:<14} {mark}", flush=True)


def ct_slice(index: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Stored values of a slice that compresses about as real CT does: two lungs, a body, noise."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    hu = np.full((size, size), -1000.0)
    hu[(x / 0.9) ** 2 + (y / 0.7) ** 2 < 1] = 40.0
    for side in (-0.4, 0.4):
        hu[((x - side) / 0.3) ** 2 + (y / 0.5) ** 2 < 1] = -850.0 + index % 50
    hu += rng.normal(0.0, 12.0, hu.shape)
    return np.clip(hu + 1024.0, 0, 4095).astype("<u2")


def encode(values: np.ndarray, syntax: str) -> bytes:
    import imagecodecs

    if syntax.endswith(".70"):
        return bytes(imagecodecs.ljpeg_encode(values, bitspersample=16))
    if syntax.endswith(".80"):
        return bytes(imagecodecs.jpegls_encode(values))
    if syntax.endswith(".90"):
        return bytes(imagecodecs.jpeg2k_encode(values, level=0, codecformat="j2k", reversible=True))
    # RLE: the high bytes in runs, the low bytes literal, as an encoder would do with noise
    raw = np.ascontiguousarray(values).view(np.uint8).reshape(*values.shape, 2)
    segments = [_packbits(raw[..., 1]), _packbits(raw[..., 0])]
    head = struct.pack("<16I", 2, 64, 64 + len(segments[0]), *[0] * 13)
    return head + b"".join(segments)


def _packbits(plane: np.ndarray) -> bytes:
    import imagecodecs

    out = b"".join(bytes(imagecodecs.packbits_encode(row.tobytes())) for row in plane)
    return out + b"\0" * (len(out) % 2)


def furnish(one: Any) -> None:
    """What a scanner writes beside: some 130 elements in all, sequences and a private block among them.

    Two real chest series looked at held 119 and 209 elements; a bare header would flatter nobody equally.
    """
    from pydicom.dataset import Dataset

    texts = {
        "Manufacturer": "Maker", "InstitutionName": "General Hospital", "StationName": "CT01",
        "ManufacturerModelName": "Model 64", "SoftwareVersions": "1.2.3", "DeviceSerialNumber": "000123",
        "ProtocolName": "Thorax", "BodyPartExamined": "CHEST", "ScanOptions": "HELICAL MODE", "FilterType": "BODY",
        "ConvolutionKernel": "STANDARD", "StudyID": "1", "AccessionNumber": "A1", "PositionReferenceIndicator": "SN",
        "StudyDescription": "CT THORAX", "ReferringPhysicianName": "Refer^R", "OperatorsName": "Op^O",
        "PatientSex": "O", "PatientAge": "060Y", "PatientBirthDate": "19600101", "RotationDirection": "CW",
        "SpecificCharacterSet": "ISO_IR 192", "Laterality": "", "LossyImageCompression": "00",
    }  # fmt: skip
    numbers = {
        "DataCollectionDiameter": "500", "ReconstructionDiameter": "360", "DistanceSourceToDetector": "949",
        "DistanceSourceToPatient": "541", "GantryDetectorTilt": "0", "TableHeight": "150", "ExposureTime": "500",
        "XRayTubeCurrent": "200", "Exposure": "100", "GeneratorPower": "24000", "FocalSpots": "0.7",
        "SliceLocation": "1", "AcquisitionNumber": "1", "SpiralPitchFactor": "0.98", "SingleCollimationWidth": "0.6",
        "TotalCollimationWidth": "40", "TableSpeed": "39", "TableFeedPerRotation": "39", "CTDIvol": "7.5",
        "SmallestImagePixelValue": 0, "LargestImagePixelValue": 4095, "PatientWeight": "70",
    }  # fmt: skip
    floats = ("SpiralPitchFactor", "CTDIvol", "SingleCollimationWidth", "TotalCollimationWidth", "TableSpeed")
    for name, value in (*texts.items(), *numbers.items()):
        setattr(one, name, float(value) if name in (*floats, "TableFeedPerRotation") else value)
    for kind in ("SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate"):
        setattr(one, kind, "20260101")
        setattr(one, kind.replace("Date", "Time"), "101010.123")
    for name in ("ReferencedStudySequence", "ReferencedImageSequence", "SourceImageSequence"):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"{ROOT}.77"
        setattr(one, name, [item, item])
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "CT", "99LOCAL", "CT of the thorax"
    one.ProcedureCodeSequence = [code]
    block = one.private_block(0x0019, "MAKER ACQ", create=True)
    for element in range(30):
        block.add_new(element, "DS", f"{element}.5")
    block = one.private_block(0x0043, "MAKER PARM", create=True)
    for element in range(15):
        block.add_new(element, "SS", element)


def write_series(folder: Path, count: int, size: int, syntax: str = EXPLICIT, series: int = 1) -> list[Path]:
    """A CT series of ``count`` files, named so that the order of names is not that of positions."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.filewriter import dcmwrite

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(series)
    order = rng.permutation(count)
    paths = []
    for i in range(count):
        one = Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = syntax
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID = f"{ROOT}.{series}.{i + 1}"
        one.StudyInstanceUID, one.SeriesInstanceUID = f"{ROOT}.{series}", f"{ROOT}.{series}.0"
        one.FrameOfReferenceUID = f"{ROOT}.{series}.99"
        one.PatientName, one.PatientID, one.Modality = "Bench^Mark", "B1", "CT"
        one.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        one.SeriesDescription, one.SeriesNumber, one.InstanceNumber = "Chest", series, i + 1
        one.StudyDate, one.StudyTime, one.PatientPosition, one.KVP = "20260101", "101010", "HFS", "120"
        one.ImagePositionPatient = [-180.0, -180.0, float(i)]
        one.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
        one.PixelSpacing, one.SliceThickness = [360.0 / size, 360.0 / size], 1.0
        one.Rows = one.Columns = size
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
        one.RescaleSlope, one.RescaleIntercept, one.RescaleType = 1, -1024, "HU"
        one.WindowCenter, one.WindowWidth = -600, 1500
        furnish(one)
        values = ct_slice(i, size, rng)
        if syntax == EXPLICIT:
            one.PixelData = values.tobytes()
            one["PixelData"].VR = "OW"
        else:
            one.PixelData = encapsulate([encode(values, syntax)])
        path = folder / f"{order[i]:05d}.dcm"
        dcmwrite(path, one, enforce_file_format=True)
        paths.append(path)
    for path in paths:
        path.read_bytes()
    return paths


# --- the ways -------------------------------------------------------------------------------------------------------


def by_us(folder: Path) -> np.ndarray:
    import covidviewer as cv

    return cv.open(folder).series[0].load().values


def by_simpleitk(folder: Path) -> Any:
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    ids = reader.GetGDCMSeriesIDs(str(folder))
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), ids[0]))
    return reader.Execute()


def by_pydicom(folder: Path) -> np.ndarray:
    from pydicom import dcmread

    slices = []
    for path in sorted(folder.iterdir()):
        one = dcmread(path)
        slices.append((float(one.ImagePositionPatient[2]), one.pixel_array * one.RescaleSlope + one.RescaleIntercept))
    return np.stack([values for _, values in sorted(slices, key=lambda s: s[0])])


def take_turns(ways: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Median seconds of each way; one unmeasured turn first."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            result = way()
            spent = time.perf_counter() - start
            del result
            if turn:
                times[name].append(spent)
    return {name: statistics.median(spent) for name, spent in times.items()}


def whole_volume(table: Table, folder: Path, repeats: int) -> None:
    import SimpleITK

    mine = by_us(folder)
    if not (mine == SimpleITK.GetArrayFromImage(by_simpleitk(folder))).all() or not (mine == by_pydicom(folder)).all():
        raise SystemExit("the volumes differ: nothing to compare")
    ways = {"us": lambda: by_us(folder), "sitk": lambda: by_simpleitk(folder), "pydicom": lambda: by_pydicom(folder)}
    t = take_turns(ways, repeats)
    n = len(mine)
    table.row(f"open + load, {n} slices, uncompressed", f"{t['us'] * 1e3:.0f} ms")
    for name, label, goal in (("sitk", "SimpleITK series reader", 12.0), ("pydicom", "pydicom slice by slice", 30.0)):
        ratio = t[name] / t["us"]
        table.row(f"  {label} ({t[name] * 1e3:.0f} ms)", f"{ratio:.1f} x", f">= {goal:g} x", met=ratio >= goal)


def first_image(table: Table, folder: Path, repeats: int) -> None:
    import covidviewer as cv

    def opened() -> None:
        series = cv.open(folder).series[0]
        next(series.fill(series.allocate(), [len(series) // 2]))

    series = cv.open(folder).series[0]

    def known() -> None:
        next(series.fill(series.allocate(), [len(series) // 2]))

    t = take_turns({"known": known, "opened": opened}, repeats)
    table.row("first image of a listed series", f"{t['known'] * 1e3:.1f} ms", "< 150 ms", met=t["known"] < 0.15)
    table.row("first image from the folder, headers included", f"{t['opened'] * 1e3:.0f} ms")


def compressed(table: Table, folder: Path, count: int, repeats: int) -> None:
    import SimpleITK

    for i, (label, (syntax, goal)) in enumerate(COMPRESSED.items()):
        place = folder / f"compressed{i}"
        write_series(place, count, 512, syntax, series=10 + i)
        if not (by_us(place) == SimpleITK.GetArrayFromImage(by_simpleitk(place))).all():
            raise SystemExit(f"{label}: the volumes differ")
        t = take_turns({"us": lambda p=place: by_us(p), "sitk": lambda p=place: by_simpleitk(p)}, repeats)  # type: ignore[misc]
        ratio = t["sitk"] / t["us"]
        table.row(
            f"{label}, {count} slices: {t['us'] / count * 1e3:.1f} against {t['sitk'] / count * 1e3:.1f} ms a slice",
            f"{ratio:.1f} x",
            f">= {goal:g} x",
            met=ratio >= goal,
        )


def headers(table: Table, folder: Path, count: int) -> None:
    import covidviewer as cv

    write_series(folder / "many", count, 32, series=30)
    start = time.perf_counter()
    study = cv.open(folder / "many")
    spent = time.perf_counter() - start
    assert sum(len(s) for s in study.series) == count
    table.row(f"headers of {count} files", f"{spent:.2f} s", "< 2 s", met=spent < 2.0)


def resident() -> float:
    """Resident memory of this process, MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def memory(table: Table, folder: Path, count: int) -> None:
    if not Path("/proc/self/statm").exists():
        table.row("memory after opening and closing series", "not measured")
        return
    levels = []
    for _ in range(20):
        volume: Any = by_us(folder)
        del volume
        gc.collect()
        levels.append(resident())
    slope = float(np.polyfit(np.arange(15), levels[5:], 1)[0])
    table.row(f"memory a series of {count}, 20 opened and closed", f"{slope:+.2f} MB", "< 1 MB", met=slope < 1.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--compressed", type=int, default=48, help="slices of each compressed series")
    parser.add_argument("--files", type=int, default=2000, help="files of the header test")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    table = Table()
    if hasattr(os, "getloadavg"):
        # Decoding on two cores is only that where the second one is free.
        print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the start")
    with tempfile.TemporaryDirectory(prefix="covidviewer-bench-") as name:
        folder = Path(name)
        write_series(folder / "plain", args.slices, 512)
        whole_volume(table, folder / "plain", args.repeats)
        first_image(table, folder / "plain", args.repeats)
        compressed(table, folder, args.compressed, args.repeats)
        headers(table, folder, args.files)
        memory(table, folder / "plain", args.slices)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
