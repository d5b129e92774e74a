"""The whole program on a small study: opening, loading, changing, closing. Real files, real lanes, no network."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pytestqt.qtbot import QtBot

from covidviewer.app import App
from covidviewer.cli.demo_data import make_demo_study
from covidviewer.dicom.catalog import Kind
from covidviewer.workspace.readings import State
from covidviewer.workspace.workspace import Workspace

WAIT_MS = 30_000


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    make_demo_study(folder, size=64, every=4)
    return folder


def opened(workspace: Workspace, path: Path, qtbot: QtBot) -> None:
    workspace.read_automatically = False
    workspace.open([path])
    qtbot.waitUntil(lambda: workspace.scan.finished, timeout=WAIT_MS)


def loaded(workspace: Workspace, qtbot: QtBot) -> None:
    volume = workspace.active_tile.volume
    assert volume is not None
    qtbot.waitUntil(lambda: volume.complete, timeout=WAIT_MS)


class TestWorkspace:
    def test_a_folder_shows_its_largest_ct_and_lists_the_rest(
        self, workspace: Workspace, small_study: Path, qtbot: QtBot
    ) -> None:
        opened(workspace, small_study, qtbot)
        (study,) = workspace.studies
        assert [s.kind for s in study.series] == [Kind.CT, Kind.CT, Kind.FILM]
        tile = workspace.active_tile
        assert tile.series is study.series[0]
        assert tile.position == tile.to_position(tile.index)
        loaded(workspace, qtbot)
        assert tile.volume is not None
        assert tile.volume.units == "HU"
        assert tile.view.window is not None
        qtbot.waitUntil(lambda: workspace.problems.tasks == (), timeout=WAIT_MS)  # told after the last slice

    def test_a_study_without_uid_does_not_take_the_screen_from_the_ct(
        self, workspace: Workspace, small_study: Path, tmp_path: Path, qtbot: QtBot
    ) -> None:
        folder = tmp_path / "mixed"
        shutil.copytree(small_study, folder)
        film = next(p for p in folder.rglob("*.dcm") if dcmread(p, specific_tags=["Modality"]).Modality == "DX")
        data = dcmread(film)
        del data.StudyInstanceUID
        data.save_as(film)
        opened(workspace, folder, qtbot)
        assert len(workspace.studies) == 2
        series = workspace.active_tile.series
        assert series is not None
        assert series.kind is Kind.CT

    def test_axial_slices_run_head_first_on_screen_and_ascend_in_data(
        self, workspace: Workspace, small_study: Path, qtbot: QtBot
    ) -> None:
        opened(workspace, small_study, qtbot)
        tile = workspace.active_tile
        assert tile.series is not None
        positions = tile.series.positions_mm
        assert positions is not None
        assert (np.diff(positions) > 0).all()
        tile.go_to(0)
        assert positions[tile.index] == positions.max()

    def test_one_file_opens_its_series_at_its_slice(
        self, workspace: Workspace, small_study: Path, qtbot: QtBot
    ) -> None:
        files = sorted((small_study / "axial").iterdir())
        opened(workspace, files[3], qtbot)
        tile = workspace.active_tile
        assert tile.series is not None
        assert len(tile.series.instances) == len(files)
        assert tile.series.instances[tile.index].path == files[3]

    def test_what_is_left_out_is_listed_with_its_reason(
        self, workspace: Workspace, small_study: Path, tmp_path: Path, qtbot: QtBot
    ) -> None:
        folder = tmp_path / "mixed"
        shutil.copytree(small_study / "oblique", folder)
        (folder / "note.txt").write_text("no image")
        broken = sorted(folder.glob("*"))[0]
        broken.write_bytes(broken.read_bytes()[:700])
        opened(workspace, folder, qtbot)
        reasons = {item.path.name: item.reason for item in workspace.left_out}
        assert set(reasons) == {"note.txt", broken.name}
        assert all(reasons.values())
        assert any(p.code == "F01" for p in workspace.problems.problems)
        assert workspace.active_tile.series is not None

    def test_a_folder_without_images_says_so_and_is_not_remembered(
        self, workspace: Workspace, small_study: Path, tmp_path: Path, qtbot: QtBot
    ) -> None:
        full = small_study / "oblique"
        opened(workspace, full, qtbot)
        assert [Path(name) for name in workspace.preferences.value.recent] == [full]
        assert not workspace.problems.problems
        empty = tmp_path / "empty" / "deeper"
        empty.mkdir(parents=True)
        opened(workspace, empty.parent, qtbot)
        assert [(p.code, p.message) for p in workspace.problems.problems] == [
            ("F05", "There are no images in this folder.")
        ]
        (empty / "note.txt").write_text("no image")
        opened(workspace, empty, qtbot)
        assert any(p.code == "F01" for p in workspace.problems.problems)
        assert [Path(name) for name in workspace.preferences.value.recent] == [full]

    def test_a_damaged_picture_alone_has_no_rest_that_stays_usable(
        self, workspace: Workspace, tmp_path: Path, qtbot: QtBot
    ) -> None:
        path = tmp_path / "film.jpg"
        noise = np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:4000])
        opened(workspace, path, qtbot)
        qtbot.waitUntil(lambda: bool(workspace.problems.problems), timeout=WAIT_MS)
        problem = workspace.problems.problems[0]
        assert problem.code == "P01"
        assert problem.message.startswith("The image cannot be shown: ")
        assert problem.advice == ""

    def test_a_zip_opens_as_its_folder_does(
        self, workspace: Workspace, small_study: Path, tmp_path: Path, qtbot: QtBot
    ) -> None:
        archive = tmp_path / "study.zip"
        with zipfile.ZipFile(archive, "w") as out:
            for path in sorted(small_study.rglob("*.dcm")):
                out.write(path, path.relative_to(small_study))
        opened(workspace, archive, qtbot)
        assert sum(len(s.instances) for study in workspace.studies for s in study.series) == len(
            list(small_study.rglob("*.dcm"))
        )

    def test_presets_bind_by_id_and_only_where_values_are_hounsfield_units(
        self, workspace: Workspace, small_study: Path, qtbot: QtBot
    ) -> None:
        opened(workspace, small_study, qtbot)
        loaded(workspace, qtbot)
        tile = workspace.active_tile
        assert tile.set_preset("mediastinum")
        assert tile.view.window is not None
        assert (tile.view.window.width, tile.view.window.center) == (400, 40)
        film = workspace.studies[0].series[-1]
        workspace.show(film.key)
        loaded(workspace, qtbot)
        assert not tile.set_preset("lung")
        assert tile.set_preset("auto")

    def test_stepping_beyond_the_end_bumps_and_stays(
        self, workspace: Workspace, small_study: Path, qtbot: QtBot
    ) -> None:
        opened(workspace, small_study, qtbot)
        tile = workspace.active_tile
        tile.go_to(tile.count - 1)
        with qtbot.waitSignal(tile.bumped) as bump:
            tile.step(1)
        assert bump.args == [1]
        assert tile.position == tile.count - 1

    def test_closing_all_gives_the_volume_back(self, workspace: Workspace, small_study: Path, qtbot: QtBot) -> None:
        import gc
        import weakref

        opened(workspace, small_study, qtbot)
        loaded(workspace, qtbot)
        volume = weakref.ref(workspace.active_tile.volume)
        workspace.close_all()
        assert workspace.studies == ()
        qtbot.waitUntil(lambda: gc.collect() >= 0 and volume() is None, timeout=WAIT_MS)


class TestProgram:
    @pytest.fixture
    def program(
        self, small_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
    ) -> Iterator[App]:
        monkeypatch.setenv("COVIDVIEWER_SETTINGS", str(tmp_path / "settings.ini"))
        monkeypatch.setenv("COVIDVIEWER_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("COVIDVIEWER_DATA", str(tmp_path / "data"))
        (tmp_path / "weights").mkdir()
        (tmp_path / "weights" / "manifest.toml").write_text("")
        monkeypatch.setenv("COVIDVIEWER_WEIGHTS", str(tmp_path / "weights"))
        app = App([small_study])
        app.window.show()
        yield app
        app.window.close()
        app.shut_down()
        app.window.deleteLater()
        app.deleteLater()

    def test_it_starts_opens_and_says_that_there_is_no_network(self, program: App, qtbot: QtBot) -> None:
        workspace = program.workspace
        qtbot.waitUntil(lambda: workspace.active_tile.series is not None, timeout=WAIT_MS)
        qtbot.waitUntil(
            lambda: (
                (found := workspace.current_readings()) is not None and found.state in (State.REFUSED, State.FAILED)
            ),
            timeout=WAIT_MS,
        )
        found = workspace.current_readings()
        assert found is not None
        assert found.probabilities is None
        assert found.message

    def test_closing_while_everything_works_leaves_nothing(self, program: App, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: bool(program.workspace.studies), timeout=WAIT_MS)
        program.window.close()
        program.shut_down()
        program.shut_down()  # once more is harmless


class TestPicture:
    def test_the_reader_may_say_what_a_picture_shows(self, workspace: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
        from PIL import Image

        from covidviewer.ui.overlay_panel import OverlayPanel

        Image.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)).save(tmp_path / "slice.png")
        panel = OverlayPanel(workspace)
        qtbot.addWidget(panel)
        opened(workspace, tmp_path / "slice.png", qtbot)
        loaded(workspace, qtbot)
        assert not panel.picture.isHidden()
        asked: list[object] = []
        workspace.reading_wanted.connect(lambda packet: asked.append(packet[4]))
        workspace.read()
        panel.picture.setCurrentIndex(panel.picture.findData("film"))
        panel.picture.activated.emit(panel.picture.currentIndex())
        assert asked == ["", "film"]

    def test_a_ct_asks_nothing_of_the_kind(self, workspace: Workspace, small_study: Path, qtbot: QtBot) -> None:
        from covidviewer.ui.overlay_panel import OverlayPanel

        panel = OverlayPanel(workspace)
        qtbot.addWidget(panel)
        opened(workspace, small_study, qtbot)
        assert panel.picture.isHidden()
