"""Near-duplicates and the association of label and source, against answers known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from covidviewer.training.leaks import cramers_v, difference_hash, near_duplicates


def smooth(seed: int, side: int = 64) -> np.ndarray:
    small = np.random.default_rng(seed).integers(0, 256, (7, 7), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))


def test_a_brighter_smaller_copy_in_another_split_is_found():
    pictures = [smooth(s) for s in range(12)]
    copy = np.asarray(Image.fromarray(pictures[3]).resize((50, 50)), np.int16)
    pictures.append(np.clip(copy * 0.9 + 12, 0, 255).astype(np.uint8))
    splits = ["train"] * 12 + ["test"]
    (pair,) = near_duplicates(pictures, splits, 6, 0.98)
    assert (pair.first, pair.second) == (3, 12)
    assert near_duplicates(pictures, ["train"] * 13, 6, 0.98) == []  # within one split it leaks nothing


def test_the_hash_does_not_see_brightness():
    a = smooth(1)
    assert difference_hash([a])[0] == difference_hash([(a // 2).astype(np.uint8)])[0] or (
        np.bitwise_count(difference_hash([a])[0] ^ difference_hash([(a // 2).astype(np.uint8)])[0]) <= 3
    )


def test_cramers_v():
    labels = ["a", "a", "b", "b"] * 5
    assert cramers_v(labels, labels) == pytest.approx(1.0)
    assert cramers_v(labels, ["x", "y", "x", "y"] * 5) == pytest.approx(0.0)
    assert np.isnan(cramers_v(labels, ["x"] * 20))
    # [[10, 20], [30, 40]]: chi2 = 100 (10*40 - 20*30)^2 / (30*70*40*60)
    pairs = [("a", "x")] * 10 + [("a", "y")] * 20 + [("b", "x")] * 30 + [("b", "y")] * 40
    expected = (100 * (10 * 40 - 20 * 30) ** 2 / (30 * 70 * 40 * 60) / 100) ** 0.5
    assert cramers_v([p[0] for p in pairs], [p[1] for p in pairs]) == pytest.approx(expected)
