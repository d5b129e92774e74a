"""Renders the main states of the window into ``docs/screens/``, at scale 1 and 2, without a screen.

``make screens`` runs it. All that is shown is the program at work on its own demo study: real loading, a real second
reading. Damaged and incomplete folders are made from the demo study in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from covidviewer.app import App

FOLDER = Path(__file__).resolve().parent / "screens"
SCALES = (1, 2)
SIZE = (1440, 900)
SMALL = (900, 600)
LIMIT_S = 240.0
#: Main states, which another language shows; the rest differs by few words.
MAIN = frozenset(
    {
        "welcome", "ct_reading", "measuring", "help_sheet", "four_tiles", "planes", "explanation", "left_out",
        "warning_on_image", "settings_keys", "study_list", "series_information", "small_window",
    }
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scale", type=int, help="render one scale in this process")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--language", choices=("en", "zh"), default="en", help="zh: into the folder zh, at scale 1")
    args = parser.parse_args()
    args.out = args.out or (FOLDER if args.language == "en" else FOLDER / args.language)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.scale is not None:
        return render(args.scale, args.out)
    for scale in SCALES if args.language == "en" else SCALES[:1]:
        # Qt reads the scale once a process.
        with tempfile.TemporaryDirectory() as settings:
            environment = {
                **os.environ,
                "QT_QPA_PLATFORM": "offscreen",
                "QT_SCALE_FACTOR": str(scale),
                "COVIDVIEWER_LANGUAGE": {"en": "en", "zh": "zh_CN"}[args.language],
                "COVIDVIEWER_SETTINGS": os.path.join(settings, "settings.ini"),
                "COVIDVIEWER_DATA": os.path.join(settings, "data"),
            }
            command = [sys.executable, __file__, "--scale", str(scale), "--out", str(args.out)]
            code = subprocess.run(command, env=environment, check=False).returncode
            if code:
                return code
    return 0


def render(scale: int, out: Path) -> int:
    """Drive the program through its states; each is grabbed as ``<name>_<scale>x.png``."""
    from covidviewer.app import App
    from covidviewer.cli.demo_data import ensure_demo_study

    study = ensure_demo_study()
    program = App()
    screens = Screens(program, scale, out)
    program.window.resize(*SIZE)
    program.window.show()
    screens.until(lambda: program.worker is not None)  # the program starts its own work after the first paint
    with tempfile.TemporaryDirectory() as folder:
        try:
            screens.all(study, Path(folder))
        finally:
            program.window.close()
            program.shut_down()
    return 0


class Screens:
    """One run through the states at one scale."""

    def __init__(self, program: App, scale: int, out: Path) -> None:
        self.program, self.scale, self.out = program, scale, out

    def all(self, study: Path, scratch: Path) -> None:
        workspace, window = self.program.workspace, self.program.window
        tile = workspace.active_tile
        self.settle()
        self.grab("welcome")

        workspace.open([study])
        self.until(lambda: workspace.scan.finished and tile.series is not None)
        self.until(self.read)
        workspace.go_to_top_slice()
        self.settle()
        self.grab("ct_reading")
        tile.set_overlay(form="fill", opacity=0.45)
        self.settle()
        self.grab("ct_map_filled")
        tile.set_overlay(method="occlusion")
        workspace.explanations.ask(tile)
        self.until(lambda: not workspace.explanations.busy)
        self.settle()
        self.grab("explanation")
        tile.set_overlay(method="", form="contour", opacity=0.30)

        self.measure()
        window.viewports.toggle_maximised()
        self.settle()
        self.grab("measuring")
        window.viewports.toggle_maximised()
        self.unmeasure()
        window.docks.by_name["reading"].raise_()

        window.show_help()
        self.settle()
        self.grab("help_sheet")
        window.hide_help()

        self.show_series("oblique")
        self.until(self.read)
        self.settle()
        self.grab("oblique_series")
        self.show_series("film")
        self.until(self.read)
        self.settle()
        self.grab("film")

        window.resize(*SMALL)
        self.show_series("axial")
        self.until(self.read)
        workspace.go_to_top_slice()
        self.settle()
        self.grab("small_window")
        window.resize(*SIZE)

        self.tiles(study, scratch)
        self.of_others(study, scratch)
        self.files()

        workspace.close_all()
        workspace.open([self.with_a_gap(study, scratch / "gap")])
        self.until(lambda: tile.series is not None and workspace.scan.finished)
        self.until(self.read)
        assert tile.series is not None
        tile.go_to_index(next(note.slices[0] for note in tile.series.warnings if note.slices))
        self.settle()
        self.grab("warning_on_image")

        workspace.close_all()
        workspace.open([self.with_damage(study, scratch / "damaged")])
        self.until(lambda: tile.series is not None and workspace.scan.finished)
        self.until(self.read)
        window.show_left_out()
        self.settle()
        self.grab("left_out", dialog="left_out")

    # -- states --

    def tiles(self, study: Path, scratch: Path) -> None:
        """Four tiles with reference lines and the shared cursor; then an earlier study beside the present one."""
        from covidviewer.workspace.layouts import Layout

        workspace, window = self.program.workspace, self.program.window
        workspace.close_all()
        workspace.open([study])
        self.until(lambda: workspace.scan.finished and workspace.active_tile.series is not None)
        self.until(self.read)
        workspace.hanging.choose_layout(Layout.parse("2x2"))
        workspace.go_to_top_slice()
        self.settle()
        window.viewports.toggle_cursor()
        self.settle()
        self.grab("four_tiles")
        window.viewports.toggle_cursor()
        self.planes()
        workspace.close_all()
        workspace.open([study, self.earlier(study, scratch / "earlier")])
        self.until(lambda: workspace.scan.finished and len(workspace.tiles) == 4)
        self.until(self.read)
        window.actions_table.run("link.tiles")
        workspace.go_to_top_slice()
        self.settle()
        self.grab("prior_beside")

    def planes(self) -> None:
        """Axial, coronal, sagittal and a free plane with the map; then turned, and through slabs."""
        from covidviewer.imaging.mpr.slab import Slab

        workspace, window = self.program.workspace, self.program.window
        window.actions_table.run("layout.mpr")
        for tile in workspace.tiles:
            tile.set_overlay(visible=True)
        self.settle()
        self.grab("planes")
        tiles = workspace.tiles
        workspace.reformats.turn(tiles[2], (0, 0, 1), 20)
        workspace.reformats.set_slab(tiles[1], Slab.of("max", 15))
        workspace.reformats.set_slab(tiles[3], Slab.of("min", 10))
        workspace.activate(tiles[1])
        self.until(lambda: all(tiles[n].slices._whole for n in (1, 2, 3)))  # type: ignore[union-attr]
        self.settle()
        self.grab("planes_slabs")

    def of_others(self, study: Path, scratch: Path) -> None:
        """Segmentation, contours and a report over the axial series; the tags of a file; the series' making."""
        import screen_objects

        from covidviewer.workspace.layouts import Layout

        workspace, window = self.program.workspace, self.program.window
        workspace.close_all()
        workspace.open([study / "axial", screen_objects.write(study / "axial", scratch / "others")])
        self.until(lambda: workspace.scan.finished and workspace.active_tile.series is not None)
        self.until(self.read)
        workspace.hanging.choose_layout(Layout.parse("1"))
        reports = [s for opened in workspace.studies for s in opened.series if s.modality == "SR"]
        workspace.show(reports[0].key)
        tile = workspace.active_tile
        self.until(lambda: len(workspace.objects.rows(tile.series, tile.index)) == 4 and bool(window._dialogs))
        dialog = next(name for name in window._dialogs if name.startswith("object-"))
        self.settle()
        self.grab("report_of_others", dialog=dialog)
        window._dialogs[dialog].close()
        window.toggle_dock("objects")
        self.settle()
        self.grab("objects_of_others")
        window.toggle_dock("tags")
        self.until(lambda: window.tags.model.rowCount() > 0)
        self.settle()
        self.grab("tags")
        window.show_series_info()
        self.settle()
        self.grab("series_information", dialog="series")
        window._dialogs["series"].close()
        window.docks.by_name["reading"].raise_()

    def files(self) -> None:
        """What leaves the program, the study list, the keys with a conflict."""
        workspace, window = self.program.workspace, self.program.window
        window.show_export()
        self.settle()
        self.grab("export", dialog="export")
        window._dialogs["export"].close()
        window.show_study_list()
        self.until(lambda: window._dialogs["study_list"].model.rowCount() > 0)
        self.settle()
        self.grab("study_list", dialog="study_list")
        window._dialogs["study_list"].close()
        workspace.preferences.update(keys=("view.invert\tL",))
        window.show_settings()
        settings = window._dialogs["settings"]
        settings.pages.setCurrentRow(3)
        settings.keys.choose("view.invert")
        self.settle()
        self.grab("settings_keys", dialog="settings")
        for page, name in ((2, "settings_mouse"), (7, "settings_colors")):
            settings.pages.setCurrentRow(page)
            self.settle()
            self.grab(name, dialog="settings")
        settings.close()
        workspace.preferences.update(keys=())

    @staticmethod
    def earlier(study: Path, folder: Path) -> Path:
        """The axial series as if taken a year before, from another place on the table."""
        import pydicom

        folder.mkdir()
        for file in sorted((study / "axial").iterdir()):
            image = pydicom.dcmread(file)
            image.StudyDate = str(int(image.StudyDate) - 10000)
            for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
                setattr(image, name, f"{getattr(image, name)}.9")
            image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
            image.ImagePositionPatient = [*image.ImagePositionPatient[:2], float(image.ImagePositionPatient[2]) - 12]
            image.save_as(folder / file.name)
        return folder

    def read(self) -> bool:
        found = self.program.workspace.current_readings()
        ended = found is not None and found.state.value in ("done", "refused", "failed")
        return ended and not self.program.worker.busy  # what is put to trial after the reading is on the screens, too

    def unmeasure(self) -> None:
        """Remove what `measure` made, so that the other screens show the image alone."""
        from dataclasses import replace

        workspace = self.program.workspace
        series = workspace.active_tile.series
        assert series is not None
        workspace.measurements.remove(*[m.id for _, m in workspace.measurements.of_series(series)])
        marks = workspace.image_marks.of_series(series)
        workspace.image_marks.put(*[replace(mark, key=False, note="") for _, mark in marks])

    def measure(self) -> None:
        """One of each tool on the slice on screen, places as shares of the image."""
        from dataclasses import replace

        from covidviewer.imaging.measure import Kind
        from covidviewer.workspace.measurement import new

        workspace, window = self.program.workspace, self.program.window
        tile = workspace.active_tile
        series, frame = tile.series, tile.frame()
        assert series is not None
        assert frame is not None
        drawn = (
            (Kind.LENGTH, ((0.30, 0.30), (0.36, 0.44)), ""),
            (Kind.ANGLE, ((0.62, 0.25), (0.72, 0.33), (0.60, 0.40)), ""),
            (Kind.COBB, ((0.75, 0.45), (0.76, 0.55), (0.85, 0.46), (0.84, 0.56)), ""),
            (Kind.RECTANGLE, ((0.28, 0.60), (0.33, 0.69)), ""),
            (Kind.FREEHAND, ((0.45, 0.33), (0.46, 0.38), (0.52, 0.41), (0.57, 0.39), (0.56, 0.34), (0.50, 0.31)), ""),
            (Kind.POLYLINE, ((0.70, 0.62), (0.72, 0.66), (0.68, 0.70), (0.73, 0.75)), ""),
            (Kind.PROBE, ((0.42, 0.26),), ""),
            (Kind.ARROW, ((0.57, 0.27), (0.50, 0.17)), "Compare prior"),
            (Kind.TEXT, ((0.19, 0.5),), "Breathing artefact"),
            (Kind.ELLIPSE, ((0.48, 0.66), (0.60, 0.77)), "Ground glass?"),
        )
        for kind, places, text in drawn:
            points = tuple((row * series.rows, column * series.columns) for row, column in places)
            made = replace(new(kind, frame, points, series.uid, series.study_uid), text=text)
            workspace.measurements.put(workspace.measurements.measure(made, series, tile.index, tile.volume))
        workspace.image_marks.toggle_key(series, tile.index)
        workspace.image_marks.toggle_key(series, tile.index + 9)
        workspace.image_marks.set_note(series, tile.index, "Crazy paving? Compare with the prior.")
        workspace.measurements.select(made.id)
        window.docks.by_name["measure"].raise_()

    def show_series(self, word: str) -> None:
        """Show the series whose files lie in the demo study's folder of this name."""
        workspace = self.program.workspace
        for opened in workspace.studies:
            for series in opened.series:
                if series.instances and series.instances[0].path.parent.name == word:
                    workspace.show(series.key)
                    self.until(lambda: workspace.active_tile.slice_values() is not None)
                    return
        raise SystemExit(f"the demo study has no series {word}")

    @staticmethod
    def with_a_gap(study: Path, folder: Path) -> Path:
        """The axial series without four slices in its middle."""
        folder.mkdir()
        files = sorted((study / "axial").iterdir())
        middle = len(files) // 2
        for i, file in enumerate(files):
            if not middle < i <= middle + 4:
                shutil.copy(file, folder / file.name)
        return folder

    @staticmethod
    def with_damage(study: Path, folder: Path) -> Path:
        """The oblique series beside files that cannot be shown, each for its own reason."""
        folder.mkdir()
        files = sorted((study / "oblique").iterdir())
        for file in files:
            shutil.copy(file, folder / file.name)
        whole = files[0].read_bytes()
        (folder / "cut-short.dcm").write_bytes(whole[: len(whole) // 3])
        (folder / "head-only.dcm").write_bytes(whole[:140])
        (folder / "empty.dcm").write_bytes(b"")
        (folder / "notes.txt").write_text("Not an image.", "utf-8")
        (folder / "report.html").write_text("<html><body>Not an image.</body></html>", "utf-8")
        return folder

    # -- time and pictures --

    def until(self, done: Callable[[], bool]) -> None:
        """Run the event loop until something is so."""
        end = time.monotonic() + LIMIT_S
        while not done():
            if time.monotonic() > end:
                raise SystemExit("a state did not come about in time")
            self.program.qt.processEvents()
            time.sleep(0.01)

    def settle(self, seconds: float = 0.6) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.program.qt.processEvents()
            time.sleep(0.01)

    def grab(self, name: str, dialog: str = "") -> None:
        from PySide6.QtCore import QPoint
        from PySide6.QtGui import QColor, QPainter

        if self.out.name == "zh" and name not in MAIN:
            return
        window = self.program.window
        picture = window.grab()
        if dialog:
            # Another top level: drawn where a window manager would put it.
            over = window._dialogs[dialog]
            painter = QPainter(picture)
            painter.fillRect(window.rect(), QColor(0, 0, 0, 110))
            place = QPoint((window.width() - over.width()) // 2, (window.height() - over.height()) // 2)
            painter.drawPixmap(place, over.grab())
            painter.end()
        path = self.out / f"{name}_{self.scale}x.png"
        if not picture.save(str(path), "PNG", 0):  # 0: smallest file
            raise SystemExit(f"{path.name} could not be written")
        print(path.name, f"{picture.width()}x{picture.height()}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
