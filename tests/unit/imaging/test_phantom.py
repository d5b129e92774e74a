"""The phantom holds the HU that it promises, wherever a plane lies."""

from __future__ import annotations

import numpy as np
import pytest

from covidviewer.imaging import phantom
from covidviewer.imaging.phantom import POINTS, Plane


def oblique_plane(point: tuple[float, float, float], pixel: float = 1.5) -> Plane:
    """64 x 64, turned about two axes, with the point on the centre of pixel (30, 20)."""
    tip, turn = np.deg2rad(25), np.deg2rad(-35)
    right = np.array([np.cos(turn), np.sin(turn), 0.0])
    down = np.array([-np.sin(turn) * np.cos(tip), np.cos(turn) * np.cos(tip), np.sin(tip)])
    origin = np.array(point) - pixel * (30 * down + 20 * right)
    return Plane(tuple(origin), tuple(pixel * down), tuple(pixel * right), (64, 64))


def axial_plane(z: float, size: int = 128) -> Plane:
    pixel = 360 / size
    corner = -(size - 1) / 2 * pixel
    return Plane((corner, corner, z), (0, pixel, 0), (pixel, 0, 0), (size, size))


@pytest.mark.parametrize("name", POINTS)
def test_points_hold_their_hu_on_an_oblique_plane(name: str) -> None:
    point, hu = POINTS[name]
    image = phantom.sample(oblique_plane(point))
    assert image.dtype == np.int16
    assert image[30, 20] == hu
    assert image[29, 20] == hu  # a ball, not a lucky pixel


@pytest.mark.parametrize("name", POINTS)
def test_points_hold_their_hu_on_a_coronal_plane(name: str) -> None:
    (x, y, z), hu = POINTS[name]
    plane = Plane((x - 40, y, z + 40), (0, 0, -2.0), (2.0, 0, 0), (41, 41))
    assert phantom.sample(plane)[20, 20] == hu


def test_a_crop_shows_what_the_whole_shows() -> None:
    plane = axial_plane(-10.0)
    box = (slice(30, 90), slice(20, 100))
    whole, part = phantom.sample(plane), phantom.sample(plane.crop(box))
    # The texture is a matrix product: the last bit may round otherwise.
    assert np.abs(whole[box].astype(int) - part).max() <= 1


def test_oblique_and_axial_planes_agree_where_they_cross() -> None:
    # The same pixels of z = 5, once as a plane whose axes are turned in itself by a right angle.
    size, pixel = 96, 3.5
    corner = -(size - 1) / 2 * pixel
    a = Plane((corner, corner, 5.0), (0, pixel, 0), (pixel, 0, 0), (size, size))
    b = Plane((corner, corner, 5.0), (pixel, 0, 0), (0, pixel, 0), (size, size))
    assert np.abs(phantom.sample(a).astype(int) - phantom.sample(b).T).max() <= 1


def test_noise_has_its_deviation_and_its_seed() -> None:
    plane = Plane((-175.0, -175.0, 0.0), (0, 0.4, 0), (0.4, 0, 0), (100, 100))  # air, before the chest
    clean = phantom.sample(plane)
    first, again, other = (phantom.sample(plane, noise=8.0, seed=s) for s in (3, 3, 4))
    assert (clean == -1000).all()
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.std(first) == pytest.approx(8.0, rel=0.05)


def test_lesions_are_where_the_truth_says() -> None:
    for lesion in phantom.LESIONS:
        plane = oblique_plane(lesion.centre)
        share = phantom.lesion_share(plane, lesion.kind)
        assert share[30, 20] == pytest.approx(1.0)
        assert share.min() == 0
    consolidation = phantom.lesion_share(axial_plane(-34.0), "consolidation")
    assert 0 < (consolidation > 0.5).mean() < 0.05


def test_lesions_lie_in_the_lungs_and_are_denser_than_lung() -> None:
    plane = axial_plane(-20.0, 256)
    image, share = phantom.sample(plane), phantom.lesion_share(plane)
    healthy = image[(image > -950) & (image < -750) & (share == 0)]
    assert len(healthy) > 5000
    assert np.median(image[share > 0.9]) > np.median(healthy) + 150


def test_body_is_the_right_way_round() -> None:
    image = phantom.sample(axial_plane(-40.0, 256))
    x = np.linspace(-180, 180, 256)
    soft = (image > 0) & (image < 80)
    rows = slice(80, 110)  # the heart's level, in front of the spine
    assert (soft[rows][:, x > 15].sum() - soft[rows][:, x < -15].sum()) > 300  # the heart leans to the left
    bone = image[:, 120:136] > 300
    assert np.flatnonzero(bone.any(axis=1)).max() > 185  # spine at the back: large y, last rows


def test_film_looks_like_a_chest_film() -> None:
    film = phantom.film(rows=288, columns=320, pixel_mm=1.28)
    pixels = film.pixels.astype(int)
    assert film.pixels.dtype == np.uint16
    assert pixels.max() < 1 << 14
    air, right, left, spine = (
        np.median(pixels[rows, columns])
        for rows, columns in (
            (slice(100, 120), slice(2, 10)),
            (slice(100, 180), slice(70, 110)),
            (slice(100, 180), slice(215, 250)),
            (slice(100, 180), slice(150, 170)),
        )
    )
    assert air < right < spine
    assert air < left < spine
    # The heart's shadow lies at the right of the picture: the patient's left.
    assert np.median(pixels[170, 180:220]) > np.median(pixels[170, 100:140])
