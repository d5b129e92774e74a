"""Every file that ships with pydicom: it shows with pydicom's own values, or there is one sentence why not."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from covidviewer.errors import CovidViewerError
from covidviewer.study import open_study


def test_files() -> list[Path]:
    import pydicom.data

    root = Path(pydicom.data.__file__).parent / "test_files"
    return sorted(p for p in root.glob("*.dcm") if p.is_file())


test_files.__test__ = False  # type: ignore[attr-defined]

#: What no decoder at hand reads, or what contradicts itself: a sentence is right.
NOT_SHOWN = {
    "JPEG2000-embedded-sequence-delimiter.dcm",  # the stream itself is a fake
    "MR_truncated.dcm",
    "badVR.dcm",
}


def by_pydicom(path: Path) -> Any:
    """Modality values or RGB as pydicom gives them, (frames, ...); None where it has no decoder."""
    from pydicom import dcmread
    from pydicom.pixels import apply_color_lut, apply_modality_lut, pixel_array

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(path, force=True)
        if "PixelData" not in dataset:
            return None
        try:
            stored = pixel_array(dataset)
        except (RuntimeError, AttributeError, ValueError):
            return None
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            values = apply_color_lut(stored, dataset)
        else:
            values = apply_modality_lut(stored, dataset) if dataset.SamplesPerPixel == 1 else stored
    many = int(dataset.get("NumberOfFrames", 1) or 1) > 1
    return values if many else values[None]


@pytest.mark.parametrize("path", test_files(), ids=lambda p: p.name)
def test_file_shows_true_values_or_says_why_not(path: Path) -> None:
    start = time.monotonic()
    study = open_study(path)
    shown: dict[int, Any] = {}
    reasons = [entry.reason for entry in study.left_out]
    for series in study.series:
        try:
            volume = series.load()
        except CovidViewerError as error:
            reasons.append(str(error))
            continue
        reasons += volume.failed.values()
        for i, frame in enumerate(series.instances):
            if volume.filled[i]:
                shown[frame.index] = volume.values[i]
    assert shown or reasons
    assert all(reason.endswith(".") for reason in reasons)
    assert time.monotonic() - start < 10.0
    if path.name in NOT_SHOWN:
        assert not shown
        return
    wanted = by_pydicom(path)
    documents = all(series.kind == "document" for series in study.series)
    if wanted is None or documents:
        return
    assert len(shown) == len(wanted)
    for index, values in shown.items():
        expected = wanted[index]
        if values.dtype == np.uint8 and expected.dtype != np.uint8:  # wide colours: their highest 8 bits
            expected = expected >> (expected.dtype.itemsize * 8 - 8)
        if values.dtype == np.float32:
            expected = expected.astype(np.float32)
        assert np.array_equal(values, expected)


def test_most_files_show() -> None:
    """The comparison above must not be empty by an error that is the same for all."""
    shown = 0
    for path in test_files():
        shown += any(s.kind != "document" for s in open_study(path).series)
    assert shown >= 55
