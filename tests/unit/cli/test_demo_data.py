"""The demo study: what is in it, and that a broken run is made good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest

from covidviewer.cli import demo_data
from covidviewer.errors import FileError
from covidviewer.imaging import phantom


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    steps: list[tuple[int, int]] = []
    demo_data.make_demo_study(folder, lambda done, total: steps.append((done, total)), size=128, every=10, noise=0)
    assert steps[-1] == (len(steps) + 1, len(steps) + 1)
    assert [done for done, _ in steps] == list(range(2, len(steps) + 2))
    return folder


def test_two_ct_series_and_a_film_of_one_study(small: Path) -> None:
    heads = [pydicom.dcmread(path, stop_before_pixels=True) for path in sorted(small.rglob("*.dcm"))]
    by_series: dict[str, list[pydicom.Dataset]] = {}
    for head in heads:
        by_series.setdefault(head.SeriesInstanceUID, []).append(head)
    assert sorted((s[0].Modality, len(s)) for s in by_series.values()) == [("CT", 4), ("CT", 8), ("DX", 1)]
    assert len({h.StudyInstanceUID for h in heads}) == 1
    assert len({h.SOPInstanceUID for h in heads}) == len(heads)
    assert {str(h.PatientName) for h in heads} == {"Phantom^Thorax"}


def test_points_hold_their_hu_in_the_files(small: Path) -> None:
    found = set()
    for path in [*small.glob("axial/*.dcm"), *small.glob("oblique/*.dcm")]:
        data = pydicom.dcmread(path)
        hu = data.pixel_array.astype(int) + int(data.RescaleIntercept)
        right, down = np.reshape(np.array(data.ImageOrientationPatient, float), (2, 3))
        spacing = [float(v) for v in data.PixelSpacing]
        for name, (point, expected) in phantom.POINTS.items():
            away = np.array(point) - np.array(data.ImagePositionPatient, float)
            column, row = away @ right / spacing[1], away @ down / spacing[0]
            if abs(away @ np.cross(right, down)) < 1.0 and 0 <= row < hu.shape[0] and 0 <= column < hu.shape[1]:
                assert hu[round(row), round(column)] == expected, (name, path.name)
                found.add(name)
    assert found  # every tenth slice passes near some of them


def test_slices_are_numbered_from_the_head(small: Path) -> None:
    heads = [pydicom.dcmread(p, stop_before_pixels=True) for p in small.glob("axial/*.dcm")]
    heads.sort(key=lambda h: int(h.InstanceNumber))
    z = [float(h.ImagePositionPatient[2]) for h in heads]
    assert z == sorted(z, reverse=True)
    assert np.diff(z) == pytest.approx(-30)


def test_the_whole_study_would_pass_the_input_check() -> None:
    assert demo_data.AXIAL_SLICES >= 30
    assert demo_data.AXIAL_STEP_MM <= 3.0
    affine = demo_data.axial_affine(512, demo_data.AXIAL_STEP_MM)
    assert 250 <= 512 * np.linalg.norm(affine[:3, 2]) <= 450


def test_oblique_axes_stand_at_right_angles() -> None:
    axes = demo_data.oblique_affine(256, 5.0)[:3, :3]
    axes = axes / np.linalg.norm(axes, axis=0)
    assert axes.T @ axes == pytest.approx(np.eye(3), abs=1e-12)
    assert np.cross(axes[:, 2], axes[:, 1]) == pytest.approx(axes[:, 0])  # row x column leads to the next slice
    assert np.abs(axes).max() < 0.99


def test_made_once_and_remade_when_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVIDVIEWER_CACHE", str(tmp_path))
    made: list[Path] = []

    def make(folder: Path, progress: object = None) -> None:
        made.append(folder)
        (folder / "a.dcm").write_bytes(b"x")

    monkeypatch.setattr(demo_data, "make_demo_study", make)
    study = demo_data.ensure_demo_study()
    assert [p.name for p in study.iterdir()] == ["a.dcm"]
    assert demo_data.ensure_demo_study() == study
    assert len(made) == 1
    (study.parent / "complete.txt").unlink()
    (study / "stale.dcm").write_bytes(b"")
    assert demo_data.ensure_demo_study() == study
    assert len(made) == 2
    assert not (study / "stale.dcm").exists()
    assert [p.name for p in tmp_path.iterdir()] == [demo_data.FOLDER]


def test_a_failure_leaves_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVIDVIEWER_CACHE", str(tmp_path))

    def make(folder: Path, progress: object = None) -> None:
        (folder / "a.dcm").write_bytes(b"x")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(demo_data, "make_demo_study", make)
    with pytest.raises(FileError, match="No space left"):
        demo_data.ensure_demo_study()
    assert list(tmp_path.iterdir()) == []


def test_no_qt_and_no_torch() -> None:
    code = (
        "import sys, covidviewer.cli.demo_data as d; print(sorted({'PySide6', 'torch', 'pydicom'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_program_reads_its_own_study(small: Path) -> None:
    from covidviewer.imaging import planes
    from covidviewer.study import open_study

    study = open_study(small)
    assert study.left_out == ()
    axial, oblique, film = sorted(study.series, key=lambda s: s.number or 0)
    assert (axial.kind, oblique.kind, film.kind) == ("ct", "ct", "film")
    assert planes.plane_name(axial.stack.frames[0].orientation) == "axial"
    assert planes.plane_name(oblique.stack.frames[0].orientation) == "oblique"
    assert planes.head_first(axial.stack)
    assert axial.spacing_mm == pytest.approx((30.0, 2.8125, 2.8125))
    assert {note.code for note in axial.warnings} == {"thickness"}  # only every tenth slice was made
    assert film.stack.patient_orientation == ("L", "F")
    for series in (axial, oblique):
        volume = series.load()
        assert volume.units == "HU"
        found = 0
        for point, expected in phantom.POINTS.values():
            index, row, column = np.rint(planes.voxel_of(volume.affine, point)).astype(int)
            there = planes.patient_point(volume.affine, index, row, column)
            if 0 <= index < len(volume) and np.linalg.norm(there - point) < phantom.PROBE_MM:
                assert volume.values[index, row, column] == expected
                found += 1
        assert found
