"""Mouse: what the buttons and the wheel do."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QPushButton, QWidget

from covidviewer.ui.mouse import STEADY
from covidviewer.workspace.preferences import Preferences
from covidviewer.workspace.workspace import Workspace

FIELDS = ("mouse_middle", "mouse_right", "mouse_shift", "mouse_sensitivity", "wheel_reversed", "up_is_brighter")
SENSITIVITIES = (0.25, 0.5, 1.0, 2.0, 4.0)


class MousePage(QWidget):
    """The left button is the tool in hand; the others are chosen here. A short right click is always the menu."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = workspace.preferences
        names = {
            "window": self.tr("Window / level"),
            "pan": self.tr("Pan"),
            "zoom": self.tr("Zoom"),
            "scroll": self.tr("Scroll"),
        }
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(10)
        self.boxes: dict[str, QComboBox] = {}
        for field, text in (
            ("mouse_middle", self.tr("Middle button")),
            ("mouse_right", self.tr("Right button")),
            ("mouse_shift", self.tr("Shift + left button")),
        ):
            box = self.boxes[field] = QComboBox()
            for tool in STEADY:
                box.addItem(names[tool], tool)
            self._row(form, field, text, box)
        speed = self.boxes["mouse_sensitivity"] = QComboBox()
        for value in SENSITIVITIES:
            speed.addItem(f"× {value:g}", value)
        self._row(form, "mouse_sensitivity", self.tr("Window changes by dragging"), speed)
        self.wheel = QCheckBox(self.tr("The wheel runs the other way"))
        self.wheel.setMinimumHeight(24)
        self.wheel.toggled.connect(self._on_wheel)
        form.addRow(self.wheel)
        self.up = QCheckBox(self.tr("Dragging up makes the image brighter"))
        self.up.setObjectName("up_is_brighter")
        self.up.setMinimumHeight(24)
        self.up.toggled.connect(self._on_up)
        form.addRow(self.up)
        self.defaults = QPushButton(self.tr("Restore defaults"))
        self.defaults.setAutoDefault(False)
        self.defaults.clicked.connect(self._on_defaults)
        row = QHBoxLayout()
        row.addWidget(self.defaults)
        row.addStretch(1)
        form.addRow(row)
        self._preferences.changed.connect(self.refresh)
        self.refresh()

    def _row(self, form: QFormLayout, field: str, text: str, box: QComboBox) -> None:
        box.setObjectName(field)
        box.setAccessibleName(text)
        box.setMinimumHeight(28)
        box.activated.connect(self._on_box)
        form.addRow(text, box)

    @Slot()
    def refresh(self) -> None:
        """Show what is so now."""
        value = self._preferences.value
        for field, box in self.boxes.items():
            box.setCurrentIndex(max(box.findData(getattr(value, field)), 0))
        self.wheel.setChecked(value.wheel_reversed)
        self.up.setChecked(value.up_is_brighter)

    @Slot()
    def _on_box(self) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            self._preferences.update(**{box.objectName(): box.currentData()})

    @Slot(bool)
    def _on_wheel(self, on: bool) -> None:
        self._preferences.update(wheel_reversed=on)

    @Slot(bool)
    def _on_up(self, on: bool) -> None:
        self._preferences.update(up_is_brighter=on)

    @Slot()
    def _on_defaults(self) -> None:
        default = Preferences()
        self._preferences.update(**{field: getattr(default, field) for field in FIELDS})
