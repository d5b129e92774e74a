"""Facts of a series against series whose making is known."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest

from covidviewer.study import Series, open_study
from covidviewer.workspace.series_facts import facts_of, split_reasons


@pytest.fixture
def ct(shared_data: Path) -> Path:
    return shared_data / "dicom" / "real_chest_ct" / "ge_3p27mm"


def copied(source: Path, target: Path, leave: set[int] = frozenset()) -> Series:  # type: ignore[assignment]
    target.mkdir()
    for i, file in enumerate(sorted(source.glob("*.dcm"))[:20]):
        if i not in leave:
            (target / file.name).write_bytes(file.read_bytes())
    (series,) = open_study(target).series
    return series


def test_counts_spacing_and_encoding(ct: Path, tmp_path: Path) -> None:
    facts = facts_of(copied(ct, tmp_path / "ct"))
    assert (facts.files, facts.images, facts.duplicates, facts.gaps) == (20, 20, 0, ())
    assert facts.least == pytest.approx(3.27, abs=0.01)
    assert facts.greatest == pytest.approx(3.27, abs=0.01)
    assert facts.plane == "axial"
    assert sum(count for _, count in facts.syntaxes) == 20
    assert facts.windows == 20


def test_a_gap_is_named_with_its_distance(ct: Path, tmp_path: Path) -> None:
    facts = facts_of(copied(ct, tmp_path / "ct", {8, 9, 10}))
    (gap,) = facts.gaps
    assert gap.distance == pytest.approx(4 * 3.27, abs=0.02)
    assert gap.after in (7, 8)


def test_why_stacks_were_split(ct: Path, tmp_path: Path) -> None:
    copied(ct, tmp_path / "ct")
    files = sorted((tmp_path / "ct").iterdir())
    for file in files[:3]:
        ds = pydicom.dcmread(file)
        ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        ds.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
        ds.save_as(file)
    first, second = open_study(tmp_path / "ct").series
    reasons = split_reasons(first.stack, second.stack)
    assert "localizer" in reasons
    assert "orientation" in reasons
    assert split_reasons(first.stack, first.stack) == ()
