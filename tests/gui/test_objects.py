"""What others wrote, on the real window: listed, switched with mouse and keys, drawn where it belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from covidviewer.dicom.objects.records import (
    Contour,
    DicomObject,
    Drawing,
    Grid,
    Label,
    Node,
    ObjectKind,
    Part,
    Plane,
    Presentation,
    Reference,
    Report,
    Shutter,
)
from covidviewer.imaging.volume import Volume
from covidviewer.study import Series
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.workspace import Workspace

MakeSeries = Callable[..., tuple[Series, Volume]]


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace) -> Iterator[MainWindow]:
    made = MainWindow(workspace)
    made.resize(1440, 900)
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def shown(window: MainWindow, workspace: Workspace, make_series: MakeSeries) -> Series:
    """A series of 5 slices of 40 x 30 pixels of 2 x 1 mm on the tile."""
    values = np.full((5, 40, 30), -1000, np.int16)
    series, volume = make_series(values, spacing=(3.0, 2.0, 1.0), frame_of_reference="1.9")
    workspace.scans.found[series.key] = series
    workspace.active_tile.show(series, volume, 2)
    QApplication.processEvents()
    return series


def grid(series: Series, index: int) -> Grid:
    a = series.affine
    return Grid((a @ (index, 0, 0, 1))[:3], a[:3, 1], a[:3, 2], (series.rows, series.columns), 3.0)


def put(workspace: Workspace, *parts: Part, kind: ObjectKind = ObjectKind.SEGMENTATION, **fields: object) -> str:
    owner = DicomObject("object#0", kind, "Somebody's", Path("x.dcm"), parts=parts,
                        frames_of_reference=frozenset({"1.9"}), **fields)  # type: ignore[arg-type]  # fmt: skip
    workspace.objects._on_read(owner)
    return owner.key


def one_voxel(series: Series, index: int, row: int, column: int, key: str = "p") -> Part:
    values = np.full((1, 1), 255, np.uint8)
    return Part(key, f"part {key}", (255, 0, 0), planes=(Plane(values, row, column, (40, 30), grid(series, index)),))


def red_center(window: MainWindow) -> tuple[float, float]:
    """Middle (x, y) of what is drawn in red, logical pixels of the canvas."""
    canvas = window.viewport.canvas
    picture = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine() // 4, 4)
    red = (pixels[..., 2] > 150) & (pixels[..., 1] < 60) & (pixels[..., 0] < 60)
    assert red.any(), "nothing red on the screen"
    y, x = np.nonzero(red)
    ratio = picture.devicePixelRatio()
    return (x.min() + x.max() + 1) / 2 / ratio, (y.min() + y.max() + 1) / 2 / ratio


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("flip", [False, True])
def test_a_known_voxel_is_drawn_within_half_a_voxel(
    window: MainWindow, workspace: Workspace, shown: Series, turns: int, flip: bool
) -> None:
    put(workspace, one_voxel(shown, 2, 9, 21))
    workspace.active_tile.set_view(quarter_turns=turns, flip_h=flip)
    QApplication.processEvents()
    projection = window.viewport.canvas.projection()
    assert projection is not None
    x, y = red_center(window)
    from PySide6.QtCore import QPointF

    row, column = projection.to_image(QPointF(x, y))
    assert abs(row - 9) < 0.5
    assert abs(column - 21) < 0.5


@pytest.mark.parametrize("turns", range(4))
def test_a_contour_and_a_drawing_lie_at_their_pixels(
    window: MainWindow, workspace: Workspace, shown: Series, turns: int
) -> None:
    corners = np.array([(8.0, 19.0), (8.0, 23.0), (12.0, 23.0), (12.0, 19.0)])
    place = grid(shown, 2)
    points = place.origin + corners[:, :1] * place.row + corners[:, 1:] * place.column
    put(workspace, Part("c", "c", (255, 0, 0), contours=(Contour(points, True),)), kind=ObjectKind.CONTOURS)
    workspace.active_tile.set_view(quarter_turns=turns)
    QApplication.processEvents()
    from PySide6.QtCore import QPointF

    projection = window.viewport.canvas.projection()
    assert projection is not None
    row, column = projection.to_image(QPointF(*red_center(window)))
    assert abs(row - 10) < 0.5
    assert abs(column - 21) < 0.5


def test_other_slices_stay_free(window: MainWindow, workspace: Workspace, shown: Series) -> None:
    put(workspace, one_voxel(shown, 2, 9, 21))
    workspace.active_tile.go_to_index(3)
    QApplication.processEvents()
    with pytest.raises(AssertionError, match="nothing red"):
        red_center(window)


def show_panel(window: MainWindow) -> None:
    if not window.objects.isVisible() or window.objects.visibleRegion().isEmpty():
        window.toggle_dock("objects")
    QApplication.processEvents()


def test_the_eye_by_mouse_and_by_key(window: MainWindow, workspace: Workspace, shown: Series, qtbot: QtBot) -> None:
    put(workspace, one_voxel(shown, 2, 9, 21))
    show_panel(window)
    (line,) = window.objects._lines.values()
    assert line.eye.isChecked()
    assert line.eye.accessibleName() == "Hide part p"
    qtbot.mouseClick(line.eye, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert not line.eye.isChecked()
    with pytest.raises(AssertionError, match="nothing red"):
        red_center(window)
    line.eye.setFocus()
    qtbot.keyClick(line.eye, Qt.Key.Key_Space)
    QApplication.processEvents()
    red_center(window)


def test_opacity_by_keys_is_limited(window: MainWindow, workspace: Workspace, shown: Series, qtbot: QtBot) -> None:
    put(workspace, one_voxel(shown, 2, 9, 21))
    show_panel(window)
    (line,) = window.objects._lines.values()
    line.opacity.setFocus()
    for _ in range(40):
        qtbot.keyClick(line.opacity, Qt.Key.Key_Right)
    (row,) = window.objects.rows()
    assert row.opacity == 0.70
    assert window.viewport.canvas.hasFocus() is False


def test_more_than_six_list_only_those_on_the_slice(
    window: MainWindow, workspace: Workspace, shown: Series, qtbot: QtBot
) -> None:
    put(workspace, *(one_voxel(shown, i % 5, 4 + i, 5, f"p{i}") for i in range(8)))
    show_panel(window)
    assert sorted(window.objects._lines) == ["object#0/p2", "object#0/p7"]
    rows = window.objects.rows()
    assert {row.key for row in rows if row.visible} == {"object#0/p2", "object#0/p7"}
    workspace.active_tile.go_to_index(3)
    assert sorted(window.objects._lines) == ["object#0/p3"]
    qtbot.mouseClick(window.objects._more, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert len(window.objects._lines) == 8


def test_space_hides_them_for_a_moment(window: MainWindow, workspace: Workspace, shown: Series, qtbot: QtBot) -> None:
    put(workspace, one_voxel(shown, 2, 9, 21))
    canvas = window.viewport.canvas
    canvas.setFocus()
    qtbot.keyPress(canvas, Qt.Key.Key_Space)
    with pytest.raises(AssertionError, match="nothing red"):
        red_center(window)
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    red_center(window)


def test_a_presentation_state_draws_and_gives_its_view(
    window: MainWindow, workspace: Workspace, shown: Series, qtbot: QtBot
) -> None:
    from covidviewer.dicom.catalog import HeaderWindow
    from covidviewer.dicom.objects.records import ShownWindow

    uid = shown.instances[2].sop_instance_uid
    here = (Reference(uid),)
    line = Drawing(np.array([(5.0, 5.0), (5.0, 20.0)]), False, here)
    wish = Presentation((ShownWindow((HeaderWindow(-300, 900),), ()),), quarter_turns=1, flip_h=True)
    put(
        workspace, Part("layer", "notes", (255, 0, 0), drawings=(line,), labels=(Label("look", (9.0, 9.0), here),)),
        kind=ObjectKind.PRESENTATION, references=frozenset({uid}), presentation=wish,
    )  # fmt: skip
    red_center(window)
    show_panel(window)
    (button,) = window.objects._views.values()
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    view = workspace.active_tile.view
    assert (view.quarter_turns, view.flip_h) == (1, True)
    assert view.window is not None
    assert (view.window.center, view.window.width) == (-300, 900)


def test_a_shutter_hides_only_when_asked_and_where_it_says(
    window: MainWindow, workspace: Workspace, shown: Series, qtbot: QtBot
) -> None:
    uid = shown.instances[2].sop_instance_uid
    hidden = np.zeros((40, 30), bool)
    hidden[9, 21] = hidden[30:, :5] = True
    part = Part("shutter", "Shutter", shutters=(Shutter(hidden=hidden, grey=200),))
    key = put(
        workspace, part, kind=ObjectKind.PRESENTATION, references=frozenset({uid}), presentation=Presentation(),
    )  # fmt: skip
    canvas = window.viewport.canvas

    def grey_at(row: float, column: float) -> int:
        projection = canvas.projection()
        assert projection is not None
        at = projection.to_screen(row, column) * canvas.devicePixelRatioF()
        return QColor(canvas.grab().toImage().pixel(at.toPoint())).red()

    before = grey_at(9, 21)
    assert before < 100, "an open state hides nothing by itself"
    workspace.objects.apply(key, workspace.active_tile)
    assert [grey_at(9, 21), grey_at(35, 2)] == [200, 200]
    assert [grey_at(9, 20), grey_at(9, 22), grey_at(8, 21), grey_at(29, 2), grey_at(35, 5)] == [before] * 5
    workspace.active_tile.set_view(quarter_turns=1, flip_h=True)
    assert [grey_at(9, 21), grey_at(9, 22), grey_at(10, 21)] == [200, before, before]
    show_panel(window)
    (line,) = window.objects._lines.values()
    qtbot.mouseClick(line.eye, Qt.MouseButton.LeftButton)
    assert grey_at(9, 21) == before


@pytest.mark.parametrize("turns", [0, 1])
def test_the_displayed_area_fills_the_tile(
    window: MainWindow, workspace: Workspace, shown: Series, qtbot: QtBot, turns: int
) -> None:
    """Rows 10 to 19 and columns 5 to 14 of 40 x 30 pixels, 2 mm high and 1 mm wide: the area fits as a whole."""
    from covidviewer.dicom.objects.records import ShownArea

    uid = shown.instances[2].sop_instance_uid
    line = Drawing(np.array([(5.0, 5.0), (5.0, 20.0)]), False, (Reference(uid),))
    wish = Presentation(areas=(ShownArea((10, 5), (19, 14)),), quarter_turns=turns)
    key = put(
        workspace, Part("layer", "notes", (255, 0, 0), drawings=(line,)),
        kind=ObjectKind.PRESENTATION, references=frozenset({uid}), presentation=wish,
    )  # fmt: skip
    tile, canvas = workspace.active_tile, window.viewport.canvas
    assert workspace.objects.apply(key, tile)
    projection = canvas.projection()
    assert projection is not None
    corners = [projection.to_screen(r, c) for r, c in ((9.5, 4.5), (19.5, 14.5))]
    width, height = (abs(corners[1].x() - corners[0].x()), abs(corners[1].y() - corners[0].y()))
    room = canvas.fit_area()
    assert max(width / room.width(), height / room.height()) == pytest.approx(1.0, abs=0.01)
    assert width / height == pytest.approx(0.5 if turns == 0 else 2.0, rel=0.01)
    middle = (corners[0] + corners[1]) / 2
    assert (middle - room.center()).manhattanLength() < 2
    window.viewport.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_F)
    assert tile.view.part is None  # the whole image again
    fitted = canvas.projection()
    assert fitted is not None
    assert fitted.zoom < projection.zoom / 2


def test_a_magnified_area(window: MainWindow, workspace: Workspace, shown: Series) -> None:
    from covidviewer.dicom.objects.records import ShownArea

    uid = shown.instances[2].sop_instance_uid
    wish = Presentation(areas=(ShownArea((10, 5), (19, 14), magnification=3.0),))
    line = Drawing(np.array([(5.0, 5.0), (5.0, 20.0)]), False, (Reference(uid),))
    key = put(
        workspace, Part("layer", "notes", (255, 0, 0), drawings=(line,)),
        kind=ObjectKind.PRESENTATION, references=frozenset({uid}), presentation=wish,
    )  # fmt: skip
    assert workspace.objects.apply(key, workspace.active_tile)
    projection = window.viewport.canvas.projection()
    assert projection is not None
    assert projection.zoom == 3.0


def test_a_report_is_read_beside_the_images(
    window: MainWindow, workspace: Workspace, shown: Series, qtbot: QtBot
) -> None:
    uid = shown.instances[4].sop_instance_uid
    nodes = (
        Node(0, "", "Report", "", "CONTAINER"),
        Node(1, "contains", "Findings", "", "CONTAINER"),
        Node(2, "contains", "Finding", "Ground glass in both lungs", "TEXT"),
        Node(2, "contains", "Reader", "Doe^Jane", "PNAME", person=True),
        Node(2, "contains", "Source", "", "IMAGE", Reference(uid)),
    )
    owner = DicomObject("r#0", ObjectKind.MEASUREMENTS, "Report", Path("x.dcm"), report=Report("Report", nodes))
    workspace.studies_changed.emit()
    workspace.objects.report_wanted.emit(owner)
    dialog = window._dialogs["object-r#0"]
    assert not dialog.isModal()
    qtbot.keyClicks(dialog.search, "ground")
    visible = [item.text(0) for item in dialog._items if not item.isHidden()]
    assert visible == ["Findings", "Finding"]
    dialog.search.clear()
    texts = [item.text(1) for item in dialog._items]
    assert any("Doe, Jane" in text for text in texts)
    workspace.preferences.update(hide_identity=True)
    assert not any("Doe" in item.text(1) for item in dialog._items)
    dialog.copy()
    assert "Finding: Ground glass in both lungs" in QApplication.clipboard().text()
    workspace.scans.found[shown.key] = shown
    dialog.tree.setCurrentItem(dialog._items[-1])
    assert dialog.go.isEnabled()
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert workspace.active_tile.index == 4


def test_shared_segmentation_opens_from_the_tree(
    window: MainWindow, workspace: Workspace, shared_data: Path, qtbot: QtBot
) -> None:
    folder = shared_data / "dicom"
    workspace.read_automatically = False
    workspace.open([folder / "real_chest_ct" / "ge_3p27mm", folder / "multiframe" / "seg_on_ge_3p27mm.dcm"])
    qtbot.waitUntil(lambda: workspace.scan.finished, timeout=20_000)
    (document,) = [s for study in workspace.studies for s in study.series if s.kind == "document"]
    workspace.show(document.key)
    tile = workspace.active_tile
    qtbot.waitUntil(lambda: bool(tile.series) and len(window.objects.rows()) == 2, timeout=20_000)
    assert tile.series is not None
    assert all(row.here and row.visible for row in window.objects.rows())


def test_a_broken_object_is_one_message_and_the_images_stay(
    window: MainWindow, workspace: Workspace, shared_data: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    import shutil

    import pydicom

    folder = shared_data / "dicom"
    shutil.copytree(folder / "real_chest_ct" / "siemens_8mm", tmp_path / "ct")
    broken = pydicom.dcmread(folder / "multiframe" / "seg_liver_1bit_not_byte_aligned_rle.dcm")
    broken.Rows = 1020  # its streams hold half of that
    (tmp_path / "ct").chmod(0o755)
    broken.save_as(tmp_path / "ct" / "seg.dcm")
    workspace.read_automatically = False
    workspace.open([tmp_path / "ct"])
    qtbot.waitUntil(lambda: workspace.scan.finished and bool(workspace.problems.problems), timeout=20_000)
    (problem,) = workspace.problems.problems
    assert "RLE" in problem.message
    (document,) = [s for study in workspace.studies for s in study.series if s.kind == "document"]
    workspace.show(document.key)
    assert len(workspace.problems.problems) == 2  # asked for again, it says so again, as an error
    qtbot.waitUntil(lambda: workspace.active_tile.slice_values() is not None, timeout=20_000)


def test_a_document_is_drawn_page_by_page(
    window: MainWindow, workspace: Workspace, shared_data: Path, qtbot: QtBot
) -> None:
    workspace.open([shared_data / "dicom" / "multiframe" / "encapsulated_pdf.dcm"])
    qtbot.waitUntil(lambda: bool(window._dialogs), timeout=20_000)
    (dialog,) = window._dialogs.values()
    qtbot.waitUntil(lambda: not dialog.picture.pixmap().isNull(), timeout=30_000)
    assert dialog._count.text() == "page 1 of 1"
    assert not dialog.on.isEnabled()
