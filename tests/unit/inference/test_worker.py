"""The second reading beside the screen: order, overtaking, calling off, refusal, ending."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from covidviewer.dicom.catalog import Kind
from covidviewer.errors import CovidViewerError, DeviceError, WeightsError
from covidviewer.inference import worker as module
from covidviewer.inference.results import Choice
from covidviewer.inference.worker import Desk, InferenceWorker

pytestmark = pytest.mark.usefixtures("on_torch")
Make = Callable[..., Any]
SMALL = {"rows": 96, "columns": 96, "spacing": (3.0, 3.0)}


class Listener:
    """Everything that a worker said, in order."""

    def __init__(self, worker: InferenceWorker) -> None:
        self.events: list[tuple[str, Any]] = []
        self.threads: set[int] = set()
        for name in ("readings_done", "skipped", "gate_done", "series_done", "failed", "notice"):
            getattr(worker, name).connect(lambda value, n=name: self._note(n, value))

    def _note(self, name: str, value: Any) -> None:
        self.threads.add(threading.get_ident())
        self.events.append((name, value))

    def order(self) -> list[int]:
        """Slices in the order of their answers."""
        return [r.slice_index for name, v in self.events if name == "readings_done" for r in v[1]]

    def of(self, name: str) -> list[Any]:
        return [value for n, value in self.events if n == name]


@pytest.fixture
def worker(toy_weights: Path, qtbot: QtBot) -> Iterator[InferenceWorker]:
    made = InferenceWorker()
    made.choose(Choice(device="cpu"))
    yield made
    assert made.stop()


def test_a_series_is_read_from_the_slice_on_screen_outward(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make
) -> None:
    heard = Listener(worker)
    stack = stack_of(count=40, **SMALL)
    volume = volume_of(stack, lungs=lambda i: i != 39)
    with qtbot.waitSignal(worker.series_done, timeout=20000) as done:
        worker.open_series("a", stack, volume, 20)
    order = heard.order()
    assert order[0] == 20
    assert sorted(order) == list(range(39))
    assert max(abs(i - 20) for i in order[:9]) <= 5
    key, score, seconds = done.args[0]
    assert key == "a"
    assert score is not None
    assert 0 < score.probabilities[0] < 1
    assert seconds > 0
    assert heard.of("skipped") == [("a", {39: "Too little lung in this slice."})]
    first, whole = (verdict for _, verdict in heard.of("gate_done"))
    assert first.verdict == "pass"
    assert whole.reasons == ("The lungs are cut off at the first or the last slice.",)
    assert heard.threads == {threading.get_ident()}


def test_only_filled_slices_are_read_and_the_visible_one_overtakes(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make
) -> None:
    heard = Listener(worker)
    stack = stack_of(count=40, **SMALL)
    volume = volume_of(stack, filled=False)
    worker.open_series("a", stack, volume, 5)
    qtbot.wait(300)
    assert heard.order() == []
    volume.filled[5] = True
    with qtbot.waitSignal(worker.readings_done, timeout=20000):
        worker.volume_progress("a", (5,))
    assert heard.order() == [5]
    volume.filled[:] = True
    worker.volume_progress("a", range(40))
    worker.show_slice("a", 33)
    with qtbot.waitSignal(worker.series_done, timeout=20000):
        pass
    # One unit (a batch of 8) may have been under way.
    assert heard.order().index(33) <= 9


def test_a_known_answer_comes_at_once_when_the_series_is_opened_again(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_of(count=12, **SMALL)
    volume = volume_of(stack)
    with qtbot.waitSignal(worker.series_done, timeout=20000):
        worker.open_series(stack.key, stack, volume, 0)
    heard = Listener(worker)
    monkeypatch.setattr(Desk, "unit", lambda *_: pytest.fail("a unit was run again"))
    with qtbot.waitSignal(worker.series_done, timeout=20000) as done:
        worker.open_series(stack.key, stack, volume, 0)
    assert sorted(heard.order()) == list(range(12))
    assert done.args[0][1] is not None


def test_another_choice_drops_what_runs(worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make) -> None:
    heard = Listener(worker)
    stack = stack_of(count=40, **SMALL)
    worker.open_series("a", stack, volume_of(stack), 0)
    worker.choose(Choice(device="cpu", precision="float32"))
    qtbot.wait(500)
    assert heard.of("series_done") == []
    with qtbot.waitSignal(worker.series_done, timeout=20000):
        worker.open_series("a", stack, volume_of(stack), 0)


def test_a_closed_series_says_nothing_more(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make
) -> None:
    stack = stack_of(count=40, **SMALL)
    with qtbot.waitSignal(worker.readings_done, timeout=20000):
        worker.open_series("a", stack, volume_of(stack), 0)
    worker.close_series("a")
    heard = Listener(worker)
    with qtbot.waitSignal(worker.series_done, timeout=20000) as done:
        worker.open_series("b", replace(stack, key="b"), volume_of(stack), 0)
    assert done.args[0][0] == "b"
    assert all(value[0] == "b" for name, value in heard.events if name != "notice")


def test_films_are_refused_before_anything_is_loaded(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make
) -> None:
    stack = replace(stack_of(count=1), kind=Kind.FILM, modality="DX")
    with qtbot.waitSignal(worker.gate_done, timeout=20000) as done:
        worker.open_series("film", stack, volume_of(stack), 0)
    key, verdict = done.args[0]
    assert key == "film"
    assert verdict.refused
    assert verdict.reasons[0].startswith("No network for this")


def test_a_series_without_lungs_is_refused_when_it_is_full(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make
) -> None:
    heard = Listener(worker)
    stack = stack_of(count=40, **SMALL)
    volume = volume_of(stack, lungs=lambda i: False)
    worker.open_series("abdomen", stack, volume, 0)
    qtbot.waitUntil(lambda: any(g.refused for _, g in heard.of("gate_done")), timeout=20000)
    assert heard.order() == []
    assert "no lungs are found by HU" in heard.of("gate_done")[-1][1].reasons[0]
    qtbot.wait(200)
    assert heard.of("series_done") == []


def test_a_wrong_weight_file_is_an_answer_and_the_worker_goes_on(
    worker: InferenceWorker, qtbot: QtBot, toy_weights: Path, stack_of: Make, volume_of: Make
) -> None:
    path = toy_weights / "toy.ct_v1.safetensors"
    good = path.read_bytes()
    path.write_bytes(good + b" ")
    stack = stack_of(count=12, **SMALL)
    with qtbot.waitSignal(worker.failed, timeout=20000) as failed:
        worker.open_series("a", stack, volume_of(stack), 0)
    key, error = failed.args[0]
    assert key == "a"
    assert isinstance(error, WeightsError)
    assert error.code == "A05"
    path.write_bytes(good)
    with qtbot.waitSignal(worker.series_done, timeout=20000):
        worker.open_series("a", stack, volume_of(stack), 0)


def test_an_unexpected_error_is_shown_and_the_worker_goes_on(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_of(count=12, **SMALL)
    with monkeypatch.context() as patch, qtbot.waitSignal(worker.failed, timeout=20000) as failed:
        patch.setattr(Desk, "unit", lambda *_: 1 / 0)
        worker.open_series("a", stack, volume_of(stack), 0)
    assert isinstance(failed.args[0][1], CovidViewerError)
    with qtbot.waitSignal(worker.series_done, timeout=20000):
        worker.open_series("a", stack, volume_of(stack), 0)


def test_a_change_of_device_is_told_once(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make
) -> None:
    worker.choose(Choice(device="cuda"))
    heard = Listener(worker)
    stack = stack_of(count=12, **SMALL)
    with qtbot.waitSignal(worker.series_done, timeout=20000):
        worker.open_series("a", stack, volume_of(stack), 0)
    (notice,) = heard.of("notice")
    assert isinstance(notice, DeviceError)
    assert "built for the processor" in notice.message


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="the platform has no priority of threads")
def test_the_lane_lowers_its_own_priority_alone() -> None:
    found: list[int] = []

    def look() -> None:
        module.lower_priority()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [max(before, module.NICENESS)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_stopping_while_it_works_leaves_no_thread(
    toy_weights: Path, qtbot: QtBot, stack_of: Make, volume_of: Make
) -> None:
    made = InferenceWorker()
    made.choose(Choice(device="cpu"))
    stack = stack_of(count=40, **SMALL)
    made.open_series("a", stack, volume_of(stack), 0)
    assert made.stop()
    assert made.stop()
    made.open_series("a", stack, volume_of(stack), 0)
    assert made._lane.stop(0)


def test_one_series_by_two_networks_at_once(toy_weights: Path, qtbot: QtBot, stack_of: Make, volume_of: Make) -> None:
    manifest = toy_weights / "manifest.toml"
    text = manifest.read_text("utf-8")
    entry = text[text.index("[[weights]]") :]
    second = entry.replace('id = "toy.ct_v1"', 'id = "toy.ct_v2"').replace("temperature = 2.0", "temperature = 20.0")
    manifest.write_text(text + second.replace("default = true", "default = false"), "utf-8")
    worker = InferenceWorker()
    worker.choose(Choice(device="cpu"))
    heard = Listener(worker)
    stack = stack_of(count=12, **SMALL)
    volume = volume_of(stack)
    try:
        worker.open_series("a", stack, volume, 0)
        worker.open_series("a by v2", stack, volume, 0, "", "toy.ct_v2")
        qtbot.waitUntil(lambda: len(heard.of("series_done")) == 2, timeout=20000)
    finally:
        assert worker.stop()
    found = {key: readings[0] for key, readings in heard.of("readings_done")}
    assert found["a"].provenance.weights == "toy.ct_v1"
    assert found["a by v2"].provenance.weights == "toy.ct_v2"
    scores = {key: score.probabilities for key, score, _ in heard.of("series_done")}
    # The second is the same net at ten times the temperature: nearer to one half.
    assert abs(scores["a by v2"][0] - 0.5) < abs(scores["a"][0] - 0.5)


def test_slices_that_lead_are_put_to_trial_once_all_is_read(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make
) -> None:
    stack = stack_of(count=40, **SMALL)
    volume = volume_of(stack)
    events: list[tuple[str, object]] = []
    worker.tried.connect(lambda v: events.append(("tried", v)))
    worker.series_done.connect(lambda v: events.append(("done", v)))
    worker.open_series(stack.key, stack, volume, 3)
    qtbot.waitUntil(lambda: bool(events) and not worker.busy, timeout=20000)
    assert events[0][0] == "done"  # trials never keep the reading waiting
    score = events[0][1][1]  # type: ignore[index]
    tried = [t.slice_index for name, (_, trials) in events[1:] for t in trials]  # type: ignore[misc]
    assert tried[: len(score.slices)] == list(score.slices)
    count = len(events)
    # Opened again they are known: no network is asked.
    worker.open_series(stack.key, stack, volume, 3)
    qtbot.waitUntil(lambda: len(events) > count + 1 and not worker.busy, timeout=20000)
    again = [t.slice_index for name, v in events[count:] if name == "tried" for t in v[1]]  # type: ignore[index]
    assert again[: len(score.slices)] == list(score.slices)


def test_the_slice_on_screen_is_tried_where_its_score_matters(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_of(count=40, **SMALL)
    volume = volume_of(stack)
    tried: list[int] = []
    worker.tried.connect(lambda v: tried.extend(t.slice_index for t in v[1]))
    monkeypatch.setattr(module, "worth_trying", lambda score, threshold: False)
    worker.open_series(stack.key, stack, volume, 0)
    qtbot.waitUntil(lambda: bool(tried) and not worker.busy, timeout=20000)
    leading = set(tried)
    (other, *_) = set(range(40)) - leading
    worker.show_slice(stack.key, other)
    assert not worker.busy
    monkeypatch.setattr(module, "worth_trying", lambda score, threshold: True)
    worker.show_slice(stack.key, other)
    qtbot.waitUntil(lambda: other in tried, timeout=20000)


def test_a_failed_trial_leaves_the_reading_as_it_is(
    worker: InferenceWorker, qtbot: QtBot, stack_of: Make, volume_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Listener(worker)

    def broken(*_: object) -> None:
        raise DeviceError("The device is gone.")

    monkeypatch.setattr(module, "try_slices", broken)
    stack = stack_of(count=40, **SMALL)
    volume = volume_of(stack)
    with qtbot.waitSignal(worker.series_done, timeout=20000):
        worker.open_series(stack.key, stack, volume, 0)
    qtbot.waitUntil(lambda: not worker.busy, timeout=20000)
    assert heard.of("failed") == []
    assert len(heard.order()) == 40
