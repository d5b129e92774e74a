"""A phantom thorax: a function of patient coordinates with known HU, for the demo, the self-test and tests."""

from covidviewer.imaging.phantom.anatomy import LESIONS, POINTS, PROBE_MM, Lesion
from covidviewer.imaging.phantom.ct import lesion_share, sample
from covidviewer.imaging.phantom.plane import Plane
from covidviewer.imaging.phantom.projection import Film, film

__all__ = ["LESIONS", "POINTS", "PROBE_MM", "Film", "Lesion", "Plane", "film", "lesion_share", "sample"]
