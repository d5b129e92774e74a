"""Real films to readings: both photometric interpretations, a picture, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from covidviewer.__main__ import main
from covidviewer.inference import registry

pytest.importorskip("torch")

CLASSES = ("normal", "pneumonia", "covid")


@pytest.fixture(scope="module")
def tables(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    films = shared_data / "dicom" / "real_chest_film"
    picture = next((shared_data / "images" / "cxr" / "normal").glob("nih_*.jpg"), None)
    if not films.is_dir() or picture is None:
        pytest.skip("the shared films are not here")
    if not any(x.available for x in registry.list_weights() if x.card.modality == "FILM"):
        pytest.skip("no weights for films are here")
    out = tmp_path_factory.mktemp("films")
    main(["analyze", *map(str, (films, picture)), "--out", str(out), "--device", "cpu"])
    return out


def rows(folder: Path, name: str) -> dict[str, dict[str, str]]:
    with (folder / name).open(encoding="utf-8") as file:
        return {Path(row["path"]).name: row for row in csv.DictReader(file)}


def test_films_of_both_kinds_are_read_by_the_default_for_films(tables: Path) -> None:
    read = rows(tables, "slices.csv")
    default = registry.choose(modality="FILM")
    for name in ("cr_monochrome1_10bit.dcm", "cr_monochrome1_15bit_j2k_lossy.dcm", "cr_monochrome2_8bit_jpeg.dcm"):
        assert read[name]["network"] == default.id
        assert sum(float(read[name][f"p_{c}"]) for c in CLASSES) == pytest.approx(1.0, abs=1e-4)


def test_a_picture_of_a_film_is_recognised(tables: Path) -> None:
    assert any(name.startswith("nih_") for name in rows(tables, "slices.csv"))


def test_a_film_with_wrong_grey_shows_no_lungs_and_is_refused(tables: Path) -> None:
    reasons = rows(tables, "skipped.csv")
    assert "no two lungs" in reasons["cr_wrong_photometric_monochrome1_8bit_jpeg.dcm"]["reason"]
