"""What a measurement says: names of kinds, numbers with units, the lines of a label."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from covidviewer.imaging.measure import Kind, Note, Result, Statistics
from covidviewer.ui.texts import mark as _
from covidviewer.workspace.measured_plane import MeasuredPlane
from covidviewer.workspace.measurement import Measurement
from covidviewer.workspace.plane_slices import OWN

NAMES: dict[Kind, str] = {
    Kind.LENGTH: _("measure", "Length"),
    Kind.ANGLE: _("measure", "Angle"),
    Kind.COBB: _("measure", "Cobb angle"),
    Kind.ELLIPSE: _("measure", "Ellipse"),
    Kind.RECTANGLE: _("measure", "Rectangle"),
    Kind.FREEHAND: _("measure", "Freehand"),
    Kind.POLYLINE: _("measure", "Polyline"),
    Kind.PROBE: _("measure", "Point"),
    Kind.ARROW: _("measure", "Arrow"),
    Kind.TEXT: _("measure", "Text"),
}

HINTS: dict[Note, str] = {
    Note.MISSING: _("measure", "The image has no spacing: lengths are in pixels."),
    Note.DETECTOR: _("measure", "Measured at the detector: the body is magnified by an unknown factor."),
    Note.ESTIMATED: _("measure", "Corrected by the estimated radiographic magnification of the header."),
    Note.ULTRASOUND: _("measure", "The scales of ultrasound regions are not read: lengths are in pixels."),
}


PLANES: dict[str, str] = {
    "axial": _("measure", "axial"),
    "coronal": _("measure", "coronal"),
    "sagittal": _("measure", "sagittal"),
    "free": _("measure", "free plane"),
    OWN: _("measure", "own plane"),
}
SLABS: dict[str, str] = {"max": "MIP", "min": "MinIP", "mean": "MEAN"}


def plane_name(record: MeasuredPlane) -> str:
    """ "coronal", "free plane · MIP 20 mm"."""
    name = QCoreApplication.translate("measure", PLANES.get(record.name, "plane"))
    slab = slab_text(record)
    return f"{name} · {slab}" if slab else name


def slab_text(record: MeasuredPlane | None) -> str:
    """ "MIP 20 mm": what the values are of; "" for a plane or an image."""
    if record is None or not record.slab.on:
        return ""
    return f"{SLABS[record.slab.mode]} {record.slab.mm:g} mm"


def kind_name(kind: Kind) -> str:
    """The kind in the user's language."""
    return QCoreApplication.translate("measure", NAMES[kind])


def unit_text(unit: str, note: Note, power: int = 1) -> str:
    """``mm``, ``mm² at detector``, ``mm (estimated)``, ``px``."""
    base = unit + ("²" if power == 2 else "")
    if note is Note.DETECTOR:
        return _tr("{unit} at detector").format(unit=base)
    if note is Note.ESTIMATED:
        return _tr("{unit} (estimated)").format(unit=base)
    return base


def number(value: float, digits: int = 1) -> str:
    """With a true minus sign and without "−0"."""
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def value_lines(measurement: Measurement) -> tuple[str, ...]:
    """The numbers, a line each; empty for what has none."""
    result = measurement.result
    if result is None:
        return ()
    if result.length is not None:
        return (f"{number(result.length)} {unit_text(result.unit, result.note)}",)
    if measurement.kind in (Kind.ANGLE, Kind.COBB):
        return (f"{number(result.angle)}°",) if result.angle is not None else (_tr("no angle"),)
    if measurement.kind is Kind.PROBE:
        return _of_slab((_probe_text(result),), measurement)
    if measurement.kind in (Kind.ELLIPSE, Kind.RECTANGLE, Kind.FREEHAND):
        return _of_slab(_region_lines(result), measurement)
    return ()


def _of_slab(lines: tuple[str, ...], measurement: Measurement) -> tuple[str, ...]:
    """Values of a slab are not those of the tissue at one place: the label says so."""
    slab = slab_text(measurement.plane)
    return (*lines, slab) if slab else lines


def _probe_text(result: Result) -> str:
    if result.value is None:
        return _tr("no value")
    values = " ".join(_value(v) for v in result.value)
    return f"{values} {result.value_unit}".strip()


def _region_lines(result: Result) -> tuple[str, ...]:
    lines: list[str] = []
    if result.area is not None:
        area = f"{number(result.area)} {unit_text(result.unit, result.note, 2)}"
        lines.append(_tr("Area {area}").format(area=area))
    if result.statistics is not None:
        lines[:0] = _statistics_lines(result.statistics, result.value_unit)
    if result.crossing:
        lines.append(_tr("outline crosses itself"))
    return tuple(lines)


def _statistics_lines(found: Statistics, unit: str) -> list[str]:
    return [
        _tr("Mean {mean}  SD {sd} {unit}").format(mean=number(found.mean), sd=number(found.sd), unit=unit).rstrip(),
        _tr("Min {least}  Max {greatest}  n {n}").format(
            least=_value(found.minimum), greatest=_value(found.maximum), n=found.n
        ),
    ]


def _value(value: float) -> str:
    return number(value, 0 if value == int(value) else 2)


def label_lines(measurement: Measurement, short: bool = False) -> tuple[str, ...]:
    """What stands beside the drawing: the reader's words, then the numbers; ``short``: those that matter most."""
    words = measurement.text.splitlines()
    if not short:
        return (*words, *value_lines(measurement))
    numbers = brief(measurement)
    return (*words, numbers) if numbers else tuple(words)


def title(measurement: Measurement) -> str:
    """The reader's words, else the kind."""
    return measurement.text or kind_name(measurement.kind)


def summary(measurement: Measurement) -> str:
    """The numbers on one line."""
    return " · ".join(value_lines(measurement))


def brief(measurement: Measurement) -> str:
    """The numbers that matter most, for a narrow list."""
    result = measurement.result
    if result is None or result.area is None:
        return summary(measurement)
    parts = [f"{number(result.area)} {unit_text(result.unit, result.note, 2)}"]
    if result.statistics is not None:
        found = result.statistics
        parts.insert(0, f"{number(found.mean)} ± {number(found.sd)} {result.value_unit}".rstrip())
    return " · ".join(parts)


def hint(measurement: Measurement) -> str:
    """What restricts the truth of the lengths, "" where nothing does."""
    result = measurement.result
    if result is None or (result.length is None and result.area is None):
        return ""
    found = HINTS.get(result.note, "")
    return QCoreApplication.translate("measure", found) if found else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("measure", text)
