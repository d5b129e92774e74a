"""How an image and its map are shown: frozen values, replaced as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from covidviewer.imaging.voi import Window


@dataclass(frozen=True, slots=True)
class ViewState:
    """How a tile shows its slices; kept over the slices of a series.

    window : None until the first slice decides (header window, else lung for CT, else automatic).
    preset : id of the preset that ``window`` came from: "lung", "header:0", "auto"; "" after a change by hand.
    quarter_turns : clockwise turns by 90 degrees after the flips.
    zoom : device pixels per image column; None fits the image into the tile.
    center : image point (row, column) in the middle of the tile; None is the image's own middle.
    part : (rows, columns), what is fitted while ``zoom`` is None; None is the whole image.
    """

    window: Window | None = None
    preset: str = ""
    invert: bool = False
    quarter_turns: int = 0
    flip_h: bool = False
    flip_v: bool = False
    zoom: float | None = None
    center: tuple[float, float] | None = None
    part: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class OverlayState:
    """How the map of the second reading lies over the image (UX 7).

    method : how the map is made, a name of `inference.registry.METHODS`; "" comes with the reading.
    signed_colormap : colours of maps that speak for and against a class.
    network : id of the weights that this tile shows; "" is the program's choice for all tiles.
    label : class whose map is shown; "" is the positive class of the network.
    grid : "fine" or "coarse", where a network has both.
    lungs : whether the outline of the lungs is drawn, where the input check looked for them.
    threshold : of the map (not the operating point), 0.05 to 0.95. opacity : 0 to 0.70.
    """

    visible: bool = True
    form: str = "contour"
    opacity: float = 0.30
    threshold: float = 0.35
    colormap: str = "inferno"
    signed_colormap: str = "red-blue"
    method: str = ""
    network: str = ""
    label: str = ""
    grid: str = "fine"
    lungs: bool = False

    FORMS = ("contour", "fill", "blocks")
