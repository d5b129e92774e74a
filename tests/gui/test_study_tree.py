"""The left dock: studies and series as they are found, what a scan does, what was left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from covidviewer.dicom.catalog import Kind, LeftOut, Note, NoteCode, Patient, Stack
from covidviewer.study import Series
from covidviewer.ui.left_out import LeftOutDialog
from covidviewer.ui.person import person_name
from covidviewer.ui.series_card import CARD_ROLE, KEY_ROLE, SERIES_MIME, badges_of, two_lines
from covidviewer.ui.study_tree import StudyTree
from covidviewer.workspace.loading import ScanProgress, ScanReport
from covidviewer.workspace.readings import State
from covidviewer.workspace.workspace import Workspace

MakeSeries = Callable[..., tuple[Series, object]]


@pytest.fixture
def stack(make_series: MakeSeries) -> Callable[..., Stack]:
    def make(key: str, number: int = 1, study: str = "1.2", images: int = 3, **fields: object) -> Stack:
        series, _ = make_series(np.zeros((images, 8, 8), np.int16), key=key)
        return replace(series.stack, number=number, study_uid=study, **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture
def tree(qtbot: QtBot, workspace: Workspace) -> StudyTree:
    workspace.read_automatically = False
    made = StudyTree(workspace)
    qtbot.addWidget(made)
    made.resize(260, 600)
    made.show()
    return made


def report(workspace: Workspace, *stacks: Stack, left: tuple[LeftOut, ...] = (), **state: object) -> None:
    """What the disk lane hands to the workspace while a scan runs."""
    workspace.scans.take(1, ScanReport(stacks, left, ScanProgress(**state)))  # type: ignore[arg-type]


def cards(tree: StudyTree) -> list[list[str]]:
    model = tree.model
    return [
        [model.item(at).data(CARD_ROLE).title]
        + [model.item(at).child(row).data(CARD_ROLE).title for row in range(model.item(at).rowCount())]
        for at in range(model.rowCount())
    ]


def test_series_appear_while_the_scan_runs(tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack]) -> None:
    one = stack("a", 2, description="Lung", patient=Patient(name="Doe^Jane"))
    report(workspace, one, files_found=10, files_read=3, images=3)
    assert cards(tree) == [["Doe, Jane", "Lung"]]
    two = stack("b", 1, description="Scout", images=1, patient=Patient(name="Doe^Jane"))
    other = stack("c", 1, "9.9", description="Old", patient=Patient(name="Roe"))
    report(workspace, one, two, other, files_found=10, files_read=10, images=7)
    assert cards(tree) == [["Doe, Jane", "Scout", "Lung"], ["Roe", "Old"]]
    assert tree.model.item(0).child(0).data(CARD_ROLE).line == "CT · 1 image"
    assert tree.model.item(0).child(1).data(CARD_ROLE).line == "CT · 3 images"
    report(workspace, other)
    assert cards(tree) == [["Roe", "Old"]]


def test_hidden_identity_hides_the_name(tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack]) -> None:
    report(workspace, stack("a", patient=Patient(name="Doe^Jane", id="77")))
    workspace.preferences.update(hide_identity=True)
    for index in (tree.model.index(0, 0), tree.model.index_of("a")):
        for role in (CARD_ROLE, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            assert "Doe" not in str(index.data(role))
    assert cards(tree)[0][0] == "Name hidden"


def test_a_fold_and_the_scroll_place_survive_new_series(
    tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack], make_series: MakeSeries
) -> None:
    stacks = [stack(f"s{i}", i, str(i)) for i in range(12)]
    report(workspace, *stacks)
    _, volume = make_series(np.zeros((3, 8, 8), np.int16))
    workspace.active_tile.show(workspace.series("s0"), volume)  # type: ignore[arg-type]
    tree.tree.clicked.emit(tree.model.index(1, 0))
    assert not tree.tree.isExpanded(tree.model.index(1, 0))
    tree.tree.verticalScrollBar().setValue(300)
    report(workspace, *stacks, stack("new", 99, "0"))
    assert [tree.tree.isExpanded(tree.model.index(i, 0)) for i in range(3)] == [True, False, True]
    assert tree.tree.verticalScrollBar().value() == 300


def test_click_and_enter_show_a_series(
    qtbot: QtBot, tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(workspace, "show", lambda key, *rest: shown.append(key))
    report(workspace, stack("a", 1), stack("b", 2))
    place = tree.tree.visualRect(tree.model.index_of("b")).center()
    qtbot.mouseClick(tree.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    tree.tree.setFocus()
    tree.tree.setCurrentIndex(tree.model.index_of("a"))
    qtbot.keyClick(tree.tree, Qt.Key.Key_Return)
    assert shown == ["b", "a"]


def test_the_shown_series_is_the_current_one(
    tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack], make_series: MakeSeries
) -> None:
    report(workspace, stack("a", 1), stack("b", 2))
    _, volume = make_series(np.zeros((3, 8, 8), np.int16))
    workspace.active_tile.show(workspace.series("b"), volume)  # type: ignore[arg-type]
    assert tree.tree.currentIndex().data(KEY_ROLE) == "b"
    # More series are found: the selection is not stolen.
    report(workspace, stack("a", 1), workspace.series("b").stack, stack("c", 3))  # type: ignore[union-attr]
    assert tree.tree.currentIndex().data(KEY_ROLE) == "b"


def test_documents_are_named(tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack]) -> None:
    report(workspace, stack("a", kind=Kind.DOCUMENT, modality="SR", document="Structured Report", description="Dose"))
    card = tree.model.index_of("a").data(CARD_ROLE)
    assert (card.title, card.line, card.document) == ("Dose", "Structured Report", True)


def test_badges_and_tooltip(tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack]) -> None:
    notes = (
        Note(NoteCode.GAP, "Slices 3-4 are missing."),
        Note(NoteCode.LOSSY, "Lossy 12:1."),
        Note(NoteCode.GAP, "x"),
    )
    report(workspace, stack("a", notes=notes, sorting_rule="by position along the normal"))
    index = tree.model.index_of("a")
    assert index.data(CARD_ROLE).badges == ("GAP", "LOSSY")
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "by position along the normal" in tip
    assert "Slices 3-4 are missing." in tip
    workspace.readings.start("a", 3)
    workspace.readings.set_state("a", State.DONE)
    assert tree.model.index_of("a").data(CARD_ROLE).badges == ("GAP", "LOSSY", "AI")
    assert badges_of(()) == ()


def test_scan_foot(qtbot: QtBot, tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack]) -> None:
    left = (LeftOut(Path("a.txt"), "It is no DICOM file."), LeftOut(Path("b.dcm"), "It is cut short."))
    report(workspace, stack("a"), left=left, files_found=40, files_read=20, images=3, finished=False)
    assert tree._scan_text.text() == "20 of 40 files read · 3 images"
    assert (tree._bar.maximum(), tree._bar.value()) == (40, 20)
    assert tree._cancel.isVisibleTo(tree)
    report(workspace, stack("a"), left=left, files_found=40, files_read=40, images=3, finished=True)
    assert not tree._cancel.isVisibleTo(tree)
    assert not tree._bar.isVisibleTo(tree)
    assert tree._left_out.text() == "2 left out"
    with qtbot.waitSignal(tree.left_out_wanted):
        qtbot.mouseClick(tree._left_out, Qt.MouseButton.LeftButton)


def test_cancel_button_cancels_the_scan(
    qtbot: QtBot, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, stack: Callable[..., Stack]
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(workspace, "cancel_scan", lambda *a: asked.append(True))
    made = StudyTree(workspace)
    qtbot.addWidget(made)
    made.show()
    report(workspace, stack("a"), files_found=40, files_read=20)
    qtbot.mouseClick(made._cancel, Qt.MouseButton.LeftButton)
    assert asked == [True]


def test_thumbnails_are_asked_for_only_where_they_are_seen(
    tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    picture = np.zeros((96, 64, 3), np.uint8)
    picture[..., 0] = 200  # red: a swap of channels would turn it blue

    def thumbnail(key: str) -> np.ndarray:
        asked.add(key)
        return picture

    monkeypatch.setattr(workspace, "thumbnail", thumbnail)
    report(workspace, *(stack(f"s{i:02}", i) for i in range(40)))
    image = tree.tree.viewport().grab().toImage()
    assert "s00" in asked
    assert len(asked) < 12
    ratio = image.devicePixelRatio()
    row = tree.tree.visualRect(tree.model.index_of("s00"))
    pixel = image.pixelColor(int((row.left() + 10 + 48) * ratio), int(row.center().y() * ratio))
    assert (pixel.red(), pixel.green(), pixel.blue()) == (200, 0, 0)


def test_a_dragged_series_carries_its_key(tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack]) -> None:
    report(workspace, stack("a"))
    data = tree.model.mimeData([tree.model.index_of("a")])
    assert bytes(data.data(SERIES_MIME).data()) == b"a"
    assert not tree.model.mimeData([tree.model.index(0, 0)]).hasFormat(SERIES_MIME)


def test_rows_have_room_for_the_thumbnail(tree: StudyTree, workspace: Workspace, stack: Callable[..., Stack]) -> None:
    report(workspace, stack("a"))
    delegate = tree.tree.itemDelegate()
    size = delegate.sizeHint(QStyleOptionViewItem(), tree.model.index_of("a"))
    assert size.height() >= 96
    assert delegate.sizeHint(QStyleOptionViewItem(), tree.model.index(0, 0)).height() < 60
    assert tree.model.index_of("nobody") == QModelIndex()


def test_two_lines(qapp: object) -> None:
    metrics = QFontMetrics(QGuiApplication.font())
    wide = metrics.horizontalAdvance("Thorax routine")
    assert two_lines(metrics, "Thorax", wide) == ["Thorax"]
    lines = two_lines(metrics, "Thorax routine with a very long description", wide)
    assert lines[0] == "Thorax routine"
    assert len(lines) == 2
    assert all(metrics.horizontalAdvance(line) <= wide for line in lines)
    assert len(two_lines(metrics, "x" * 80, wide)) == 1


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("Doe^Jane^Q^^", "Doe, Jane Q"),
        ("Doe", "Doe"),
        ("", ""),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou"),
    ],
)
def test_person_name(raw: str, wanted: str) -> None:
    assert person_name(raw).strip("\u2068\u2069") == wanted


# -- the list of what was left out --


@pytest.fixture
def dialog(qtbot: QtBot, workspace: Workspace) -> LeftOutDialog:
    left = (LeftOut(Path("x/a, b.txt"), 'It is no "DICOM" file.'), LeftOut(Path("x/b.dcm"), "It is cut short."))
    report(workspace, left=left)
    made = LeftOutDialog(workspace)
    qtbot.addWidget(made)
    return made


def test_left_out_is_copied_and_saved(dialog: LeftOutDialog, tmp_path: Path) -> None:
    import csv

    dialog.copy()
    assert QGuiApplication.clipboard().text() == dialog.model.as_csv()
    dialog.table.selectRow(1)
    dialog.copy()
    assert QGuiApplication.clipboard().text() == f"path,reason\n{Path('x/b.dcm')},It is cut short.\n"
    assert dialog.save(tmp_path / "list.csv")
    rows = list(csv.reader((tmp_path / "list.csv").read_text("utf-8").splitlines()))
    assert rows == [
        ["path", "reason"],
        [str(Path("x/a, b.txt")), 'It is no "DICOM" file.'],
        [str(Path("x/b.dcm")), "It is cut short."],
    ]


def test_a_list_that_cannot_be_written_is_a_problem(
    dialog: LeftOutDialog, workspace: Workspace, tmp_path: Path
) -> None:
    assert not dialog.save(tmp_path / "absent" / "list.csv")
    assert [p.title for p in workspace.problems.problems] == ["List not saved"]


def test_the_list_follows_a_running_scan(dialog: LeftOutDialog, workspace: Workspace) -> None:
    assert dialog.model.rowCount() == 2
    report(workspace, left=(*workspace.left_out, LeftOut(Path("c"), "Empty.")))
    assert dialog.model.rowCount() == 3
    assert "3 files" in dialog._head.text()
