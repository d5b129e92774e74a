"""Where a plane crosses what is not known: gaps and unread slices, as polygons on the image."""

from __future__ import annotations

import numpy as np

from covidviewer.imaging.mpr.depth import Depth
from covidviewer.imaging.mpr.space import Space
from covidviewer.imaging.slice_plane import Point, SlicePlane


def strips(space: Space, depth: Depth, plane: SlicePlane) -> list[list[Point]]:
    """Convex polygons, corners as (row, column) of the plane, pixel centres at integers."""
    unknown = depth.unknown()
    if not unknown:
        return []
    edge = [(-0.5, -0.5), (-0.5, plane.columns - 0.5), (plane.rows - 0.5, plane.columns - 0.5)]
    edge.append((plane.rows - 0.5, -0.5))
    found = []
    for low, high in unknown:
        corners: list[Point] = list(edge)
        for side, limit in ((1.0, low), (-1.0, -high)):
            corners = _clip(space, plane, corners, side, limit)
        if len(corners) > 2:
            found.append(corners)
    return found


def _clip(space: Space, plane: SlicePlane, corners: list[Point], side: float, limit: float) -> list[Point]:
    """The part of a polygon where side * depth >= limit (Sutherland and Hodgman 1974)."""
    kept: list[Point] = []
    over = [side * float(space.local(np.array(plane.point(*corner)))[0]) - limit for corner in corners]
    for i, (corner, here) in enumerate(zip(corners, over, strict=True)):
        before, there = corners[i - 1], over[i - 1]
        if (here >= 0) != (there >= 0):
            share = there / (there - here)
            kept.append((before[0] + share * (corner[0] - before[0]), before[1] + share * (corner[1] - before[1])))
        if here >= 0:
            kept.append(corner)
    return kept
