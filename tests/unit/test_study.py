"""Series over records: allocate, fill in any order, load; failures stay with their slice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from covidviewer.dicom import native
from covidviewer.dicom.catalog import Frame, HeaderWindow, Kind, Note, NoteCode, PixelFormat, Stack
from covidviewer.errors import Cancelled, FileError, UnsupportedError
from covidviewer.study import Series, Study, open_study

LE = "1.2.840.10008.1.2.1"
LOSSLESS = "1.2.840.10008.1.2.4.70"
ROWS, COLUMNS = 12, 16


def hu_of(index: int) -> np.ndarray:
    return (np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS) * 3 + 100 * (index % 30) - 1024).astype(np.int16)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Series]:
    """A CT series of raw (or JPEG lossless) slices, one file each."""

    def build(count: int = 7, compressed: bool = False, **changes: Any) -> Series:
        frames = []
        for i in range(count):
            stored = (hu_of(i).astype(int) + 1024).astype("<u2")
            data = stored.tobytes()
            place: dict[str, Any] = {"offset": 10, "length": len(data)}
            if compressed:
                import imagecodecs

                data = bytes(imagecodecs.ljpeg_encode(stored, bitspersample=16))
                place = {"offset": 10, "fragments": ((10, len(data)),)}
            path = tmp_path / f"{'c' if compressed else 'r'}{i}.dcm"
            path.write_bytes(b"\0" * 10 + data)
            syntax = LOSSLESS if compressed else LE
            fmt = PixelFormat(syntax, ROWS, COLUMNS, 16, 12, 11, False, **place)
            frames.append(
                Frame(
                    path, f"1.{i}", 1, fmt, intercept=-1024.0, rescale_given=True, windows=(HeaderWindow(-600, 1500),)
                )
            )
        stack = Stack(
            "key",
            Kind.CT,
            "CT",
            "chest",
            "1.2",
            "1",
            tuple(frames),
            number=3,
            positions_mm=np.arange(count) * 2.0,
            spacing_mm=(2.0, 0.7, 0.7),
            affine=np.diag([2.0, 0.7, 0.7, 1.0]),
            notes=(Note(NoteCode.GAP, "A gap."),),
        )
        return Series(replace(stack, **changes))

    return build


Make = Callable[..., Series]


@pytest.mark.parametrize("compressed", [False, True])
def test_load_gives_modality_values_and_geometry(make: Make, compressed: bool) -> None:
    series = make(compressed=compressed)
    seen: list[tuple[int, int]] = []
    volume = series.load(progress=lambda done, of: seen.append((done, of)))
    assert volume.values.dtype == np.int16
    for i in range(7):
        assert (volume.slice(i) == hu_of(i)).all()
    assert volume.complete
    assert volume.failed == {}
    assert volume.units == "HU"
    assert volume.spacing_mm == (2.0, 0.7, 0.7)
    assert volume.affine is series.affine
    assert seen == [(i + 1, 7) for i in range(7)]


def test_properties_are_those_of_the_record(make: Make) -> None:
    series = make()
    assert (series.key, series.modality, series.description, series.uid) == ("key", "CT", "chest", "1.2")
    assert (series.study_uid, series.number, series.kind, len(series)) == ("1", 3, Kind.CT, 7)
    assert (series.rows, series.columns, series.units) == (ROWS, COLUMNS, "HU")
    assert [str(w) for w in series.warnings] == ["A gap."]
    assert series.positions_mm is not None
    first = series.instances[0]
    assert (first.path.name, first.sop_instance_uid, first.frame) == ("r0.dcm", "1.0", 1)
    assert "7 images" in repr(series)


@pytest.mark.parametrize("compressed", [False, True])
def test_fill_follows_the_order_it_is_given(make: Make, compressed: bool) -> None:
    series = make(compressed=compressed)
    volume = series.allocate()
    assert not volume.filled.any()
    done = []
    for index in series.fill(volume, [3, 2, 4]):
        assert volume.filled[index]
        done.append(index)
    assert done == [3, 2, 4]
    assert volume.filled.tolist() == [False, False, True, True, True, False, False]
    # a second run does only what is left
    assert list(series.fill(volume, range(7))) == [0, 1, 5, 6]
    assert volume.complete


@pytest.mark.parametrize(("compressed", "ahead"), [(False, 1), (True, 4)])
def test_the_order_may_follow_the_reader(make: Make, compressed: bool, ahead: int) -> None:
    drawn = []

    def order() -> Iterator[int]:
        for i in range(7):
            drawn.append(i)
            yield i

    series = make(compressed=compressed)
    steps = series.fill(series.allocate(), order())
    next(steps)
    assert len(drawn) <= ahead
    steps.close()


@pytest.mark.parametrize("compressed", [False, True])
def test_a_damaged_slice_fails_alone(make: Make, compressed: bool) -> None:
    series = make(compressed=compressed)
    path = series.instances[2].path
    path.write_bytes(path.read_bytes()[:-60])
    volume = series.load()
    assert list(volume.failed) == [2]
    assert volume.failed[2].startswith(path.name + ": ")
    assert volume.failed[2].endswith(".")
    assert "cut short" in volume.failed[2]
    assert (volume.slice(2) == -1024).all()
    assert not volume.filled[2]
    assert volume.complete
    assert (volume.slice(3) == hu_of(3)).all()
    with pytest.raises(FileError):
        series.frame_values(2)


def test_nothing_readable_raises_the_first_reason(make: Make) -> None:
    series = make(count=2)
    for frame in series.instances:
        frame.path.unlink()
    with pytest.raises(FileError, match="cannot be read"):
        series.load()


@pytest.mark.parametrize("compressed", [False, True])
def test_cancel_stops_between_slices(make: Make, compressed: bool) -> None:
    series = make(compressed=compressed)
    seen = 0

    def progress(done: int, _: int) -> None:
        nonlocal seen
        seen = done

    with pytest.raises(Cancelled):
        series.load(progress=progress, cancelled=lambda: seen >= 2)
    assert seen == 2


def test_long_plain_series_are_shared_with_a_partner(make: Make) -> None:
    series = make(count=75)
    broken = series.instances[40].path
    broken.write_bytes(broken.read_bytes()[:-2])
    volume = series.allocate()
    order = sorted(range(75), key=lambda i: abs(i - 30))
    steps = series.fill(volume, order)
    assert next(steps) == 30
    assert volume.filled.sum() == 1  # someone waits for the first: nothing else is begun
    rest = list(steps)
    assert sorted([30, *rest]) == list(range(75))
    assert set(rest[:16]) == set(order[1:17])
    assert list(volume.failed) == [40]
    assert all((volume.values[i] == hu_of(i)).all() for i in range(75) if i != 40)


def test_cancel_of_a_long_series_reports_all_that_was_filled(make: Make) -> None:
    series = make(count=75)
    volume = series.allocate()
    seen: list[int] = []
    seen.extend(series.fill(volume, range(75), lambda: int(volume.filled.sum()) >= 20))
    assert sorted(seen) == np.flatnonzero(volume.filled).tolist()
    assert 20 <= len(seen) < 75


def test_first_is_read_first(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    series = make()
    order: list[int] = []
    original = native.read_plain

    def watch(path: Path, offset: int, out: Any) -> None:
        order.append(int(path.stem[1:]))
        original(path, offset, out)

    monkeypatch.setattr(native, "read_plain", watch)
    series.load(first=5)
    assert order == [5, 4, 6, 3, 2, 1, 0]


def test_every_frame_keeps_its_own_rescale(make: Make) -> None:
    series = make(count=3, kind=Kind.IMAGE)
    frames = [
        replace(f, slope=s, intercept=float(i), rescale_type="BQML")
        for i, (f, s) in enumerate(zip(series.instances, (0.5, 1.25, 3.0), strict=True))
    ]
    volume = Series(replace(series.stack, frames=tuple(frames))).load()
    assert volume.values.dtype == np.float32
    assert volume.units == "BQML"
    for i, s in enumerate((0.5, 1.25, 3.0)):
        assert volume.values[i] == pytest.approx((hu_of(i) + 1024.0) * s + i)


def test_documents_say_what_they_are() -> None:
    series = Series(Stack("k", Kind.DOCUMENT, "SR", "", "1", "2", (), document="Structured Report"))
    for call in (series.load, series.allocate, series.thumbnail):
        with pytest.raises(UnsupportedError, match="Structured Report"):
            call()
    assert series.rows == 0


def test_thumbnail_is_the_middle_image_in_its_window_and_aspect(make: Make) -> None:
    series = make(spacing_mm=(2.0, 2.0, 1.0))
    picture = series.thumbnail(48)
    assert picture.dtype == np.uint8
    assert picture.shape == (48, 32, 3)  # 12 x 2 mm by 16 x 1 mm
    assert (picture[..., 0] == picture[..., 1]).all()
    from covidviewer.imaging import voi

    expected = voi.grey(hu_of(3), voi.Window(-600, 1500)).mean()
    assert picture.mean() == pytest.approx(expected, abs=2)
    inverted = Series(
        replace(
            series.stack,
            frames=tuple(replace(f, format=replace(f.format, photometric="MONOCHROME1")) for f in series.instances),
        )
    )
    assert inverted.thumbnail(48).mean() == pytest.approx(255 - picture.mean(), abs=1)


def test_colour_series_hold_uint8_rgb(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(np.uint8)
    (tmp_path / "a").write_bytes(rgb.tobytes())
    fmt = PixelFormat(LE, 5, 4, 8, 8, 7, False, samples=3, photometric="RGB", offset=0, length=60)
    series = Series(Stack("k", Kind.IMAGE, "US", "", "1", "2", (Frame(tmp_path / "a", "1", 1, fmt),)))
    volume = series.load()
    assert volume.values.dtype == np.uint8
    assert (volume.values[0] == rgb).all()
    assert series.thumbnail(10).shape == (10, 8, 3)


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not exist"):
        open_study(tmp_path / "nothing here")
    with pytest.raises(FileError, match="does not exist"):
        open_study([tmp_path, tmp_path / "nothing here"])
    with pytest.raises(FileError):
        open_study([])


def test_an_empty_folder_is_a_study_without_series(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    assert isinstance(study, Study)
    assert study.series == ()
    assert study.path == tmp_path
    assert len(study) == 0


def test_the_python_face_is_lazy() -> None:
    code = (
        "import sys, covidviewer as cv\n"
        "heavy = {'PySide6', 'torch', 'pydicom', 'SimpleITK', 'imagecodecs', 'openvino', 'scipy', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)), cv.__version__, sorted(cv.__all__))\n"
        "cv.open, cv.Study, cv.Series, cv.Volume, cv.Reading\n"
        "print(sorted((heavy - {'numpy'}) & set(sys.modules)))\n"
    )
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env, timeout=60)
    first, second = out.stdout.splitlines()
    assert first.startswith("[] ")
    assert first.endswith("['Reading', 'Series', 'Study', 'Volume', '__version__', 'open', 'read']")
    assert second == "[]"


def test_unknown_names_of_the_face_are_attribute_errors() -> None:
    import covidviewer

    with pytest.raises(AttributeError, match="no attribute 'shut'"):
        covidviewer.shut


def test_opening_leaves_the_collector_as_it_was(tmp_path: Path) -> None:
    import gc

    from covidviewer.study import open_study

    (tmp_path / "note.txt").write_text("no image")
    seen: list[bool] = []
    open_study(tmp_path, progress=lambda read, found: seen.append(gc.isenabled()))
    assert seen
    assert not any(seen)
    assert gc.isenabled()
    gc.disable()
    try:
        open_study(tmp_path)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_load_into_used_memory_shows_nothing_of_the_series_before(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slices that cannot be read are blank, not another patient's."""
    from covidviewer.imaging import memory

    dirty = np.full((7, ROWS, COLUMNS), 12345, np.int16)
    monkeypatch.setattr(memory, "unwritten", lambda shape, dtype: dirty)
    series = make()
    series.instances[2].path.write_bytes(b"\0" * 30)
    series.instances[5].path.unlink()
    volume = series.load()
    assert volume.values is dirty
    assert set(volume.failed) == {2, 5}
    assert 12345 not in volume.values
    assert (volume.values[4] == hu_of(4)).all()


def test_the_screen_gets_cleared_memory(make: Make) -> None:
    """A volume that is looked at while it fills may hold nothing of another."""
    assert not make().allocate().values.any()
