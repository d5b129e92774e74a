"""Measuring on one image: geometry and statistics, without Qt. Points are (row, column) of the image.

Pixel *centres* lie at whole numbers, as DICOM positions do (PS3.3 C.7.6.2.1.1); the image covers -0.5 to n - 0.5.
"""

from covidviewer.imaging.measure.evaluate import REGIONS, Kind, Result, evaluate, point_count
from covidviewer.imaging.measure.masks import Box, region_mask
from covidviewer.imaging.measure.place import patient_points
from covidviewer.imaging.measure.scale import Note, Scale, scale_of
from covidviewer.imaging.measure.statistics import Statistics, statistics_of

__all__ = [
    "REGIONS",
    "Box",
    "Kind",
    "Note",
    "Result",
    "Scale",
    "Statistics",
    "evaluate",
    "patient_points",
    "point_count",
    "region_mask",
    "scale_of",
    "statistics_of",
]
