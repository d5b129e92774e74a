"""Windows of real and damaged headers, down to the greys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from covidviewer.imaging import voi
from covidviewer.study import open_study


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("window_two", [("LUNG", -1250, 249), ("MEDIASTINUM", -160, 239)]),
        ("window_one", [("Header", 39.5, 39.5)]),
        ("window_negative", [("Header", -160, 239)]),
        ("window_zero", []),
        ("window_text", []),
        ("window_empty", []),
        ("voi_lut_sequence", [("test", 0, 256)]),
        ("good_256", [("Header", -1250, 249)]),
    ],
)
def test_windows_of_damaged_headers(shared_data: Path, name: str, limits: list[tuple[str, float, float]]) -> None:
    (series,) = open_study(shared_data / "dicom" / "hostile_derived" / f"{name}.dcm").series
    windows = voi.windows_of(series.instances[0])
    assert [(w.name, *w.limits) for w in windows] == limits
    picture = series.thumbnail()
    assert picture.std() > 0


def test_the_voi_table_of_a_header_maps_zero_to_255(shared_data: Path) -> None:
    (series,) = open_study(shared_data / "dicom" / "hostile_derived" / "voi_lut_sequence.dcm").series
    (window,) = voi.windows_of(series.instances[0])
    values = np.array([-1000, 0, 1, 128, 255, 700], np.int16)
    assert voi.lut(window)[values.view(np.uint16)].tolist() == [0, 0, 1, 128, 255, 255]


@pytest.mark.parametrize("folder", ["ge_3p27mm", "siemens_8mm"])
def test_real_chest_series(shared_data: Path, folder: str) -> None:
    import SimpleITK

    study = open_study(shared_data / "dicom" / "real_chest_ct" / folder)
    series = max(study.series, key=len)
    volume = series.load(first=len(series) // 2)
    assert volume.failed == {}
    assert volume.units == "HU"
    assert volume.values.dtype == np.int16
    for i in (0, len(series) // 2, len(series) - 1):
        wanted = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(series.instances[i].path)))
        assert (volume.values[i] == wanted[0]).all()
    # lungs and soft tissue are where they belong
    middle = volume.values[len(series) // 2]
    assert ((middle > -950) & (middle < -700)).mean() > 0.05
    assert ((middle > -20) & (middle < 90)).mean() > 0.05
