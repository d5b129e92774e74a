"""The overlay's defaults are what the specification says, and fit what the program can do."""

from __future__ import annotations

from covidviewer.imaging import colormaps
from covidviewer.imaging.overlay_policy import overlay_policy


def test_defaults_lie_within_their_limits() -> None:
    policy = overlay_policy()
    assert policy.form in policy.forms
    assert policy.colormaps == colormaps.NAMES
    assert policy.colormap == "inferno"
    assert (policy.opacity, policy.opacity_max) == (0.30, 0.70)
    assert policy.threshold_min <= policy.threshold == 0.35 <= policy.threshold_max
    assert policy.ramp == 0.10
