"""The phantom's variants: HU at known places, by pixel and by patient coordinates, through open and load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from covidviewer.study import Study, open_study


@pytest.fixture(scope="module")
def variants(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All variants, small: a folder each with files and ``expected.json``."""
    out = tmp_path_factory.mktemp("variants")
    script = shared_data / "dicom" / "make_series_variants.py"
    subprocess.run(
        [sys.executable, str(script), "--out", str(out), "--slices", "12", "--size", "64"],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return out


def probes_of(study: Study, folder: Path) -> tuple[int, int]:
    """Check each probe of ``expected.json``; gives (by pixel, by patient coordinates) how many were checked."""
    expected = json.loads((folder / "expected.json").read_text())
    place = {}
    for series in study.series:
        if series.kind == "document":
            continue
        volume = series.load()
        assert volume.failed == {}
        for i, frame in enumerate(series.instances):
            place.setdefault((frame.path.name, frame.frame), (volume, i))
    by_pixel = by_patient = 0
    for group in (g for s in expected["series"] for g in s["groups"]):
        for probe in group.get("probes", []):
            name, file, row, column, hu, patient = probe[:6]
            found = place.get((Path(str(file)).name, 1))
            if found is None:
                continue
            volume, i = found
            if volume.units != "HU":
                continue
            assert volume.values[i][row, column] == pytest.approx(hu, abs=0.51), (folder.name, name)
            by_pixel += 1
            if group["uniform"] and patient is not None:
                at = volume.affine @ [i, row, column, 1.0]
                # the probe's pixel is the nearest to the point: half a pixel and half a slice off at most
                reach = np.linalg.norm(np.nan_to_num(volume.spacing_mm)) / 2 + 1e-3
                assert np.linalg.norm(at[:3] - patient) <= reach, (folder.name, name)
                by_patient += 1
    return by_pixel, by_patient


def test_every_variant_has_its_hounsfield_units(variants: Path) -> None:
    checked = {}
    for folder in sorted(p for p in variants.iterdir() if (p / "expected.json").exists()):
        checked[folder.name] = probes_of(open_study(folder), folder)
    assert len(checked) >= 15
    silent = {name for name, (pixels, _) in checked.items() if pixels == 0}
    assert not silent
    assert sum(patient > 0 for _, patient in checked.values()) >= 10
