"""Explanations beside the readings on one lane: answers, two runs of LIME, calling off, errors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from covidviewer.errors import CovidViewerError
from covidviewer.inference.explain import settings as policy
from covidviewer.inference.explanation import ExplainRequest, Explanation
from covidviewer.inference.results import Choice
from covidviewer.inference.worker import InferenceWorker
from covidviewer.study import Series

pytestmark = pytest.mark.usefixtures("on_torch")
Make = Callable[..., Any]
SMALL = {"rows": 96, "columns": 96, "spacing": (3.0, 3.0)}


@pytest.fixture
def worker(toy_weights: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[InferenceWorker]:
    monkeypatch.setitem(policy.settings()["lime"], "samples", 120)
    monkeypatch.setitem(policy.settings()["lime"], "segments", "slic")
    made = InferenceWorker()
    made.choose(Choice(device="cpu"))
    yield made
    assert made.stop()


@pytest.fixture
def request_of(stack_of: Make, volume_of: Make) -> Callable[..., ExplainRequest]:
    stack = stack_of(count=6, **SMALL)
    volume = volume_of(stack, lungs=lambda i: i != 5)

    def make(method: str, index: int = 2) -> ExplainRequest:
        return ExplainRequest("a", index, method, Series(stack), volume)

    return make


def ask(worker: InferenceWorker, qtbot: QtBot, request: ExplainRequest) -> tuple[list[Explanation], Any]:
    heard: list[Explanation] = []
    worker.explainer.arrived.connect(lambda packet: heard.append(packet[1]))
    with qtbot.waitSignal(worker.explainer.ended, timeout=30000) as ended:
        worker.explainer.ask(request)
    return heard, ended.args[0][1]


def test_lime_answers_twice_the_second_time_with_its_stability(
    worker: InferenceWorker, qtbot: QtBot, request_of: Callable[..., ExplainRequest]
) -> None:
    steps: list[tuple[int, int]] = []
    worker.explainer.progressed.connect(lambda packet: steps.append(packet[1:]))
    heard, error = ask(worker, qtbot, request_of("lime"))
    assert error is None
    assert [e.stability is None for e in heard] == [True, False]
    stability = heard[1].stability
    assert stability is not None
    # The toy weighs all grey alike, so both runs order the superpixels nearly the same way.
    assert min(stability) > 0.7
    assert not heard[1].exact
    reading = heard[1].reading
    assert reading.provenance.method == reading.key[4] == "lime"
    assert np.array_equal(heard[0].reading.maps["fine"], reading.maps["fine"])
    covid, other = reading.maps["fine"].astype(np.float32)
    assert np.allclose(covid, -other, atol=2e-3)  # two classes: what speaks for one speaks against the other
    assert np.abs(covid).max() > 0
    assert all(total == 240 for _, total in steps)
    assert steps == sorted(steps)


def test_methods_by_gradient_say_whether_they_are_exact(
    worker: InferenceWorker, qtbot: QtBot, request_of: Callable[..., ExplainRequest]
) -> None:
    exact = {}
    for method in ("hirescam", "gradcam++"):
        heard, error = ask(worker, qtbot, request_of(method))
        assert error is None
        exact[method] = heard[-1].exact
        assert heard[-1].stability is None
    assert exact == {"hirescam": True, "gradcam++": False}


def test_calling_off_ends_it_and_nothing_is_told(
    worker: InferenceWorker, qtbot: QtBot, request_of: Callable[..., ExplainRequest]
) -> None:
    heard: list[object] = []
    worker.explainer.arrived.connect(heard.append)
    worker.explainer.ended.connect(heard.append)
    request = request_of("occlusion")
    with qtbot.waitSignal(worker.explainer.progressed, timeout=30000):
        worker.explainer.ask(request)
    worker.explainer.call_off(request)
    before = len(heard)
    _, error = ask(worker, qtbot, request_of("hirescam"))  # the lane is free again
    assert error is None
    assert not any(packet[0].method == "occlusion" for packet in heard[before:])  # type: ignore[index]


def test_a_slice_without_lung_is_refused_with_the_reason(
    worker: InferenceWorker, qtbot: QtBot, request_of: Callable[..., ExplainRequest]
) -> None:
    heard, error = ask(worker, qtbot, request_of("lime", 5))
    assert heard == []
    assert isinstance(error, CovidViewerError)
    assert "Too little lung" in error.message


def test_the_slice_on_screen_is_read_while_an_explanation_is_made(
    worker: InferenceWorker,
    qtbot: QtBot,
    request_of: Callable[..., ExplainRequest],
    stack_of: Make,
    volume_of: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reading that is asked for in the middle of LIME is answered before LIME ends."""
    monkeypatch.setitem(policy.settings()["lime"], "samples", 400)
    order: list[str] = []
    stack = stack_of(count=4, **SMALL)
    volume = volume_of(stack)

    def begin(_packet: object) -> None:
        if not order:
            order.append("asked")
            worker.open_series("b", stack, volume, 0)

    worker.explainer.progressed.connect(begin)
    worker.readings_done.connect(lambda _: order.append("read"))
    with qtbot.waitSignal(worker.explainer.ended, timeout=60000):
        worker.explainer.ask(request_of("lime"))
    order.append("explained")
    assert order[:2] == ["asked", "read"]
    qtbot.waitUntil(lambda: not worker.busy, timeout=20000)


def test_another_network_ends_an_explanation_in_the_middle(
    worker: InferenceWorker, qtbot: QtBot, request_of: Callable[..., ExplainRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(policy.settings()["lime"], "samples", 2000)
    heard: list[object] = []
    worker.explainer.arrived.connect(heard.append)
    with qtbot.waitSignal(worker.explainer.progressed, timeout=30000):
        worker.explainer.ask(request_of("lime"))
    worker.choose(Choice(device="cpu", precision="float32"))
    monkeypatch.setitem(policy.settings()["lime"], "samples", 120)
    with qtbot.waitSignal(worker.explainer.ended, timeout=30000):
        worker.explainer.ask(request_of("lime", 1))  # the lane is free again and answers with the new choice
    assert [packet[0].index for packet in heard] == [1, 1]  # type: ignore[index]
