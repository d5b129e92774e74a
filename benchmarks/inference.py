"""Inference: what is shipped against eager float32 torch of the same network, same threads, taking turns in one run.

Beside the ratios: how far the probabilities differ, what maps cost beside classes alone, and how long the first
probability takes in a new process with the converted graph in the cache. What this machine cannot measure (CUDA,
bfloat16) is said. Exit code 1: a goal was missed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.cli.demo_data import ensure_demo_study
from covidviewer.errors import CovidViewerError
from covidviewer.inference import device, registry
from covidviewer.inference.engines import convert
from covidviewer.inference.engines.torch_engine import open_torch
from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.pipeline import softmax
from covidviewer.inference.prepare import batch, forward
from covidviewer.study import Series, open_study

BATCH, TURNS = 8, int(os.environ.get("COVIDVIEWER_BENCH_TURNS", "9"))
SPEED = {"float32": 1.5, "bfloat16": 3.0}
DIFFERENCE, MAPS_COST, FIRST_SECONDS = 0.02, 1.1, 1.5

_FIRST = """
import json, sys, time
from PySide6.QtCore import QCoreApplication
from covidviewer.inference.results import Choice
from covidviewer.inference.worker import InferenceWorker
from covidviewer.study import open_study

application = QCoreApplication([])
series = max(open_study(sys.argv[1]).series, key=len)
volume = series.allocate()
middle = len(series) // 2
worker = InferenceWorker()
worker.choose(Choice(device="cpu"))
for _ in series.fill(volume, [middle]):
    pass
image = time.monotonic()

def tell(packet):
    print(json.dumps({"seconds": time.monotonic() - image, "torch": "torch" in sys.modules,
                      "slice": packet[1][0].slice_index == middle, "device": packet[1][0].provenance.device}))
    application.quit()

