"""Each variant of the phantom series becomes the stacks that its expected.json names."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from covidviewer.dicom.catalog import NoteCode, Stack
from covidviewer.dicom.grouping import Catalog
from covidviewer.dicom.scan import scan

NAMES = [
    "regular", "reversed_numbers", "shuffled_names", "gap", "duplicate_slice", "uneven_spacing", "gantry_tilt",
    "oblique", "sagittal", "localizer_mixed", "two_time_points", "two_orientations", "non_square_pixels",
    "per_slice_rescale", "feet_first_descending", "mixed_matrix", "no_position", "thickness_lies", "padding_circle",
    "two_series_one_folder",
]  # fmt: skip

NOTES = {
    "regular": set(),
    "reversed_numbers": set(),
    "shuffled_names": set(),
    "gap": {NoteCode.GAP},
    "duplicate_slice": {NoteCode.DUPLICATE},
    "uneven_spacing": {NoteCode.UNEVEN},
    "gantry_tilt": {NoteCode.TILT},
    "oblique": set(),
    "sagittal": {NoteCode.DERIVED},
    "localizer_mixed": {NoteCode.LOCALIZER},
    "two_time_points": {NoteCode.PHASES},
    "no_position": {NoteCode.NO_POSITION},
    "per_slice_rescale": {NoteCode.MIXED_RESCALE},
    "feet_first_descending": set(),
    "thickness_lies": {NoteCode.THICKNESS},
}


@pytest.fixture(scope="module")
def variants(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = shared_data / "dicom" / "make_series_variants.py"
    spec = importlib.util.spec_from_file_location("make_series_variants", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert sorted(module.VARIANTS) == sorted(NAMES)
    folder = tmp_path_factory.mktemp("variants")
    with contextlib.redirect_stdout(io.StringIO()):
        module.main(["--out", str(folder), "--slices", "16", "--size", "32"])
    return folder


def open_folder(folder: Path) -> Catalog:
    catalog = Catalog()
    for batch in scan([folder]):
        catalog.add(batch)
    return catalog


@pytest.mark.parametrize("name", NAMES)
def test_variant(variants: Path, name: str) -> None:
    folder = variants / name
    expected = json.loads((folder / "expected.json").read_text())
    catalog = open_folder(folder)
    stacks = catalog.stacks()
    left = {entry.path.name for entry in catalog.left_out} - {"expected.json"}
    groups = [(series["uid"], group) for series in expected["series"] for group in series["groups"]]
    assert len(stacks) == len(groups)
    for uid, group in groups:
        stack = match(stacks, uid, [file for file in group["files"] if file not in left])
        check(stack, group, left)
    shown = {frame.path.name for stack in stacks for frame in stack.frames}
    assert shown | left == {file for _, group in groups for file in group["files"]}
    told = {note.code for stack in stacks for note in stack.notes}
    if name in NOTES:
        assert told == NOTES[name]


def match(stacks: tuple[Stack, ...], uid: str, files: list[str]) -> Stack:
    found = [s for s in stacks if s.uid == uid and [f.path.name for f in s.frames] == files]
    assert len(found) == 1, f"no stack has exactly {files} in this order"
    return found[0]


def check(stack: Stack, group: dict[str, object], left: set[str]) -> None:
    files = group["files"]
    assert isinstance(files, list)
    kept = [i for i, file in enumerate(files) if file not in left]
    spacing = group["spacing_mm"]
    assert isinstance(spacing, list)
    assert stack.spacing_mm[1:] == pytest.approx(spacing[:2], abs=1e-4)
    if group["positions_mm"] is None:
        assert stack.positions_mm is None
        assert stack.uniform is None
        assert math.isnan(stack.spacing_mm[0])
        return
    positions = np.asarray(group["positions_mm"])[kept]
    assert stack.positions_mm is not None
    np.testing.assert_allclose(stack.positions_mm, positions, atol=2e-3)
    if len(kept) > 1:
        assert stack.spacing_mm[0] == pytest.approx(np.median(np.diff(positions)), abs=1e-3)
        assert stack.uniform is bool(np.ptp(np.diff(positions)) < 0.01)
    where_probes_lie(stack, group)


def where_probes_lie(stack: Stack, group: dict[str, object]) -> None:
    """The affine brings a probe's voxel to its place in the patient, within half a voxel."""
    probes = group["probes"]
    assert isinstance(probes, list)
    names = [frame.path.name for frame in stack.frames]
    seen = 0
    for _, file, row, column, _, patient in probes:
        if file not in names or not stack.uniform:
            continue
        index = names.index(file)
        place = stack.affine @ [index, row, column, 1.0]
        assert place[3] == 1.0
        step = max(stack.spacing_mm)
        # The slice nearest to the probe was chosen, so up to half a step of its distance lies along the normal.
        assert np.linalg.norm(place[:3] - patient) <= 0.5 * math.hypot(step, *stack.spacing_mm[1:]) + step * 0.5
        exact = np.asarray(stack.frames[index].position)
        np.testing.assert_allclose(stack.affine[:3] @ [index, 0, 0, 1], exact, atol=2e-3)
        seen += 1
    assert seen or not stack.uniform or len(stack.frames) < 6


def test_doubles_are_named(variants: Path) -> None:
    catalog = open_folder(variants / "duplicate_slice")
    catalog.stacks()
    doubles = [entry for entry in catalog.left_out if entry.path.name != "expected.json"]
    assert len(doubles) == 1
    assert "same pixels as IM0006.dcm" in doubles[0].reason


def test_gap_note_names_its_place(variants: Path) -> None:
    (stack,) = open_folder(variants / "gap").stacks()
    (note,) = (note for note in stack.notes if note.code is NoteCode.GAP)
    assert stack.positions_mm is not None
    before, after = note.slices
    assert stack.positions_mm[after] - stack.positions_mm[before] == pytest.approx(20.0)
    assert f"{stack.positions_mm[before]:.1f} - {stack.positions_mm[after]:.1f} mm" in note.text
    assert note.text.startswith("1 slice is missing")


def test_tilt_is_measured(variants: Path) -> None:
    (stack,) = open_folder(variants / "gantry_tilt").stacks()
    assert stack.tilt_degrees == pytest.approx(12.0, abs=0.01)
    np.testing.assert_allclose(stack.affine[:3, 0], [0.0, 0.0, 10.0], atol=1e-6)


def test_keys_do_not_depend_on_order(variants: Path) -> None:
    folder = variants / "two_time_points"
    files = sorted(folder.glob("*.dcm"))
    keys = []
    for order in (files, files[::-1]):
        catalog = Catalog()
        for batch in scan(order, batch=3):
            catalog.add(batch)
        keys.append([(s.key, [f.path.name for f in s.frames]) for s in catalog.stacks()])
    assert keys[0] == keys[1]
