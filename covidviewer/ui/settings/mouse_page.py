"""Mouse: what the buttons and the wheel do."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QPushButton, QWidget

from covidviewer.ui.mouse import STEADY, WHEEL
from covidviewer.workspace.preferences import Preferences
from covidviewer.workspace.workspace import Workspace

BUTTONS = ("mouse_left", "mouse_middle", "mouse_right", "mouse_shift")
WHEELS = ("wheel_plain", "wheel_ctrl", "wheel_alt", "wheel_shift")
FIELDS = (*BUTTONS, *WHEELS, "mouse_sensitivity", "left_handed", "wheel_reversed", "up_is_brighter")
SENSITIVITIES = (0.25, 0.5, 1.0, 2.0, 4.0)


class MousePage(QWidget):
    """The left button is the tool in hand, which begins as chosen here. A short right click is always the menu."""

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
        buttons = (
            self.tr("Left button"), self.tr("Middle button"), self.tr("Right button"), self.tr("Shift + left button")
        )  # fmt: skip
        for field, text in zip(BUTTONS, buttons, strict=True):
            box = self.boxes[field] = QComboBox()
            for tool in STEADY:
                box.addItem(names[tool], tool)
            self._row(form, field, text, box)
        self.boxes["mouse_left"].setToolTip(self.tr("The tool in hand at the start; keys and the tool bar change it."))
        turns = {
            "slices": self.tr("Slices"),
            "fast": self.tr("5 slices at a time"),
            "zoom": self.tr("Zoom at the pointer"),
            "opacity": self.tr("Opacity of the map"),
        }
        wheels = self.tr("Wheel"), self.tr("Ctrl + wheel"), self.tr("Alt + wheel"), self.tr("Shift + wheel")
        for field, text in zip(WHEELS, wheels, strict=True):
            box = self.boxes[field] = QComboBox()
            for turn in WHEEL:
                box.addItem(turns[turn], turn)
            self._row(form, field, text, box)
        speed = self.boxes["mouse_sensitivity"] = QComboBox()
        for value in SENSITIVITIES:
            speed.addItem(f"× {value:g}", value)
        self._row(form, "mouse_sensitivity", self.tr("Window changes by dragging"), speed)
        self.ticks: dict[str, QCheckBox] = {}
        for field, text in (
            ("left_handed", self.tr("For the left hand: left and right button change places over images")),
            ("wheel_reversed", self.tr("The wheel runs the other way")),
            ("up_is_brighter", self.tr("Dragging up makes the image brighter")),
        ):
            tick = self.ticks[field] = QCheckBox(text)
            tick.setObjectName(field)
            tick.setMinimumHeight(24)
            tick.toggled.connect(self._on_tick)
            form.addRow(tick)
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
        for field, tick in self.ticks.items():
            tick.setChecked(getattr(value, field))

    @Slot()
    def _on_box(self) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            self._preferences.update(**{box.objectName(): box.currentData()})

    @Slot(bool)
    def _on_tick(self, on: bool) -> None:
        tick = self.sender()
        if isinstance(tick, QCheckBox):
            self._preferences.update(**{tick.objectName(): on})

    @Slot()
    def _on_defaults(self) -> None:
        default = Preferences()
        self._preferences.update(**{field: getattr(default, field) for field in FIELDS})
