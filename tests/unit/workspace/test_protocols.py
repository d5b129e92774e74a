"""Hanging protocols: what they say, when they fit, and one message for each file that is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from covidviewer import assets
from covidviewer.dicom.catalog import Frame, Kind, PixelFormat, Stack
from covidviewer.errors import ProtocolError
from covidviewer.workspace import protocols

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
GOOD = """
id = "mine"
layout = "1x2"
[match]
modality = ["ct"]
[[tile]]
series = "main"
window = "lung"
[[tile]]
series = "other"
description = "soft"
map = false
linked = false
active = true
"""


def stack(key: str = "a", count: int = 40, **fields: object) -> Stack:
    orientation = fields.pop("orientation", AXIAL)
    format = PixelFormat("1.2.840.10008.1.2.1", 8, 8, 16, 16, 15, True)
    frame = Frame(Path("a.dcm"), "1", 1, format, orientation=orientation)  # type: ignore[arg-type]
    made = Stack(key, Kind.CT, "CT", "Thorax", "1", "1.1", (frame,) * count)
    return replace(made, **fields)  # type: ignore[arg-type]


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_ours_are_whole() -> None:
    found, errors = protocols.load([assets.resource_dir() / "protocols"])
    assert errors == ()
    assert {p.id for p in found} == {"ct_chest", "ct_chest_prior", "film", "film_prior", "single"}
    assert found[-1].id == "single"


@pytest.mark.parametrize(
    ("fields", "prior", "id"),
    [
        ({}, False, "ct_chest"),
        ({"body_part": "CHEST"}, False, "ct_chest"),
        ({"body_part": "chest "}, True, "ct_chest_prior"),
        ({"body_part": "HEAD"}, True, "single"),
        ({"count": 3}, False, "single"),
        ({"modality": "DX", "kind": Kind.FILM, "count": 1}, False, "film"),
        ({"modality": "CR", "kind": Kind.FILM, "count": 1}, True, "film_prior"),
        ({"modality": "MR", "kind": Kind.IMAGE}, True, "single"),
        ({"modality": "", "kind": Kind.PICTURE, "count": 1}, False, "single"),
    ],
)
def test_which_of_ours_fits(fields: dict[str, object], prior: bool, id: str) -> None:
    found, _ = protocols.load([assets.resource_dir() / "protocols"])
    chosen = protocols.choose(found, stack(**fields), prior)  # type: ignore[arg-type]
    assert chosen is not None
    assert chosen.id == id


def test_a_file_says_what_it_means(tmp_path: Path) -> None:
    protocol = protocols.read(written(tmp_path, GOOD))
    assert (protocol.id, protocol.name, protocol.layout.name, protocol.active) == ("mine", "mine", "1x2", 1)
    assert protocol.match.fits(stack(), False)
    assert not protocol.match.fits(stack(modality="MR"), False)
    first, second = protocol.tiles
    assert (first.window, first.map, first.linked) == ("lung", None, True)
    assert (second.window, second.map, second.linked) == ("", False, False)
    lung, soft = stack("lung"), stack("soft", description="Soft tissue")
    assert protocol.fill(lung, [lung, stack("x", description="Bone"), soft], []) == (lung, soft)
    assert protocol.fill(lung, [lung], []) == (lung, None)


def test_priors_are_those_like_the_tile_that_is_named(tmp_path: Path) -> None:
    text = GOOD.replace("1x2", "2x2") + '[[tile]]\nseries = "prior"\nlike = 2\n[[tile]]\nseries = "prior"\n'
    protocol = protocols.read(written(tmp_path, text))
    lung, soft = stack("lung", description="Lung"), stack("soft", description="Soft")
    old = [stack("o1", description="Soft"), stack("o2", description="Lung")]
    assert protocol.fill(lung, [lung, soft], old) == (lung, soft, old[0], old[1])
    assert protocol.fill(lung, [lung], old) == (lung, None, None, old[1])


def test_the_readers_own_replaces_ours_by_id(tmp_path: Path) -> None:
    ours, own = tmp_path / "ours", tmp_path / "own"
    ours.mkdir()
    own.mkdir()
    written(ours, GOOD)
    written(own, GOOD.replace('"1x2"', '"2x1"'))
    found, errors = protocols.load([ours, own, tmp_path / "absent"])
    assert errors == ()
    assert [p.layout.name for p in found] == ["2x1"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (('layout = "1x2"', 'layout = "2x2"'), "4 tiles"),
        (('layout = "1x2"', 'layout = "many"'), "no layout"),
        (('id = "mine"', ""), "id"),
        (('id = "mine"', 'id = "../mine"'), "id"),
        (('window = "lung"', 'window = "spleen"'), "spleen"),
        (('series = "other"', 'series = "best"'), "best"),
        (("map = false", 'map = "off"'), "true or false"),
        (('modality = ["ct"]', 'modality = "ct"'), "list"),
        (('description = "soft"', 'description = "("'), "regular expression"),
        (('description = "soft"', "like = 3"), "tile before"),
        (('description = "soft"', 'plane = "diagonal"'), "diagonal"),
        (('description = "soft"', "colour = 3"), "colour"),
        (("[match]", "[match"), "cannot be read"),
    ],
)
def test_a_wrong_file_is_skipped_with_one_sentence(tmp_path: Path, change: tuple[str, str], word: str) -> None:
    written(tmp_path, GOOD.replace(*change))
    written(tmp_path, GOOD.replace('"mine"', '"right"'), "right.toml")
    found, errors = protocols.load([tmp_path])
    assert [p.id for p in found] == ["right"]
    assert len(errors) == 1
    assert isinstance(errors[0], ProtocolError)
    assert "mine.toml" in errors[0].message
    assert word in errors[0].message


def test_bytes_that_are_no_text_and_a_file_too_large(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00id")
    (tmp_path / "b.toml").write_bytes(b"#" * 200_000)
    found, errors = protocols.load([tmp_path])
    assert found == ()
    assert [e.path.name for e in errors if e.path is not None] == ["a.toml", "b.toml"]


def test_plane_of_another_series() -> None:
    rule = protocols.TileRule("other", plane="coronal")
    assert rule.admits(stack(orientation=CORONAL))
    assert not rule.admits(stack())
    assert not rule.admits(stack(kind=Kind.DOCUMENT))
