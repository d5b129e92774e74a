"""Preferences, problems, readings, memory and the loading order: each by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from covidviewer.errors import DamagedFileError
from covidviewer.imaging.volume import Volume
from covidviewer.inference.results import GateResult, Provenance, SeriesScore, SliceReading
from covidviewer.workspace.memory import VolumeCache, budget_bytes
from covidviewer.workspace.preferences import PreferenceStore
from covidviewer.workspace.problems import Problem, Problems, Task
from covidviewer.workspace.readings import KEPT_SERIES, Readings, State


def provenance(network: str = "toy", sha: str = "00") -> Provenance:
    return Provenance(network, f"{network}.v1", sha, 0.5, "covid", "CPU", "gradcam", "1")


def reading(index: int, p: float, network: str = "toy") -> SliceReading:
    key = ("series", index, network, "00", "gradcam", "float32", "1")
    return SliceReading(
        key,
        index,
        ("covid", "noncovid"),
        np.array([p, 1 - p], np.float32),
        {},
        {},
        provenance(network),
        1.0,
    )


class TestReadings:
    def test_answers_fill_in_and_say_which_slices(self, qtbot: QtBot) -> None:
        readings = Readings()
        readings.start("series", 4)
        with qtbot.waitSignal(readings.slices_changed) as heard:
            readings.accept("series", (reading(1, 0.9), reading(2, 0.2)))
        assert heard.args == [("series", (1, 2))]
        found = readings.get("series")
        assert found is not None
        np.testing.assert_allclose(found.column("covid"), [np.nan, 0.9, 0.2, np.nan], rtol=1e-6)
        assert found.evaluated == 2

    def test_answers_for_a_series_that_is_gone_or_of_another_network_are_dropped(self, qtbot: QtBot) -> None:
        readings = Readings()
        readings.accept("series", (reading(1, 0.9),))
        assert readings.get("series") is None
        found = readings.start("series", 4)
        readings.accept("series", (reading(0, 0.9),))
        readings.accept("series", (reading(1, 0.9, "other"),))
        assert set(found.slices) == {0}

    def test_runs_end_at_slices_without_an_answer(self, qtbot: QtBot) -> None:
        readings = Readings()
        found = readings.start("series", 8)
        readings.accept("series", tuple(reading(i, p) for i, p in ((0, 0.7), (1, 0.5), (3, 0.9), (4, 0.1), (7, 0.6))))
        assert found.runs_above("covid", 0.5) == [(0, 1), (3, 3), (7, 7)]

    def test_a_refusal_takes_the_score_back_and_is_not_undone_by_late_answers(self, qtbot: QtBot) -> None:
        readings = Readings()
        found = readings.start("series", 4)
        readings.set_score("series", SeriesScore(np.array([0.9, 0.1], np.float32), "mean", (1,)))
        readings.set_gate("series", GateResult("refuse", ("No lungs were found.",)))
        assert found.state is State.REFUSED
        assert found.score is None
        readings.set_score("series", SeriesScore(np.array([0.9, 0.1], np.float32), "mean", (1,)))
        readings.set_state("series", State.DONE)
        assert found.state is State.REFUSED
        assert found.score is None
        assert "lungs" in found.message

    def test_skipped_slices_count_as_settled_until_an_answer_comes(self, qtbot: QtBot) -> None:
        readings = Readings()
        found = readings.start("series", 3)
        readings.skip("series", {0: "too little lung in this slice"})
        assert found.settled == 1
        readings.accept("series", (reading(0, 0.3),))
        assert found.skipped == {}
        assert found.settled == 1

    def test_the_oldest_series_go_first(self, qtbot: QtBot) -> None:
        readings = Readings()
        for i in range(KEPT_SERIES + 1):
            readings.start(f"s{i}", 1)
        assert readings.get("s0") is None
        assert readings.get(f"s{KEPT_SERIES}") is not None

    def test_another_network_forgets_all_and_says_so(self, qtbot: QtBot) -> None:
        readings = Readings()
        readings.start("series", 1)
        with qtbot.waitSignal(readings.series_changed):
            readings.reset()
        assert readings.get("series") is None


class TestProblems:
    def test_equal_problems_are_kept_once(self, qtbot: QtBot) -> None:
        problems = Problems()
        problems.add(Problem("T", "m"))
        problems.add(Problem("T", "m"))
        problems.add(Problem("T", "other"))
        assert [p.message for p in problems.problems] == ["m", "other"]

    def test_an_error_brings_its_file_and_cause_as_details(self, qtbot: QtBot) -> None:
        problems = Problems()
        error = DamagedFileError("Cut short.", advice="Copy it again.", path=Path("a/b.dcm"), code="F02")
        error.__cause__ = ValueError("42 bytes left")
        problems.add_error(error)
        (problem,) = problems.problems
        assert problem.title == "Damaged file"
        assert problem.advice == "Copy it again."
        assert "b.dcm" in problem.details
        assert "42 bytes left" in problem.details

    def test_tasks_come_and_go(self, qtbot: QtBot) -> None:
        problems = Problems()
        with qtbot.waitSignal(problems.tasks_changed):
            problems.set_task(Task("load", "Loading", 0.0))
        problems.end_task("load")
        assert problems.tasks == ()


class TestPreferences:
    @pytest.fixture
    def store_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "settings.ini"
        monkeypatch.setenv("COVIDVIEWER_SETTINGS", str(path))
        return path

    def test_values_come_back_at_the_next_start(self, store_file: Path, qtbot: QtBot) -> None:
        first = PreferenceStore()
        first.update(overlay_opacity=0.45, hide_identity=True)
        first.add_recent(Path("/a"))
        first.add_recent(Path("/b"))
        first.add_recent(Path("/a"))
        first.set_layout("main", b"\x00\x01\xff")
        first.sync()
        second = PreferenceStore()
        assert second.value.overlay_opacity == 0.45
        assert second.value.hide_identity
        assert [Path(p) for p in second.value.recent] == [Path("/a"), Path("/b")]
        assert second.layout("main") == b"\x00\x01\xff"

    def test_broken_and_unknown_values_fall_back(self, store_file: Path, qtbot: QtBot) -> None:
        store_file.write_text(
            '[General]\npreferences="{\\"cine_fps\\": \\"fast\\", \\"future\\": 1, \\"smooth\\": false}"\n'
        )
        value = PreferenceStore().value
        assert value.cine_fps == 10
        assert value.smooth is False
        store_file.write_text("[General]\npreferences={no json\n")
        assert PreferenceStore().value.smooth is True

    def test_the_environment_overrides_for_this_run_only(
        self, store_file: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
    ) -> None:
        monkeypatch.setenv("COVIDVIEWER_DEVICE", "cpu")
        forced = PreferenceStore()
        assert forced.value.device == "cpu"
        forced.update(cine_fps=20, device="cuda")
        forced.sync()
        monkeypatch.delenv("COVIDVIEWER_DEVICE")
        assert PreferenceStore().value.device == "auto"
        assert PreferenceStore().value.cine_fps == 20

    def test_equal_values_emit_nothing(self, store_file: Path, qtbot: QtBot) -> None:
        store = PreferenceStore()
        with qtbot.assertNotEmitted(store.changed):
            store.update(cine_fps=store.value.cine_fps)


class TestMemory:
    @staticmethod
    def volume(kilobytes: int) -> Volume:
        return Volume(np.zeros((1, kilobytes, 512), np.int16), np.eye(4), (1.0, 1.0, 1.0))

    def test_the_least_recently_used_goes_first_but_never_a_shown_one(self) -> None:
        cache = VolumeCache(lambda: 3 * 1024)
        for key in "abc":
            assert cache.put(key, self.volume(1)) == ()
        assert cache.get("a") is not None
        assert cache.put("d", self.volume(1), frozenset("c")) == ("b",)
        assert cache.put("e", self.volume(1), frozenset("c")) == ("a",)
        assert cache.get("c") is not None
        assert cache.used == 3 * 1024

    def test_one_volume_over_the_budget_is_still_shown(self) -> None:
        cache = VolumeCache(lambda: 1024)
        cache.put("big", self.volume(8))
        assert cache.get("big") is not None

    def test_the_budget_is_never_below_its_floor(self) -> None:
        assert budget_bytes() >= 512 << 20


class TestNearestFirst:
    def test_it_starts_at_the_reader_and_goes_outward(self) -> None:
        from covidviewer.workspace.loading import nearest_first

        assert list(nearest_first(6, lambda: 2)) == [2, 1, 3, 0, 4, 5]

    def test_it_follows_the_reader_and_leaves_out_what_is_there(self) -> None:
        from covidviewer.workspace.loading import nearest_first

        at = [0]
        there = np.zeros(8, bool)
        there[1] = True
        order = nearest_first(8, lambda: at[0], there)
        assert next(order) == 0
        at[0] = 7
        rest = list(order)
        assert rest[:2] == [7, 6]
        assert sorted(rest) == [2, 3, 4, 5, 6, 7]
