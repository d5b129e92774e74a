"""Hangs a study on the tiles by its protocol, and leaves the reader's own choices alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from covidviewer.dicom.catalog import Kind, Stack
from covidviewer.study import Series
from covidviewer.workspace import protocols
from covidviewer.workspace.layouts import SINGLE, Layout
from covidviewer.workspace.priors import likeness, prior_of, same_patient, study_moment
from covidviewer.workspace.protocols import Protocol

if TYPE_CHECKING:
    from covidviewer.workspace.workspace import OpenStudy, Workspace


#: Logical pixels that a tile should be wide; a study hangs by itself on one tile where a protocol's would be narrower.
LEAST_TILE = 200


def alone(protocol: Protocol) -> Protocol:
    """The same with its active tile alone."""
    return replace(protocol, layout=SINGLE, tiles=(protocol.tiles[protocol.active],))


class Hanging(QObject):
    """Which study hangs, by which protocol, and whether the reader has changed it since.

    room : logical pixels across which tiles stand; None as long as no screen has said so.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._protocols: tuple[Protocol, ...] | None = None
        self._study = ""
        self._main = ""
        self._protocol = ""
        self._own = False
        self._applying = False
        self.room: int | None = None
        workspace.shown_changed.connect(self._on_shown)

    @property
    def protocols(self) -> tuple[Protocol, ...]:
        """All there are, read when first asked for; wrong files are told then, once."""
        if self._protocols is None:
            self._protocols, errors = protocols.load()
            for error in errors:
                self._workspace.problems.add_error(error, "warning")
        return self._protocols

    @property
    def protocol(self) -> str:
        """Id of the protocol by which the tiles hang; "" where the reader arranged them."""
        return "" if self._own else self._protocol

    # -- requests --

    def reload(self) -> None:
        """Read the files anew when they are next asked for: the user changed some."""
        self._protocols = None

    def hang(self, study: OpenStudy, main: Series | None = None) -> None:
        """Hang a study by the protocol that fits it.

        main : the series that the reading starts with, by default the largest CT stack, else the largest.
        """
        images = [s for s in study.series if s.kind is not Kind.DOCUMENT]
        if not images:
            return
        start = main or starting_series(images)
        prior = self._prior(study, start)
        chosen = None
        if self._workspace.preferences.value.hang_by_protocol:
            chosen = protocols.choose(self.protocols, start.stack, bool(prior))
        if chosen is None:
            self._study, self._main, self._protocol, self._own = study.uid, start.key, "", False
            self._workspace.show(start.key)
            return
        self._apply(chosen if self._fits(chosen) else alone(chosen), start, images, prior)

    def use(self, id: str) -> None:
        """Hang the study of the active tile by a protocol that the reader chose."""
        active = self._workspace.active_tile.series
        chosen = next((p for p in self.protocols if p.id == id), None)
        study = self._study_of(active.study_uid) if active is not None else None
        if chosen is None or study is None or active is None:
            return
        images = [s for s in study.series if s.kind is not Kind.DOCUMENT]
        self._apply(chosen, active, images, self._prior(study, active), again=True)

    def again(self) -> None:
        """Hang the study of the active tile anew, as if it had just been opened."""
        active = self._workspace.active_tile.series
        study = self._study_of(active.study_uid) if active is not None else None
        if study is not None:
            self._own = False
            self.hang(study)

    def choose_layout(self, layout: Layout) -> None:
        """The reader's own layout: it holds until another study is hung. Empty tiles get the study's next series."""
        self._own = True
        self._applying = True
        try:
            if layout == self._workspace.layout:
                self._workspace.layout_changed.emit()  # one tile may hide the others: it was asked to see them
            self._workspace.set_layout(layout)
            self._fill_empty()
        finally:
            self._applying = False
        self.changed.emit()

    def look_for_prior(self) -> None:
        """More studies are open: hang a prior that was found, if the tiles still hang as the protocol had them."""
        if self._own or not self._protocol or not self._study:
            return
        study, main = self._study_of(self._study), self._workspace.series(self._main)
        if study is None or main is None:
            return
        prior = self._prior(study, main)
        chosen = protocols.choose(self.protocols, main.stack, bool(prior))
        if chosen is not None and chosen.match.prior and chosen.id != self._protocol and self._fits(chosen):
            self._apply(chosen, main, [s for s in study.series if s.kind is not Kind.DOCUMENT], prior)

    def forget(self) -> None:
        """All studies were closed."""
        self._study = self._main = self._protocol = ""
        self._own = False
        self.changed.emit()

    # -- doing --

    def _fits(self, protocol: Protocol) -> bool:
        return self.room is None or self.room >= LEAST_TILE * len(protocol.layout.columns)

    def _apply(
        self,
        protocol: Protocol,
        main: Series,
        images: Sequence[Series],
        prior: Sequence[Stack],
        again: bool = False,
    ) -> None:
        workspace = self._workspace
        stacks = protocol.fill(main.stack, [s.stack for s in images], prior)
        self._applying = True
        try:
            workspace.set_layout(protocol.layout)
            tiles = workspace.tiles
            active = tiles[protocol.active]
            # The tile that the reading starts with is loaded first.
            for number in sorted(range(len(tiles)), key=lambda n: n != protocol.active):
                tile, rule, stack = tiles[number], protocol.tiles[number], stacks[number]
                if stack is None:
                    workspace.empty(tile)
                    continue
                kept = tile.series is not None and tile.series.key == stack.key
                workspace.show(stack.key, tile=tile)
                if rule.window and (again or not kept):
                    tile.set_preset(rule.window)
                if rule.map is not None:
                    tile.set_overlay(visible=rule.map)
                workspace.links.set_loose(tile, not rule.linked)
            workspace.activate(active)
        finally:
            self._applying = False
        workspace.attend()
        self._study, self._main, self._protocol, self._own = main.study_uid, main.key, protocol.id, False
        self.changed.emit()

    def _fill_empty(self) -> None:
        workspace = self._workspace
        shown = {t.series.key for t in workspace.tiles if t.series is not None}
        series = workspace.active_tile.series
        study = self._study_of(series.study_uid) if series is not None else None
        waiting = [s for s in study.series if s.kind is not Kind.DOCUMENT and s.key not in shown] if study else []
        for tile in workspace.tiles:
            if tile.series is None and waiting:
                workspace.show(waiting.pop(0).key, tile=tile)
        workspace.attend()

    def _prior(self, study: OpenStudy, main: Series) -> Sequence[Stack]:
        stacks = [s.stack for s in study.series]
        others = ([s.stack for s in other.series] for other in self._workspace.studies if other.uid != study.uid)
        return prior_of(stacks, others, main.stack) or ()

    def _study_of(self, uid: str) -> OpenStudy | None:
        return next((study for study in self._workspace.studies if study.uid == uid), None)

    @Slot()
    def _on_shown(self) -> None:
        if not self._applying and not self._own:
            self._own = True
            self.changed.emit()


def starting_series(images: Sequence[Series]) -> Series:
    """The largest CT stack is what a chest reading starts with, else the largest of any kind.

    Where the same patient has a later study with a series like it, that one: the earlier is its prior.
    """
    largest = max(images, key=lambda s: (s.kind is Kind.CT, len(s.instances)))
    later = [
        (study_moment([s.stack]), likeness(largest.stack, s.stack), s)
        for s in images
        if same_patient(s.stack.patient, largest.stack.patient)
        and study_moment([s.stack]) > study_moment([largest.stack])
        and likeness(largest.stack, s.stack) > 0
    ]
    return max(later, key=lambda entry: entry[:2])[2] if later else largest
