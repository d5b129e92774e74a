"""The language of the screen: choice, texts, sentences of the core, buttons of Qt itself; text size and theme."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFormLayout, QWidget
from pytestqt.qtbot import QtBot

from covidviewer.imaging.voi import Window
from covidviewer.ui import corner_text, language, theme
from covidviewer.ui.appearance import Appearance
from covidviewer.ui.problems_bar import ProblemsBar
from covidviewer.ui.sentences import say, say_note
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.problems import Problem, Problems


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    font = QFont(qapp.font())
    before = set(qapp.findChildren(QTranslator))
    assert language.install(qapp, "zh_CN") == "zh_CN"
    yield
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
        translator.deleteLater()
    qapp.setFont(font)


def test_the_choice() -> None:
    assert language.resolve("en", QLocale("zh_CN")) == "en"
    assert language.resolve("zh_CN", QLocale("de_DE")) == "zh_CN"
    assert language.resolve("system", QLocale("zh_CN")) == "zh_CN"
    assert language.resolve("system", QLocale("zh_TW")) == "en"  # traditional letters are another language
    assert language.resolve("system", QLocale("de_DE")) == "en"
    assert language.resolve("nonsense", QLocale("en_GB")) == "en"


def test_english_needs_no_file(qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COVIDVIEWER_RESOURCES", str(tmp_path))
    assert language.install(qapp, "en") == "en"
    assert language.install(qapp, "zh_CN") == "en"  # the file is not there


def test_tables_panels_and_qt_itself_speak_chinese(chinese: None, qtbot: QtBot) -> None:
    assert QCoreApplication.translate("actions", "&File").startswith("文件")
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(buttons)
    assert "取消" in buttons.button(QDialogButtonBox.StandardButton.Cancel).text()


def test_a_sentence_with_numbers_is_matched_by_its_form(chinese: None) -> None:
    assert say("The gantry was tilted by 12.5°; the network is not validated for tilt.") == (
        "机架倾斜 12.5°；网络未对倾斜作验证。"
    )
    assert say("The file is cut short: it holds 100 of the 200 bytes of this image.") == (
        "文件不完整：该图像应有 200 字节，只有 100 字节。"  # the order turns round
    )


def test_a_sentence_within_a_sentence(chinese: None) -> None:
    assert say("Graphics memory is not enough. Continuing with smaller batches (8).").startswith(
        "显存不足。改用较小的批次"
    )


def test_windows_of_a_header_that_gives_them_no_name(chinese: None) -> None:
    assert corner_text.window_text(Window(40, 400, name="Header 2"), "header:1").endswith("文件头 2")
    assert corner_text.window_text(Window(40, 400, name="LUNG"), "header:0").endswith("LUNG")


def test_what_is_unknown_stays(chinese: None) -> None:
    assert say("Nobody has translated this.") == "Nobody has translated this."
    assert say("") == ""


def test_without_a_translation_sentences_stay() -> None:
    assert say("The file is empty.") == "The file is empty."


def test_the_bar_of_problems_speaks_chinese(chinese: None, qtbot: QtBot) -> None:
    problems = Problems()
    bar = ProblemsBar(problems)
    qtbot.addWidget(bar)
    problems.add(Problem("Damaged file", "The file is empty.", advice="Fetch the file again.", severity="warning"))
    text = bar.as_text()
    assert "文件损坏" in text
    assert "文件为空。" in text
    assert "请重新获取该文件。" in text
    assert text.startswith("警告")


def test_settings_keep_language_theme_and_size(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVIDVIEWER_SETTINGS", str(tmp_path / "settings.ini"))
    store = PreferenceStore()
    page = QWidget()
    qtbot.addWidget(page)
    appearance = Appearance(QFormLayout(page), store, page)
    for box, value in (
        (appearance.language, "zh_CN"),
        (appearance.theme, "contrast"),
        (appearance.text_size, "150"),
    ):
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())
    store.sync()
    again = PreferenceStore().value
    assert (again.language, again.theme, again.text_size) == ("zh_CN", "contrast", 150)


def test_text_size_is_of_the_systems_size_and_bounded(qapp: QApplication) -> None:
    font = QFont(qapp.font())
    base = font.pointSizeF()
    try:
        for percent, wanted in ((150, 1.5), (200, 2.0), (90, 0.9), (1000, 2.0), (100, 1.0)):
            theme.scale_text(qapp, percent)
            assert qapp.font().pointSizeF() == pytest.approx(base * wanted)
    finally:
        qapp.setFont(font)


def test_a_theme_is_chosen_by_name() -> None:
    try:
        theme.choose("contrast")
        assert theme.color("window").name() == "#000000"
        assert "#ffffff" in theme.style_sheet()
        theme.choose("no such theme")
        assert theme.THEMES["dark"] == theme.COLORS
    finally:
        theme.choose("dark")


def test_notes_have_dashes_and_minus_signs_and_keep_hyphens() -> None:
    note = "4 slices are missing (at -24.0 - -9.5 mm) - look at 2020-04-01 and x-ray 3-5."
    assert say_note(note) == (
        "4 slices are missing (at \u221224.0 \u2013 \u22129.5 mm) \u2013 look at 2020-04-01 and x-ray 3-5."
    )
