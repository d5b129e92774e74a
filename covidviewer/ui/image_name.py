"""How an image is called on screen: by its number in the header and its place, everywhere alike.

A report, a list, a panel and the corner of the image must mean the same image: another viewer knows only the header's
number, and the place on screen changes with the order.
"""

from __future__ import annotations

from covidviewer.workspace.tile import Tile


def image_name(number: int | None, position: int, count: int) -> str:
    """``Im 143 (37/412)``: the header's number, then the place on screen, which alone stays where there is no number.

    Parameters
    ----------
    number
        Instance Number (0020,0013); None where there is none, or where the image is a computed plane.
    position, count
        Place on screen counted from 0, and images of the stack.
    """
    place = f"{position + 1}/{count}"
    return f"Im {number} ({place})" if number is not None else f"Im {place}"


def name_on(tile: Tile, index: int | None = None) -> str:
    """The image of a tile at ``index`` in data order, the one on screen if None."""
    index = tile.index if index is None else index
    frame = tile.frame(index)
    return image_name(frame.instance_number if frame is not None else None, tile.to_position(index), tile.count)
