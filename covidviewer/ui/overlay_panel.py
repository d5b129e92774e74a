"""Right dock, below the reading: how the map is shown, and which network, device and precision make it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from covidviewer.imaging import colormaps
from covidviewer.imaging.overlay_policy import overlay_policy
from covidviewer.ui.class_words import class_word
from covidviewer.ui.explain_box import ExplainBox
from covidviewer.ui.model_card import card_of, reason_of
from covidviewer.workspace.explanations import signed
from covidviewer.workspace.workspace import Workspace

#: Steps of the sliders in percent, and the limits of UX 7.
_POLICY = overlay_policy()
STEP = round(100 * _POLICY.threshold_step)
OPACITY_RANGE = (0, round(100 * _POLICY.opacity_max))
THRESHOLD_RANGE = (round(100 * _POLICY.threshold_min), round(100 * _POLICY.threshold_max))
COLORMAPS = _POLICY.colormaps
SIGNED_COLORMAPS = _POLICY.signed_colormaps
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "float32", "bfloat16")


class OverlayPanel(QWidget):
    """Each control writes into the tile's overlay or the workspace's choice, and is set from there again."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self._grid = grid

        self.visible_box = QCheckBox(self.tr("Show the map"))
        self.visible_box.setToolTip(self.tr("Show or hide the map (O); hold Space to peek below it"))
        self.visible_box.toggled.connect(self._on_visible)
        self.lungs_box = QCheckBox(self.tr("Outline of the lungs"))
        self.lungs_box.setToolTip(
            self.tr("Where the input check found lungs (rough); attention beside them is hatched in any case")
        )
        self.lungs_box.toggled.connect(self._on_lungs)
        self.label = self._combo(self.tr("Class"), ())
        self.label.activated.connect(self._on_label)
        self._forms = self._build_forms()
        self.opacity, self._opacity_text = self._slider(self.tr("Opacity"), OPACITY_RANGE)
        self.opacity.valueChanged.connect(self._on_opacity)
        self.threshold, self._threshold_text = self._slider(self.tr("Map threshold"), THRESHOLD_RANGE)
        self.threshold.setToolTip(
            self.tr("Below it the map is transparent ([ and ]). It is not the score's threshold.")
        )
        self.threshold.valueChanged.connect(self._on_threshold)
        self.colormap = self._combo(self.tr("Colours"), COLORMAPS)
        self.colormap.activated.connect(self._on_colormap)
        self.grid = self._combo(
            self.tr("Grid"), ("fine", "coarse"), (self.tr("fine"), self.tr("coarse (deepest level)"))
        )
        self.grid.activated.connect(self._on_grid)
        self.picture = self._combo(
            self.tr("What the picture shows"),
            ("", "ct", "film"),
            (self.tr("guessed"), self.tr("a CT slice"), self.tr("a chest film")),
        )
        self.picture.setToolTip(self.tr("A picture does not say what it shows; the input check names the guess."))
        self.picture.activated.connect(self._on_picture)
        self.network = self._combo(self.tr("Network"), ())
        self.network.activated.connect(self._on_network)
        self.device = self._combo(
            self.tr("Device"), DEVICES, (self.tr("automatic"), self.tr("processor (CPU)"), self.tr("graphics (CUDA)"))
        )
        self.device.activated.connect(self._on_device)
        self.precision = self._combo(self.tr("Precision"), PRECISIONS, (self.tr("automatic"), "float32", "bfloat16"))
        self.precision.activated.connect(self._on_precision)

        form = QWidget()
        row = QHBoxLayout(form)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button in self._forms.buttons():
            row.addWidget(button, 1)
        self.explain = ExplainBox(workspace)
        self._row(self.tr("Class"), self.label)
        self._row(self.tr("Method"), self.explain).setAlignment(Qt.AlignmentFlag.AlignTop)
        self._row(self.tr("Form"), form)
        self._row(self.tr("Opacity"), self._with_text(self.opacity, self._opacity_text))
        self._row(self.tr("Threshold"), self._with_text(self.threshold, self._threshold_text))
        self._row(self.tr("Colours"), self.colormap)
        self._row(self.tr("Grid"), self.grid)
        rule = QFrame()
        rule.setProperty("role", "rule")
        grid.addWidget(rule, grid.rowCount(), 0, 1, 2)
        self._picture_label = self._row(self.tr("Picture is"), self.picture)
        self._network_label = self._row(self.tr("Network"), self.network)
        self._row(self.tr("Device"), self.device)
        self._row(self.tr("Precision"), self.precision)

        head = QLabel(self.tr("Attention map"))
        head.setProperty("role", "head")
        top = QHBoxLayout()
        top.addWidget(head)
        top.addStretch(1)
        top.addWidget(self.visible_box)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 14)
        box.setSpacing(8)
        box.addLayout(top)
        box.addLayout(grid)
        box.addWidget(self.lungs_box)

        # Dragging a slider must not write the settings file at every step.
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(400)
        self._keep.timeout.connect(self._keep_preferences)
        active = workspace.active
        workspace.preferences.changed.connect(self.refresh)
        active.overlay_changed.connect(self.refresh)
        workspace.readings.series_changed.connect(self._on_series_changed)
        active.series_changed.connect(self.refresh)
        workspace.choice_changed.connect(self.refresh)
        workspace.networks_changed.connect(self._on_networks)
        workspace.layout_changed.connect(self.refresh)
        self._on_networks()

    def sizeHint(self) -> QSize:
        return QSize(340, 330)

    # -- building --

    def _combo(self, name: str, ids: tuple[str, ...], texts: tuple[str, ...] = ()) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        for i, id in enumerate(ids):
            box.addItem(texts[i] if texts else id, id)
        return box

    def _build_forms(self) -> QButtonGroup:
        group = QButtonGroup(self)
        group.setExclusive(True)
        texts = {"contour": self.tr("Contour"), "fill": self.tr("Fill"), "blocks": self.tr("Blocks")}
        for form, text in texts.items():
            button = QPushButton(text)
            button.setCheckable(True)
            button.setProperty("segment", True)
            button.setProperty("form", form)
            button.setAccessibleName(self.tr("Map form: {name}").format(name=text))
            button.setToolTip(self.tr("B goes through the forms"))
            group.addButton(button)
        group.buttonClicked.connect(self._on_form)
        return group

    def _slider(self, name: str, limits: tuple[int, int]) -> tuple[QSlider, QLabel]:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(*limits)
        slider.setSingleStep(STEP)
        slider.setPageStep(STEP)
        slider.setAccessibleName(name)
        text = QLabel()
        text.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 %"))
        text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return slider, text

    def _with_text(self, slider: QSlider, text: QLabel) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(slider, 1)
        row.addWidget(text)
        return holder

    def _row(self, text: str, widget: QWidget) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", "muted")
        at = self._grid.rowCount()
        self._grid.addWidget(label, at, 0)
        self._grid.addWidget(widget, at, 1)
        return label

    # -- following the workspace --

    @Slot(object)
    def _on_series_changed(self, key: str) -> None:
        if key == self._workspace.key_of(self._workspace.active_tile):
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Set every control from the state; controls do not answer to it."""
        overlay = self._workspace.active_tile.overlay
        self._quiet(self.visible_box)
        self.visible_box.setChecked(overlay.visible)
        self.visible_box.blockSignals(False)
        self._quiet(self.lungs_box)
        self.lungs_box.setChecked(overlay.lungs)
        self.lungs_box.blockSignals(False)
        found = self._workspace.current_readings()
        classes = found.classes if found is not None else ()
        if tuple(self.label.itemData(i) for i in range(self.label.count())) != classes:
            self.label.clear()
            for name in classes:
                self.label.addItem(class_word(name), name)
        self.label.setCurrentIndex(self.label.findData(self._workspace.label()))
        self.label.setEnabled(bool(classes))
        for button in self._forms.buttons():
            button.setChecked(button.property("form") == overlay.form)
        for slider, text, share in (
            (self.opacity, self._opacity_text, overlay.opacity),
            (self.threshold, self._threshold_text, overlay.threshold),
        ):
            self._quiet(slider)
            slider.setValue(round(share * 100))
            slider.blockSignals(False)
            text.setText(f"{round(share * 100)} %" if slider is self.opacity else f"{share:.2f}")
        two_sided = signed(self._workspace.explanations.method_of(self._workspace.active_tile))
        self.opacity.setEnabled(overlay.form != "contour" or two_sided)
        for button in self._forms.buttons():
            button.setEnabled(not two_sided)  # superpixels are drawn as they are
        self._fill_colors(SIGNED_COLORMAPS if two_sided else (*COLORMAPS, *colormaps.own_names()))
        self.colormap.setCurrentIndex(
            self.colormap.findData(overlay.signed_colormap if two_sided else overlay.colormap)
        )
        self.grid.setCurrentIndex(self.grid.findData(overlay.grid))
        maps = next(iter(found.slices.values())).maps if found is not None and found.slices else {}
        self.grid.setEnabled(len(maps) != 1)
        series = self._workspace.active_tile.series
        is_picture = series is not None and series.kind == "picture"
        self.picture.setVisible(is_picture)
        self._picture_label.setVisible(is_picture)
        kind = self._workspace.picture_kind(series.key) if series is not None else ""
        self.picture.setCurrentIndex(max(self.picture.findData(kind), 0))
        choice = self._workspace.choice
        self.device.setCurrentIndex(max(self.device.findData(choice.device), 0))
        self.precision.setCurrentIndex(max(self.precision.findData(choice.precision), 0))
        several = len(self._workspace.tiles) > 1
        self._network_label.setText(self.tr("Network here") if several else self.tr("Network"))
        self.network.setItemText(0, self.tr("as elsewhere") if several else self.tr("automatic"))
        # Of several tiles each may have its own; one tile alone shows the choice for all.
        here = overlay.network or ("" if several else choice.network)
        self.network.setCurrentIndex(max(self.network.findData(here), 0))

    def _fill_colors(self, names: tuple[str, ...]) -> None:
        if tuple(self.colormap.itemData(i) for i in range(self.colormap.count())) == names:
            return
        texts = {"red-blue": self.tr("red for, blue against"), "orange-blue": self.tr("orange for, blue against")}
        texts |= colormaps.own_names()
        self.colormap.clear()
        for name in names:
            self.colormap.addItem(texts.get(name, name), name)

    def _quiet(self, widget: QWidget) -> None:
        widget.blockSignals(True)

    @Slot()
    def _on_networks(self) -> None:
        """List every entry of the manifest; those that cannot be used are there, greyed, with the reason."""
        self.network.clear()
        self.network.addItem(self.tr("automatic"), "")
        for entry in self._workspace.networks:
            card = card_of(entry)
            if card is None:
                continue
            self.network.addItem(card.id, card.id)
            reason = reason_of(entry)
            at = self.network.count() - 1
            self.network.setItemData(at, reason or card.data_origin, Qt.ItemDataRole.ToolTipRole)
            model = self.network.model()
            if reason and isinstance(model, QStandardItemModel):
                model.item(at).setEnabled(False)
                self.network.setItemText(at, self.tr("{name} (not available)").format(name=card.id))
        self.refresh()

    # -- asking --

    @Slot(bool)
    def _on_visible(self, on: bool) -> None:
        self._workspace.active_tile.set_overlay(visible=on)

    @Slot()
    def _on_label(self) -> None:
        self._workspace.active_tile.set_overlay(label=str(self.label.currentData() or ""))

    @Slot(object)
    def _on_form(self, button: QPushButton) -> None:
        self._set(form=str(button.property("form")))

    @Slot(int)
    def _on_opacity(self, percent: int) -> None:
        self._set(opacity=_stepped(percent) / 100)

    @Slot(int)
    def _on_threshold(self, percent: int) -> None:
        self._set(threshold=_stepped(percent) / 100)

    @Slot()
    def _on_colormap(self) -> None:
        name = str(self.colormap.currentData())
        self._set(**{"signed_colormap" if name in SIGNED_COLORMAPS else "colormap": name})

    @Slot()
    def _on_grid(self) -> None:
        self._workspace.active_tile.set_overlay(grid=str(self.grid.currentData()))

    @Slot()
    def _on_picture(self) -> None:
        self._workspace.set_picture_kind(str(self.picture.currentData()))

    @Slot()
    def _on_network(self) -> None:
        chosen = str(self.network.currentData() or "")
        if len(self._workspace.tiles) > 1:
            self._workspace.choose_network(chosen)
        else:
            self._workspace.choose_network("")
            self._workspace.choose(network=chosen)

    @Slot()
    def _on_device(self) -> None:
        self._workspace.choose(device=str(self.device.currentData()))

    @Slot()
    def _on_precision(self) -> None:
        self._workspace.choose(precision=str(self.precision.currentData()))

    def _set(self, **changes: object) -> None:
        self._workspace.active_tile.set_overlay(**changes)
        self._keep.start()
        self.refresh()

    @Slot()
    @Slot(bool)
    def _on_lungs(self, on: bool) -> None:
        self._workspace.active_tile.set_overlay(lungs=on)
        self._keep.start()

    def _keep_preferences(self) -> None:
        overlay = self._workspace.active_tile.overlay
        self._workspace.preferences.update(
            overlay_form=overlay.form,
            overlay_opacity=overlay.opacity,
            overlay_threshold=overlay.threshold,
            overlay_colormap=overlay.colormap,
            overlay_lungs=overlay.lungs,
            overlay_signed_colormap=overlay.signed_colormap,
        )


def _stepped(percent: int) -> int:
    return round(percent / STEP) * STEP