worker.readings_done.connect(tell)
worker.failed.connect(lambda packet: (print(packet[1], file=sys.stderr), application.exit(1)))
worker.open_series(series.key, series, volume, middle)
code = application.exec()
worker.stop()
sys.exit(code)
"""


def main() -> int:
    try:
        card = registry.choose()
    except CovidViewerError as error:
        print(f"not measured: {error}")
        return 0
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    study = open_study(ensure_demo_study())
    series = max(study.series, key=len)
    pictures = inputs(card, series)
    missed = 0
    if device.torch_build() is None or not device.has_openvino():
        print("not measured: PyTorch or OpenVINO is not installed")
        return 0
    if convert.graph_path(card) is None:
        began = time.monotonic()
        convert.convert(card)
        print(f"conversion, once a network: {time.monotonic() - began:.1f} s")
    missed += processor(card, pictures, threads)
    missed += first_probability(study.path)
    missed += cuda(card, pictures)
    return 1 if missed else 0


def inputs(card: WeightsCard, series: Series) -> list[NDArray[np.uint8]]:
    """Slices of the demo study as the network gets them, more of them from the shared pictures where they are."""
    volume = series.allocate()
    chosen = list(range(8, len(series) - 8, 4))
    for _ in series.fill(volume, chosen):
        pass
    found = [forward(volume.slice(i), card.input, padding=volume.padding)[0] for i in chosen]
    shared = os.environ.get("COVIDVIEWER_SHARED_DATA")
    root = Path(shared) if shared else Path(__file__).resolve().parents[2] / "shared" / "data"
    for name in ("covid-ct", "ct-sars"):
        found += pictures_of(root / "images" / name, card)
    return found


def pictures_of(folder: Path, card: WeightsCard) -> list[NDArray[np.uint8]]:
    """Every fourth picture of the validation split."""
    import csv

    from PIL import Image

    if not (folder / "labels.csv").is_file():
        return []
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"][::4]
    grey = [np.asarray(Image.open(folder / row["file"]).convert("L")) for row in rows]
    return [forward(picture, card.input, units="")[0] for picture in grey]


def judged(text: str, good: bool) -> int:
    print(f"{text}  {'ok' if good else 'MISSED'}", flush=True)
    return 0 if good else 1


def processor(card: WeightsCard, pictures: list[NDArray[np.uint8]], threads: int) -> int:
    """Eager torch, and each precision of OpenVINO, in turns."""
    import torch

    from covidviewer.inference.engines.openvino_engine import OpenVinoEngine, supports_bfloat16
    from covidviewer.inference.loading import load_network

    torch.set_num_threads(threads)
    network = load_network(card)
    graph = convert.graph_path(card)
    assert graph is not None
    precisions = ["float32"] + (["bfloat16"] if supports_bfloat16() else [])
    engines = {p: OpenVinoEngine(graph, p, threads) for p in precisions}
    plain = {p: without_maps(graph, p, threads) for p in precisions}
    images = batch(pictures[:BATCH], card.input)
    tensor = torch.from_numpy(images)

    def eager() -> None:
        with torch.inference_mode():
            network(tensor)

    calls: dict[str, Callable[[], object]] = {"eager": eager}
    for p in precisions:
        calls[p] = lambda p=p: engines[p].run(images)
        calls[f"{p} classes alone"] = lambda p=p: plain[p](images)
    times = taken(calls)
    base = statistics.median(times["eager"])
    print(f"{threads} threads, batch {BATCH}, {TURNS} turns; eager float32: {BATCH / base:.1f} images/s")
    missed = 0
    for p in precisions:
        ratio = base / statistics.median(times[p])
        goal = SPEED[p]
        text = f"OpenVINO {p}, class and maps: {ratio:.2f} x eager (best {min(times['eager']) / min(times[p]):.2f})"
        if p == precisions[-1]:
            missed += judged(f"{text}, goal {goal}, shipped here", ratio >= goal)
        else:
            print(text)
        cost = statistics.median(times[p]) / statistics.median(times[f"{p} classes alone"])
        missed += judged(f"  class and maps by classes alone: {cost:.2f}, goal at most {MAPS_COST}", cost <= MAPS_COST)
    if "bfloat16" not in precisions:
        print("OpenVINO bfloat16: not measured, this processor has none")
    return missed + differences(card, network, engines, pictures)


def differences(
    card: WeightsCard, network: object, engines: dict[str, object], pictures: list[NDArray[np.uint8]]
) -> int:
    import torch

    batches = [batch(pictures[i : i + BATCH], card.input) for i in range(0, len(pictures), BATCH)]
    with torch.inference_mode():
        logits = np.concatenate([network(torch.from_numpy(b)).numpy() for b in batches])  # type: ignore[operator]
    expected = softmax(logits / card.temperature)
    missed = 0
    for p, engine in engines.items():
        found = softmax(np.concatenate([engine.run(b).logits for b in batches]) / card.temperature)  # type: ignore[attr-defined]
        off = float(np.abs(found - expected).max())
        text = f"OpenVINO {p}: largest difference of a probability {off:.4f} on {len(pictures)} images"
        missed += judged(f"{text}, goal {DIFFERENCE}", off <= DIFFERENCE)
    return missed


def taken(calls: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Seconds of each call, in turns; the first turn warms up and is not counted."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(TURNS + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if turn:
                times[name].append(time.perf_counter() - began)
    return times


def without_maps(graph: Path, precision: str, threads: int) -> Callable[[NDArray[np.float32]], object]:
    """The same graph with its maps taken away."""
    import openvino

    core = openvino.Core()
    model = core.read_model(str(graph))
    for result in list(model.get_results()):
        if "maps" in next(iter(result.input_value(0).get_names())):
            model.remove_result(result)
    hint = {"float32": "f32", "bfloat16": "bf16"}[precision]
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": threads}
    request = core.compile_model(model, "CPU", options).create_infer_request()
    return lambda images: request.infer([images], share_inputs=True)


def first_probability(folder: Path) -> int:
    """New processes, from the first image to its probability; the second start is the one that counts."""
    seconds = []
    for _ in range(4):
        command = [sys.executable, "-c", _FIRST, str(folder)]
        output = subprocess.run(command, capture_output=True, text=True, check=False)
        if output.returncode:
            print(output.stderr)
            return judged("first probability", False)
        answer = json.loads(output.stdout.splitlines()[-1])
        seconds.append(answer["seconds"])
    typical = statistics.median(seconds[1:])
    good = typical <= FIRST_SECONDS and answer["slice"] and not answer["torch"]
    text = f"first probability, new process, {answer['device']}: {typical:.2f} s after the first image"
    return judged(f"{text}, torch imported: {answer['torch']}, goal {FIRST_SECONDS}", good)


def cuda(card: WeightsCard, pictures: list[NDArray[np.uint8]]) -> int:
    """300 slices with class and map, where there is a card."""
    found = device.probe_cuda()
    if not found.usable:
        print(f"CUDA: not measured ({found.reason})")
        return 0
    engine = open_torch(card, "cuda", "float16")
    images = batch([pictures[i % len(pictures)] for i in range(device.CUDA_BATCH)], card.input)
    engine.run(images)
    began = time.perf_counter()
    for start in range(0, 300, len(images)):
        engine.run(images[: min(len(images), 300 - start)])
    took = time.perf_counter() - began
    return judged(f"CUDA, {found.name}: 300 slices with class and maps in {took:.2f} s, goal 3", took < 3)


if __name__ == "__main__":
    raise SystemExit(main())
