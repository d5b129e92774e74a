"""What a picture looks like: made-up pictures here, real ones in tests/integration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from covidviewer.errors import FileError
from covidviewer.inference.picture_kind import figures, guess_picture_kind


def test_coloured_flat_and_tiny_pictures_are_other() -> None:
    rng = np.random.default_rng(0)
    assert guess_picture_kind(rng.integers(0, 256, (200, 200, 3)).astype(np.uint8)) == "other"
    assert guess_picture_kind(np.zeros((200, 200), np.uint8)) == "other"
    assert guess_picture_kind(np.zeros((8, 400), np.uint8)) == "other"
    assert guess_picture_kind(rng.integers(0, 256, (200, 200)).astype(np.uint8)) == "other"


def test_figures_do_not_depend_on_range_or_channels(slice_of_chest: Callable[..., Any]) -> None:
    chest = slice_of_chest().astype(np.float32)
    grey = np.clip((chest + 1350) / 1500 * 255, 0, 255).astype(np.uint8)
    first, colour = figures(grey)
    assert colour == 0
    assert first == pytest.approx(figures(grey.astype(np.uint16) * 200)[0], abs=1e-3)
    second, colour = figures(np.repeat(grey[:, :, None], 3, axis=2))
    assert colour == 0
    assert first == pytest.approx(second, abs=0.02)


def test_a_missing_model_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("COVIDVIEWER_RESOURCES", str(tmp_path))
    with pytest.raises(FileError, match="picture_kind"):
        guess_picture_kind(np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8))
