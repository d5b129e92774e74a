"""Controls of language, theme and text size, as rows for a form of settings; kept and used at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout

from covidviewer.ui.language import LANGUAGES
from covidviewer.ui.theme import SIZES, THEMES
from covidviewer.workspace.preferences import PreferenceStore


class Appearance(QObject):
    """Fills a form; lives as long as the form's widget."""

    def __init__(self, form: QFormLayout, preferences: PreferenceStore, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences
        names = {"dark": self.tr("Dark"), "contrast": self.tr("High contrast")}
        languages = [(value, name or self.tr("As the system")) for value, name in LANGUAGES]
        sizes = [(str(size), f"{size} %") for size in SIZES]
        self.language = self._choice(form, "language", self.tr("Language"), languages)
        self.theme = self._choice(form, "theme", self.tr("Theme"), [(name, names[name]) for name in THEMES])
        self.text_size = self._choice(form, "text_size", self.tr("Text size"), sizes)
        preferences.changed.connect(self.refresh)
        self.refresh()

    def _choice(self, form: QFormLayout, field: str, name: str, rows: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        box.setObjectName(field)
        box.setAccessibleName(name)
        for value, text in rows:
            box.addItem(text, value)
        box.activated.connect(self._on_chosen)
        form.addRow(name, box)
        return box

    @Slot()
    def refresh(self) -> None:
        value = self._preferences.value
        for box in (self.language, self.theme, self.text_size):
            box.setCurrentIndex(max(box.findData(str(getattr(value, box.objectName()))), 0))

    @Slot()
    def _on_chosen(self) -> None:
        self._preferences.update(
            language=str(self.language.currentData()),
            theme=str(self.theme.currentData()),
            text_size=int(self.text_size.currentData()),
        )
