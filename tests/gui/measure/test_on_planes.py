"""Measuring on computed planes with the mouse: numbers against a phantom, kept by plane in the patient, found again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.imaging.measure import Kind
from covidviewer.imaging.mpr.slab import Slab
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.ui.measure.words import label_lines
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.measurement import Measurement, from_row, to_row
from covidviewer.workspace.measurement_export import to_csv, to_json
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.reader_store import Row
from covidviewer.workspace.reformats import planes_of
from covidviewer.workspace.tile import Tile
from covidviewer.workspace.workspace import Workspace

Mod, Left, NONE = Qt.KeyboardModifier, Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
CORONAL, SAGITTAL, FREE = 1, 2, 3
STEP_MM = 2.5  # between slices; pixels are 1 mm; the series begins at (-100, -80, 40)


def phantom() -> np.ndarray:
    """HU that name their place in the patient: 4 x + 2 y + z, LPS mm, exact under linear interpolation."""
    k, r, c = np.meshgrid(np.arange(31), np.arange(40), np.arange(44), indexing="ij")
    return (4.0 * (-100 + c) + 2.0 * (-80 + r) + (40 + STEP_MM * k)).astype(np.float32)


def hu(point: tuple[float, float, float]) -> float:
    return 4 * point[0] + 2 * point[1] + point[2]


@pytest.fixture
def hung(qtbot: QtBot, workspace: Workspace, make_series: Callable[..., tuple[Series, Volume]]) -> MainWindow:
    workspace.read_automatically = False
    series, volume = make_series(phantom(), key="ramp", spacing=(STEP_MM, 1.0, 1.0))
    workspace.scans.found[series.key] = series
    workspace.loads.volumes.put(series.key, volume)
    made = MainWindow(workspace)
    qtbot.addWidget(made)
    made.resize(1280, 860)
    made.show()
    workspace.show("ramp")
    made.activateWindow()
    workspace.preferences.update(reference_lines=False)
    made.actions_table.run("layout.mpr")
    QApplication.processEvents()
    return made


def draw(window: MainWindow, number: int, key: str, *points: tuple[float, float]) -> None:
    """Take a tool by its key over a tile, press at the first image point, move through the others, release."""
    view = window.viewports.all[number]
    tile = window.viewports._workspace.tiles[number]
    window.viewports._workspace.activate(tile)
    view.setFocus()
    window.actions_table.refresh()
    if key:
        QTest.keyClick(view.canvas, getattr(Qt.Key, f"Key_{key}"))
    projection = view.canvas.projection()
    assert projection is not None
    places = [projection.to_screen(*point) for point in points]

    def send(kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        place = QPointF(view.canvas.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(view.canvas, QMouseEvent(kind, at, place, button, held, Mod.NoModifier))

    send(QEvent.Type.MouseMove, places[0], NONE, NONE)
    send(QEvent.Type.MouseButtonPress, places[0], Left, Left)
    for place in places[1:]:
        send(QEvent.Type.MouseMove, place, NONE, Left)
    send(QEvent.Type.MouseButtonRelease, places[-1], Left, NONE)
    QApplication.processEvents()


def only(workspace: Workspace) -> Measurement:
    series = workspace.active_tile.series
    assert series is not None
    found = workspace.measurements.of_series(series)
    assert len(found) == 1
    assert found[0][0] == -1
    return found[0][1]


def shown(window: MainWindow, number: int) -> list[Measurement]:
    return window.viewports.all[number].canvas.measure.editor.shown()


def whole(qtbot: QtBot, tile: Tile) -> None:
    planes = planes_of(tile)
    assert planes is not None

    def ready() -> bool:
        tile.slice_values()
        return planes.whole

    qtbot.waitUntil(ready)


@pytest.mark.parametrize("number", [CORONAL, SAGITTAL])
def test_a_length_is_that_of_the_patient(hung: MainWindow, workspace: Workspace, number: int) -> None:
    draw(hung, number, "L", (10, 5), (40, 25))
    made = only(workspace)
    assert made.result is not None
    assert made.result.unit == "mm"
    assert made.result.length == pytest.approx(np.hypot(30, 20), abs=0.01)
    assert made.plane is not None
    a, b = (np.array(made.plane.plane.point(*p)) for p in made.points)
    assert np.linalg.norm(a - b) == pytest.approx(made.result.length, abs=1e-6)


def test_statistics_of_a_rectangle_on_the_coronal_plane(hung: MainWindow, workspace: Workspace) -> None:
    draw(hung, CORONAL, "R", (9.6, 5.6), (29.4, 20.4))  # centres of rows 10 to 29 and columns 6 to 20
    made = only(workspace)
    assert made.plane is not None
    assert made.plane.name == "coronal"
    found = made.result.statistics if made.result is not None else None
    assert found is not None
    assert found.n == 20 * 15
    values = [hu(made.plane.plane.point(r, c)) for r in range(10, 30) for c in range(6, 21)]
    assert found.mean == pytest.approx(np.mean(values), abs=0.01)
    assert found.sd == pytest.approx(np.std(values), abs=0.01)
    assert (found.minimum, found.maximum) == pytest.approx((min(values), max(values)), abs=0.01)
    assert made.result is not None
    assert made.result.area == pytest.approx(19.8 * 14.8, abs=0.5)


def test_ellipse_angle_and_point(hung: MainWindow, workspace: Workspace) -> None:
    series = workspace.active_tile.series
    assert series is not None
    draw(hung, SAGITTAL, "E", (10, 5), (30, 25))
    draw(hung, SAGITTAL, "A", (50, 5))
    draw(hung, SAGITTAL, "", (50, 25))
    draw(hung, SAGITTAL, "", (40, 25))
    QTest.keyClick(hung.viewports.all[SAGITTAL].canvas, Qt.Key.Key_P, Mod.ShiftModifier)
    draw(hung, SAGITTAL, "", (20, 30))
    ellipse, angle, point = (m for _, m in workspace.measurements.of_series(series))
    assert (ellipse.kind, angle.kind, point.kind) == (Kind.ELLIPSE, Kind.ANGLE, Kind.PROBE)
    assert ellipse.result is not None
    assert ellipse.result.statistics is not None
    assert ellipse.plane is not None
    assert ellipse.result.statistics.mean == pytest.approx(hu(ellipse.plane.plane.point(20, 15)), abs=0.1)
    assert ellipse.result.area == pytest.approx(np.pi * 100, rel=0.01)
    assert angle.result is not None
    assert angle.result.angle == pytest.approx(90, abs=0.5)
    assert point.result is not None
    assert point.result.value is not None
    assert point.plane is not None
    assert point.result.value[0] == pytest.approx(hu(point.plane.plane.point(20, 30)), abs=0.1)


def test_on_an_oblique_plane(hung: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    tile = workspace.tiles[FREE]
    whole(qtbot, tile)
    rows, columns = tile.shape()
    r, c = rows // 2, columns // 2
    draw(hung, FREE, "R", (r - 5.4, c - 4.4), (r + 5.4, c + 4.4))
    made = only(workspace)
    found = made.result.statistics if made.result is not None else None
    assert found is not None
    assert made.plane is not None
    assert found.n == 11 * 9
    assert found.mean == pytest.approx(hu(made.plane.plane.point(r, c)), abs=0.05)
    workspace.reformats.turn_by_key(tile, True, 3)
    assert shown(hung, FREE) == []  # another plane
    hung.measure._jump(hung.measure.listing.index(0))
    assert [m.id for m in shown(hung, FREE)] == [made.id]  # and back to where it was drawn
    assert workspace.measurements.get(made.id) == made


def test_pixels_beside_the_stack_do_not_count(hung: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    tile = workspace.tiles[FREE]
    tile.go_to_index(tile.count // 4)
    whole(qtbot, tile)
    rows, columns = tile.shape()
    draw(hung, FREE, "R", (0, 0), (rows - 1, columns - 1))
    made = only(workspace)
    found = made.result.statistics if made.result is not None else None
    assert found is not None
    assert found.left_out > 0
    assert found.minimum > -1000  # not the mark of what is unknown
    values = tile.slice_values()
    assert values is not None
    assert found.n + found.left_out == values.size


def test_it_belongs_to_its_plane(hung: MainWindow, workspace: Workspace) -> None:
    draw(hung, CORONAL, "L", (10, 5), (40, 25))
    tile, made = workspace.tiles[CORONAL], only(workspace)
    assert [m.id for m in shown(hung, CORONAL)] == [made.id]
    assert shown(hung, SAGITTAL) == []
    assert shown(hung, 0) == []
    tile.step(1)
    assert shown(hung, CORONAL) == []
    tile.step(-1)
    assert [m.id for m in shown(hung, CORONAL)] == [made.id]


def test_it_is_drawn_at_the_same_place_of_another_tile(hung: MainWindow, workspace: Workspace) -> None:
    """A second tile with coronal planes: another grid may begin elsewhere, the place in the patient is the same."""
    draw(hung, CORONAL, "R", (10, 5), (40, 25))
    made = only(workspace)
    assert made.plane is not None
    other = workspace.tiles[FREE]
    workspace.reformats.show(other, "coronal")
    planes = planes_of(other)
    assert planes is not None
    middle = np.add(made.plane.plane.middle, (0.3, 0.0, 0.4))
    other.go_to_index(planes.lie(made.plane.plane))
    planes.go_through(middle)
    here = shown(hung, FREE)
    assert [m.id for m in here] == [made.id]
    plane = other.plane()
    assert plane is not None
    for a, b in zip(here[0].points, made.points, strict=True):
        assert plane.point(*a) == pytest.approx(made.plane.plane.point(*b), abs=1e-6)


def test_moved_undone_and_deleted(hung: MainWindow, workspace: Workspace) -> None:
    draw(hung, CORONAL, "R", (10, 5), (40, 25))
    made = only(workspace)
    draw(hung, CORONAL, "", (40, 25), (45, 30), (50, 33))
    moved = only(workspace)
    assert moved.points[1] == pytest.approx((50, 33), abs=0.6)
    assert moved.result is not None
    assert moved.plane is not None
    assert moved.result.statistics is not None
    middle = moved.plane.plane.point(*np.mean(moved.points, axis=0))
    assert moved.result.statistics.mean == pytest.approx(hu(middle), abs=3.0)
    workspace.tiles[CORONAL].step(3)
    hung.history.undo()
    assert only(workspace) == made
    assert [m.id for m in shown(hung, CORONAL)] == [made.id]  # the step is shown
    hung.actions_table.run("measure.delete")
    assert not len(workspace.measurements)
    hung.history.undo()
    assert only(workspace) == made


def test_a_slab_says_what_its_numbers_are_of(hung: MainWindow, workspace: Workspace, qtbot: QtBot) -> None:
    tile = workspace.tiles[CORONAL]
    draw(hung, CORONAL, "R", (20, 10), (30, 20))
    plain = only(workspace)
    workspace.reformats.set_slab(tile, Slab("max", 10.0))
    whole(qtbot, tile)
    assert label_lines(shown(hung, CORONAL)[0])[-1] != "MIP 10 mm"  # its numbers are of the plane
    draw(hung, CORONAL, "R", (32, 10), (42, 20))
    series = tile.series
    assert series is not None
    through = next(m for _, m in workspace.measurements.of_series(series) if m.id != plain.id)
    assert label_lines(through)[-1] == "MIP 10 mm"
    found, at = through.result, through.plane
    assert found is not None
    assert found.statistics is not None
    assert at is not None
    middle = at.plane.point(*np.mean(through.points, axis=0))
    assert found.statistics.mean == pytest.approx(hu(middle) + 2 * 5, abs=0.5)  # 5 mm before it lies the largest


def test_kept_and_there_again(hung: MainWindow, workspace: Workspace, qtbot: QtBot, make_series: Callable) -> None:
    with qtbot.waitSignal(workspace.reader_data.saved):
        draw(hung, CORONAL, "E", (10, 5), (40, 25))
    made = only(workspace)
    other = Workspace(PreferenceStore())
    try:
        other.read_automatically = False
        series, volume = make_series(phantom(), key="again", spacing=(STEP_MM, 1.0, 1.0))
        window = MainWindow(other)
        qtbot.addWidget(window)
        window.resize(1280, 860)
        window.show()
        with qtbot.waitSignal(other.measurements.changed):
            other.active_tile.show(series, volume, 5)
        assert [m for _, m in other.measurements.of_series(series)] == [made]
        listing = window.measure.listing
        assert listing.rowCount() == 1
        window.measure._jump(listing.index(0))  # from the images to the plane
        planes = planes_of(other.active_tile)
        assert planes is not None
        assert planes.name == "coronal"
        assert [m.id for m in window.viewport.canvas.measure.editor.shown()] == [made.id]
        assert other.measurements.selected == made
        window.close()
    finally:
        assert other.shut_down()


def test_the_list_goes_from_a_plane_to_an_image(hung: MainWindow, workspace: Workspace) -> None:
    workspace.tiles[0].go_to_index(12)
    draw(hung, 0, "L", (10, 5), (20, 25))
    draw(hung, CORONAL, "L", (10, 5), (40, 25))
    workspace.tiles[0].go_to_index(3)
    listing = hung.measure.listing
    places = [listing.data(listing.index(row), Qt.ItemDataRole.UserRole + 1) for row in range(2)]
    assert places == ["Im 13 (19/31)", "coronal"]
    coronal = workspace.tiles[CORONAL].index
    hung.measure._jump(listing.index(0))
    assert workspace.tiles[0].index == 12
    assert workspace.tiles[CORONAL].index == coronal


def test_export_says_where(hung: MainWindow, workspace: Workspace) -> None:
    draw(hung, CORONAL, "L", (10, 5), (40, 25))
    series, made = workspace.active_tile.series, only(workspace)
    assert series is not None
    assert made.plane is not None
    row = next(csv.DictReader(io.StringIO(to_csv(series, workspace.measurements.of_series(series)))))
    assert row["image"] == row["sop_instance_uid"] == ""
    assert json.loads(row["plane"])["name"] == "coronal"
    first = tuple(float(v) for v in row["points_lps_mm"].split(";")[0].split())
    assert first == pytest.approx(made.plane.plane.point(*made.points[0]), abs=1e-3)
    record = json.loads(to_json(series, workspace.measurements.of_series(series)))["measurements"][0]
    assert record["plane"]["origin_lps_mm"] == pytest.approx(made.plane.plane.origin)


def test_rows_that_are_no_plane_are_left_out(hung: MainWindow, workspace: Workspace) -> None:
    draw(hung, CORONAL, "L", (10, 5), (40, 25))
    row = to_row(only(workspace))
    assert from_row(row) == only(workspace)
    body = json.loads(row.body)
    for name, wrong in (
        ("plane", None), ("spacing_mm", [0, 1]), ("origin_lps_mm", [1, 2]), ("row_direction", [2, 0, 0]),
        ("shape", ["x", 1]), ("slab", "thick"), ("column_direction", [float("nan"), 0, 0]),
    ):  # fmt: skip
        damaged = json.loads(json.dumps(body))
        if name == "plane":
            del damaged["plane"]
        else:
            damaged["plane"][name] = wrong
        assert from_row(Row(row.id, row.sop, row.frame, row.kind, json.dumps(damaged))) is None
