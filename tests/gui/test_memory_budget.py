"""More series than the memory budget holds: the oldest go and come back; one larger than it is read all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from covidviewer.cli.demo_data import make_demo_study
from covidviewer.errors import LimitError
from covidviewer.study import Series
from covidviewer.ui.canvas import Canvas
from covidviewer.workspace import memory
from covidviewer.workspace.memory import VolumeCache, budget_bytes, mapped_zeros
from covidviewer.workspace.workspace import Workspace

WAIT_MS = 30_000


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    make_demo_study(folder, size=64, every=4)
    return folder


def opened(workspace: Workspace, path: Path, qtbot: QtBot) -> list[Series]:
    workspace.read_automatically = False
    workspace.open([path])
    qtbot.waitUntil(lambda: workspace.scan.finished and workspace.active_tile.volume is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: workspace.active_tile.volume.complete, timeout=WAIT_MS)  # type: ignore[union-attr]
    return [s for study in workspace.studies for s in study.series]


def show(workspace: Workspace, key: str, qtbot: QtBot) -> np.ndarray:
    workspace.show(key)
    tile = workspace.active_tile
    assert tile.volume is not None
    qtbot.waitUntil(lambda: tile.volume is not None and tile.volume.complete, timeout=WAIT_MS)
    return np.array(tile.volume.values)


def test_a_dropped_series_comes_back_as_it_was(workspace: Workspace, small_study: Path, qtbot: QtBot) -> None:
    series = opened(workspace, small_study, qtbot)
    largest = max(s.nbytes for s in series)
    workspace.loads.volumes = VolumeCache(lambda: largest)  # room for one at a time
    before = {s.key: show(workspace, s.key, qtbot) for s in series}
    kept = [s.key for s in series if workspace.loads.volumes.get(s.key) is not None]
    assert len(kept) < len(series)
    assert workspace.loads.volumes.used <= largest
    canvas = Canvas(workspace, workspace.active_tile)
    qtbot.addWidget(canvas)
    for one in series:
        assert (show(workspace, one.key, qtbot) == before[one.key]).all()
        assert workspace.active_tile.slice_values() is not None


def test_a_series_larger_than_the_budget_is_mapped_from_a_file(
    workspace: Workspace, small_study: Path, qtbot: QtBot
) -> None:
    series = opened(workspace, small_study, qtbot)
    one = max(series, key=lambda s: s.nbytes)
    plain = show(workspace, one.key, qtbot)
    workspace.close_all()
    workspace.loads.volumes = VolumeCache(lambda: 1000)
    opened(workspace, small_study, qtbot)
    values = show(workspace, one.key, qtbot)
    volume = workspace.active_tile.volume
    assert volume is not None
    assert isinstance(volume.values, np.memmap)
    assert workspace.loads.volumes.used == 0
    assert (values == plain).all()
    assert not list((memory.cache_dir() / "volumes").iterdir())  # the file has no name, so nothing is left on the disk


def test_a_disk_without_room_is_said_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COVIDVIEWER_CACHE", str(tmp_path))
    with pytest.raises(LimitError, match="more than memory and the cache"):
        mapped_zeros((1 << 20, 1 << 20), np.dtype(np.int16))
    (tmp_path / "volumes").rmdir()
    (tmp_path / "volumes").write_text("a file in the way")
    with pytest.raises(LimitError):
        mapped_zeros((4, 4), np.dtype(np.int16))


def test_the_budget_is_the_users_or_half_the_memory() -> None:
    assert budget_bytes(700) == 700 << 20
    assert budget_bytes() >= 512 << 20
