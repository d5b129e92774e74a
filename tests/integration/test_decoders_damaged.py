"""Damaged streams: an error in time, the process alive, never a wrong size."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from covidviewer.dicom import frames
from covidviewer.dicom.catalog import Frame
from covidviewer.errors import CovidViewerError, DamagedFileError
from covidviewer.study import open_study


def first_frame(path: Path) -> Frame:
    (series,) = open_study(path).series
    return series.instances[0]


def shape_or_error(frame: Frame) -> tuple[int, int] | Path | None:
    """Rows and columns of what was decoded, or the path that the error names."""
    try:
        shape = frames.read(frame).shape
    except CovidViewerError as error:
        return error.path
    return shape[0], shape[1]


@pytest.mark.parametrize("name", ["jpegls_truncated_slow", "jpeg_damaged_aborts_gdcm"])
def test_streams_that_hurt_a_decoder_give_a_message_in_time(shared_data: Path, name: str) -> None:
    path = shared_data / "dicom" / "hostile_codec" / f"{name}.dcm"
    start = time.monotonic()
    study = open_study(path)
    for series in study.series:
        with pytest.raises(DamagedFileError) as caught:
            series.load()
        assert caught.value.path == path
        assert str(caught.value).endswith(".")
    assert study.series or study.left_out
    assert time.monotonic() - start < 5.0


def test_a_stream_that_stalls_its_decoder_is_ended(shared_data: Path, tmp_path: Path) -> None:
    """The cheap check for a cut stream is led astray by an end marker; the time limit is not."""
    frame = first_frame(shared_data / "dicom" / "hostile_codec" / "jpegls_truncated_slow.dcm")
    ((offset, length),) = frame.format.fragments
    stream = frame.path.read_bytes()[offset : offset + length].rstrip(b"\0")
    lured = stream + b"\xff\xd9"
    (tmp_path / "lured.dcm").write_bytes(lured)
    other = replace(
        frame, path=tmp_path / "lured.dcm", format=replace(frame.format, fragments=((0, len(lured)),), offset=0)
    )
    start = time.monotonic()
    with pytest.raises(DamagedFileError):
        frames.read(other)
    assert time.monotonic() - start < 5.0


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "jpeg_baseline_50_ct",
        "jpeg_lossless_sv1_70_ct",
        "jpegls_lossless_80_ct",
        "j2k_lossless_90_ct",
        "htj2k_201_lossless_rgb",
        "rle_ct",
    ],
)
def test_random_damage_ends_in_a_picture_of_the_right_size_or_an_error(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    frame = first_frame(shared_data / "dicom" / "transfer_syntax" / f"{name}.dcm")
    ((offset, length),) = frame.format.fragments
    stream = frame.path.read_bytes()[offset : offset + length]
    rng = np.random.default_rng(7)
    wanted = (frame.format.rows, frame.format.columns)
    for turn in range(12):
        damaged = bytearray(stream)
        for at in rng.integers(0, min(len(stream), 200 if turn % 2 else len(stream)), 6):
            damaged[at] = rng.integers(0, 256)
        path = tmp_path / f"{turn}.dcm"
        path.write_bytes(bytes(damaged))
        one = replace(frame, path=path, format=replace(frame.format, fragments=((0, len(damaged)),), offset=0))
        start = time.monotonic()
        outcome = shape_or_error(one)
        assert outcome in (wanted, path)
        assert time.monotonic() - start < 6.0
