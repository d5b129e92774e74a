"""To the place of what was measured or marked: the image of the series, or the computed plane it was drawn on."""

from __future__ import annotations

from covidviewer.workspace.measurement import Measurement
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace


def go_to_image(workspace: Workspace, tile: Tile, index: int) -> None:
    """Show an image of a tile's series: on that tile, or beside computed planes where another has the images."""
    if tile.computed:
        others = (other for other in workspace.tiles if other.series is tile.series and not other.computed)
        beside = next(others, None)
        if beside is None:
            workspace.reformats.plain(tile)
        else:
            tile = beside
    tile.go_to_index(index)


def go_to(workspace: Workspace, tile: Tile, measurement: Measurement) -> None:
    """Show where a measurement of a tile's series lies; nothing happens for one of another series."""
    series, record = tile.series, measurement.plane
    if series is None:
        return
    if record is not None:
        if series.uid == measurement.series_uid and workspace.reformats.possible(tile):
            points = [record.plane.point(*point) for point in measurement.points]
            x, y, z = (sum(values) / len(points) for values in zip(*points, strict=True))
            workspace.reformats.show_measured(tile, record, (x, y, z))
        return
    images = ((frame.sop_instance_uid, frame.frame) for frame in series.instances)
    index = next((i for i, image in enumerate(images) if image == measurement.image), None)
    if index is not None:
        go_to_image(workspace, tile, index)
