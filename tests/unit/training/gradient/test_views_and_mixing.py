"""Views by one affine, and the rules of mixup, CutMix and Mosaic (NETWORKS 11.8)."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from covidviewer.training.gradient.mixing import Mixing, cutmix_box, draw_mixing, mix, mosaic_shares
from covidviewer.training.gradient.settings import MixSettings, ViewSettings
from covidviewer.training.gradient.views import affine_of, made_otherwise, random_view


def ramp(side: int = 64) -> np.ndarray:
    return np.add.outer(np.arange(side), np.zeros(side)).astype(np.uint8) * 2 + np.arange(side, dtype=np.uint8)[None]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_nothing_switched_on_is_the_identity():
    assert np.array_equal(random_view(ramp(), 64, rng(), ViewSettings())[0], ramp())


def test_flips_mirror_exactly():
    across = random_view(ramp(), 64, rng(), ViewSettings(flip_horizontal=1.0))[0]
    down = random_view(ramp(), 64, rng(), ViewSettings(flip_vertical=1.0))[0]
    assert np.array_equal(across, ramp()[:, ::-1])
    assert np.array_equal(down, ramp()[::-1])


def test_a_crop_of_a_quarter_shows_half_of_each_side():
    settings = ViewSettings(crop_area=(0.25, 0.25))
    affine = affine_of(64, 32, rng(3), settings)
    assert affine[0, 0] == pytest.approx(1.0)
    assert affine[1, 1] == pytest.approx(1.0)
    corners = affine @ np.array([[0, 32], [0, 32], [1, 1]])
    assert corners.min() >= -1e-9
    assert corners.max() <= 64 + 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_rotation_and_scale_have_their_size(seed):
    affine = affine_of(64, 64, rng(seed), ViewSettings(rotation=10, scale=(0.9, 1.1)))
    zoom = np.sqrt(np.linalg.det(affine[:, :2]))
    assert 1 / 1.1 - 1e-9 <= zoom <= 1 / 0.9 + 1e-9
    assert abs(np.rad2deg(np.arctan2(affine[1, 0], affine[0, 0]))) <= 10 + 1e-9
    assert affine @ np.array([32, 32, 1]) == pytest.approx([32, 32])  # about the middle


def test_one_range_does_not_change_the_others():
    """The same chance gives the same crop whether or not noise and rotation are on."""
    a = affine_of(64, 64, rng(1), ViewSettings(crop_area=(0.5, 1.0)))
    b = affine_of(64, 64, rng(1), ViewSettings(crop_area=(0.5, 1.0), shear=0.0, shift=0.0))
    assert np.array_equal(a, b)


def test_grey_levels_noise_blur_and_colour_do_what_they_say():
    flat = np.full((40, 40), 100, np.uint8)
    bright = random_view(flat, 40, rng(), ViewSettings(brightness=0.2))[0]
    assert bright.std() == 0
    assert 80 <= bright.mean() <= 120
    steep = random_view(ramp(40), 40, rng(1), ViewSettings(contrast=0.5))[0]
    assert steep.std() != pytest.approx(ramp(40).std(), rel=0.02)
    colour = random_view(flat, 40, rng(), ViewSettings(color=0.2), channels=3)
    assert colour.shape == (3, 40, 40)
    assert len({int(c.mean()) for c in colour}) > 1
    noisy = random_view(flat, 40, rng(), ViewSettings(noise=1.0, noise_sigma=(0.02, 0.02)))[0]
    assert noisy.std() == pytest.approx(0.02 * 255, rel=0.15)
    edge = np.zeros((40, 40), np.uint8)
    edge[:, 20:] = 200
    blurred = random_view(edge, 40, rng(), ViewSettings(blur=1.0))[0]
    assert np.abs(np.diff(blurred.astype(int), axis=1)).max() < 200


def checks(side: int = 64) -> np.ndarray:
    """A chess board of single pixels: nothing of it outlives fewer pixels."""
    return (np.indices((side, side)).sum(axis=0) % 2 * 200).astype(np.uint8)


def test_a_view_made_otherwise_is_the_same_where_nothing_is_switched_on():
    assert np.array_equal(made_otherwise(ramp(), rng(), ViewSettings()), ramp())


def test_only_a_share_of_the_views_is_made_otherwise():
    settings = ViewSettings(otherwise=0.5, coarse=1.0)
    plain = [np.array_equal(made_otherwise(checks(), rng(seed), settings), checks()) for seed in range(60)]
    assert 18 <= sum(plain) <= 42


def test_fewer_pixels_take_what_is_fine_and_leave_what_is_coarse():
    settings = ViewSettings(coarse=1.0, coarse_scale=(0.5, 0.5))
    fine, broad = made_otherwise(checks(), rng(), settings), made_otherwise(ramp(), rng(), settings)
    assert fine.shape == checks().shape
    assert fine[8:-8, 8:-8].std() < 0.05 * checks().std()
    assert np.abs(broad[4:-4, 4:-4].astype(int) - ramp()[4:-4, 4:-4]).max() <= 2


def test_jpeg_of_a_low_quality_changes_more_than_of_a_high_one():
    noise = rng().integers(0, 256, (64, 64), dtype=np.uint8)
    off = [
        np.abs(made_otherwise(noise, rng(), ViewSettings(jpeg=1.0, jpeg_quality=(q, q))).astype(int) - noise).mean()
        for q in (20, 95)
    ]
    assert off[0] > 3 * off[1] > 0


def test_sharpened_edges_overshoot_and_flat_places_stay():
    step = np.full((16, 16), 100, np.uint8)
    step[:, 8:] = 150
    view = made_otherwise(step, rng(), ViewSettings(sharp=1.0, sharp_amount=(1.0, 1.0)))
    assert view.max() > 155
    assert view.min() < 95
    assert (view[:, :3] == 100).all()
    assert (view[:, -3:] == 150).all()


def test_corners_are_filled_and_the_middle_is_left():
    changed = np.zeros((64, 64), bool)
    for seed in range(12):
        view = made_otherwise(checks(), rng(seed), ViewSettings(corners=1.0, corner_share=(0.1, 0.2)))
        here = view != checks()
        assert len(np.unique(view[here])) <= 1  # one grey for all of them
        changed |= here
    side = round(64 * 0.2)
    assert not changed[side:-side].any()
    assert not changed[:, side:-side].any()
    assert all(changed[np.ix_(rows, columns)].any() for rows in ([0], [63]) for columns in (range(9), range(55, 64)))


def test_what_is_made_otherwise_draws_nothing_from_what_comes_after():
    """A recipe without fewer pixels, JPEG and corners draws the same levels as with them."""
    flat, levels = np.full((16, 16), 120, np.uint8), ViewSettings(brightness=0.3)
    both = ViewSettings(brightness=0.3, coarse=1.0, jpeg=1.0)
    assert abs(int(made_otherwise(flat, rng(4), levels)[8, 8]) - int(made_otherwise(flat, rng(4), both)[8, 8])) <= 1


def test_mixup_without_alpha_is_the_identity():
    x, y = rng().random((4, 1, 8, 8), np.float32), np.eye(4, dtype=np.float32)
    drawn = draw_mixing(4, 8, MixSettings(mixup=1.0, mixup_alpha=0.0), rng())
    assert drawn.share == 1.0
    mixed, labels = mix(drawn, x, y, [x[drawn.partners[:, 0]]], [y[drawn.partners[:, 0]]])
    assert np.array_equal(mixed, x)
    assert np.array_equal(labels, y)


@pytest.mark.parametrize("seed", range(20))
def test_the_share_of_cutmix_is_what_is_left_after_clipping(seed):
    chance = rng(seed)
    box, share = cutmix_box(32, float(chance.beta(1, 1)), chance)
    x, other = np.zeros((1, 1, 32, 32), np.float32), np.ones((1, 1, 32, 32), np.float32)
    y, z = np.array([[1, 0]], np.float32), np.array([[0, 1]], np.float32)
    mixed, labels = mix(Mixing("cutmix", np.zeros((1, 1), int), share, box), x, y, [other], [z])
    assert (mixed == 0).mean() == pytest.approx(share)
    assert labels[0] == pytest.approx([share, 1 - share], abs=1e-6)
    assert x.sum() == 0  # the example itself is not written to


@pytest.mark.parametrize("seed", range(10))
def test_mosaic_weights_are_its_areas_and_sum_to_one(seed):
    drawn = draw_mixing(4, 30, MixSettings(mosaic=1.0), rng(seed))
    assert sum(mosaic_shares(drawn.split)) == pytest.approx(1.0)
    four = [np.full((1, 1, 30, 30), k, np.float32) for k in range(4)]
    labels = [np.eye(4, dtype=np.float32)[[k]] for k in range(4)]
    mixed, target = mix(drawn, four[0], labels[0], four[1:], labels[1:])
    assert target.sum() == pytest.approx(1.0)
    for k in range(4):
        assert (mixed == k).mean() == pytest.approx(float(target[0, k]), abs=1e-6)


def test_mixing_can_be_switched_off_and_its_kinds_come_as_often_as_told():
    settings = MixSettings(mixup=0.3, cutmix=0.3, mosaic=0.1)
    assert draw_mixing(4, 8, settings, rng(), off=True).kind == "none"
    kinds = [draw_mixing(4, 8, settings, rng(i)).kind for i in range(600)]
    for kind, share in (("mixup", 0.3), ("cutmix", 0.3), ("mosaic", 0.1), ("none", 0.3)):
        assert kinds.count(kind) / 600 == pytest.approx(share, abs=0.07)
