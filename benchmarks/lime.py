"""LIME: ours against the ``lime`` package, same picture, same network, same number of samples and threads, in one run.

Ours is shown three times: as it is shipped (in 8 bits where they agree, their fitting included), through the engine of
the readings, and through eager float32 torch as the package gets it, so that it is plain how much is the engine's.
Exit code 1: below 5 times. CUDA: class and LIME under one second, or not measured.
"""

from __future__ import annotations

import os
import time

import numpy as np
from numpy.typing import NDArray

from covidviewer.cli.demo_data import ensure_demo_study
from covidviewer.inference import device, prepare
from covidviewer.inference.engines.torch_engine import open_torch, require_torch
from covidviewer.inference.explain import lime, superpixels
from covidviewer.inference.explain.settings import settings
from covidviewer.inference.explaining import run_lime
from covidviewer.inference.pipeline import Pipeline, softmax
from covidviewer.inference.results import Choice
from covidviewer.study import open_study

SAMPLES = int(os.environ.get("COVIDVIEWER_BENCH_LIME", "1000"))
GOAL, CUDA_SECONDS = 5.0, 1.0


def main() -> int:
    try:
        from lime import lime_image
    except ImportError:
        print("not measured: the lime package is not installed")
        return 0
    torch = require_torch()
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    torch.set_num_threads(threads)
    picture, pipeline = _input()
    card = pipeline.card
    eager = open_torch(card)

    def classify(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return softmax(eager.run(prepare.batch(pictures, card.input), maps=False).logits / card.temperature)

    segments = superpixels.quickshift(picture)
    print(f"{card.id}, {SAMPLES} samples, {segments.max() + 1} superpixels, {threads} threads")
    _timed(lambda: pipeline.predict(np.repeat(picture[None], pipeline.plan.batch, axis=0)))  # warm
    plain = _timed(lambda: lime.explain(picture, pipeline.predict, superpixels.quickshift(picture), samples=SAMPLES))
    found: list[lime.Lime] = []
    shipped = _timed(lambda: found.append(_as_shipped(pipeline, picture)))
    ours = _timed(lambda: lime.explain(picture, classify, superpixels.quickshift(picture), samples=SAMPLES))
    peer = _timed(
        lambda: lime_image.LimeImageExplainer(random_state=0).explain_instance(
            np.repeat(picture[..., None], 3, axis=2),
            lambda images: classify(np.ascontiguousarray(images[..., 0])),
            top_labels=len(card.classes),
            num_samples=SAMPLES,
        )
    )
    print(f"lime package, eager float32 torch      {peer:7.2f} s  1.0 x")
    print(f"ours, eager float32 torch              {ours:7.2f} s  {peer / ours:.1f} x")
    print(f"ours, {pipeline.provenance.device:33s}{plain:7.2f} s  {peer / plain:.1f} x")
    ratio = peer / shipped
    form = found[0].form or "8 bits did not agree"
    print(f"ours as shipped, {form:22s}{shipped:7.2f} s  {ratio:.1f} x (goal {GOAL})")
    pipeline.close()
    return int(ratio < GOAL) | _cuda(picture, card.id)


def _as_shipped(pipeline: Pipeline, picture: NDArray[np.uint8]) -> lime.Lime:
    """What the viewer does, fitting of the 8-bit form included."""
    settings()["lime"]["samples"] = SAMPLES
    return run_lime(pipeline, picture)


def _input() -> tuple[NDArray[np.uint8], Pipeline]:
    """A slice of the built-in study as the network gets it, and a pipeline with its converted graph."""
    series = max(open_study(ensure_demo_study()).series, key=len)
    volume = series.allocate()
    index = len(series) // 2
    for _ in series.fill(volume, [index]):
        pass
    pipeline = Pipeline(Choice(device="cpu"), convert_in="now")
    pipeline.load()
    return pipeline.input_of(volume, series.stack, index)[0], pipeline


def _cuda(picture: NDArray[np.uint8], network: str) -> int:
    if not device.probe_cuda().usable:
        print("class and LIME on CUDA: not measured, no usable card here")
        return 0
    pipeline = Pipeline(Choice(network=network, device="cuda"))
    run_lime(pipeline, picture)
    seconds = _timed(lambda: (pipeline.predict(picture[None]), run_lime(pipeline, picture)))
    print(f"class and LIME on CUDA: {seconds:.2f} s (goal {CUDA_SECONDS})")
    pipeline.close()
    return int(seconds > CUDA_SECONDS)


def _timed(run: object) -> float:
    assert callable(run)
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main())
