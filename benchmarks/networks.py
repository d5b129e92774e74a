"""Every network: images/s and memory of eager float32 against what is shipped, and whether the two agree.

Eager torch and the converted graph take turns in one process, so that other work on the machine meets both alike; the
ratio is the figure, the images/s are this machine's at this minute. Memory is the peak of a process of its own for each
form. Networks without a shipped file are measured with random weights at their paper's size; for shipped ones all
validation pictures are asked of both forms. Exit code 1: a shipped form does not agree.

``python -m benchmarks networks`` measures all; ``python -m benchmarks.networks NAME ...`` some.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import CovidViewerError
from covidviewer.inference import device, registry
from covidviewer.inference.engines import convert
from covidviewer.inference.manifest import InputSpec, WeightsCard, read_manifest
from covidviewer.inference.prepare import batch, forward

BATCHES = (1, 16)
SECONDS = float(os.environ.get("COVIDVIEWER_BENCH_SECONDS", "4"))
DIFFERENCE, CHANGED = 0.02, 0.005
#: Sides of the input in the papers (the thesis's table) and classes; 224 and two classes otherwise.
SIDES = dict.fromkeys(("simple_cnn", "vgg", "unet", "resunet", "resunet_ecsa", "resunet_fprm", "dresunet"), 256)
CLASSES = {"dpn92_gc": 3, "dpn92_se": 4, "da_covid_net": 3}
#: What the papers print about speed, on their machines.
PRINTED = {
    "resnet50_fpn_attention": "seed 004: 12.75 images/s on a CPU, 39.56 on an RTX 2080 Ti (its ResNet-50: 7.89, 23.52)",
    "dpn92_se": "seed 001: 3 s for class and explanation of one film on a GTX 1080 Ti",
}
SETS = {"CT": ("covid-ct", "ct-sars"), "FILM": ("cxr",)}


def main() -> int:
    if len(sys.argv) > 2 and sys.argv[1] in ("--speed", "--memory"):
        return child(sys.argv[1], sys.argv[2:])
    if device.torch_build() is None or not device.has_openvino():
        print("not measured: PyTorch or OpenVINO is not installed")
        return 0
    wanted = sys.argv[1:] or sorted({*registry.NETWORKS, "torchvision:resnet18"})
    found = device.probe_cuda()
    print("CUDA: " + (found.name if found.usable else f"not measured ({found.reason})"), flush=True)
    print("| network | batch | eager float32, images/s | shipped, images/s | ratio | peak MB, eager, shipped |")
    print("|---|---|---|---|---|---|", flush=True)
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            missed += one(name, Path(folder), found.usable)
    return 1 if missed else 0


def one(name: str, folder: Path, cuda: bool) -> int:
    """All of one network, in children, so that each starts with an empty memory."""
    try:
        answer = ask("--speed", name, folder)
    except RuntimeError as error:
        print(f"| {name} | failed: {error} |")
        return 1
    peaks = [ask("--memory", name, folder, form)["megabytes"] for form in ("eager", "shipped")]
    for size, eager, shipped in answer["speed"]:
        print(
            f"| {answer['label']} | {size} | {eager:.2f} | {shipped:.2f} ({answer['form']}) | {shipped / eager:.2f} "
            f"| {peaks[0]:.0f}, {peaks[1]:.0f} |",
            flush=True,
        )
    if name in PRINTED:
        print(f"| | | {PRINTED[name]} | | | |")
    if not cuda:
        pass  # said once, at the head of the table
    elif "cuda" in answer:
        print(f"| | {BATCHES[-1]} | CUDA float16: {answer['cuda']:.1f} | | | |")
    if "difference" not in answer:
        return 0
    good = answer["difference"] <= DIFFERENCE and answer["changed"] <= CHANGED
    print(
        f"| | | largest difference of a probability {answer['difference']:.4f} (goal {DIFFERENCE}), class changed "
        f"{answer['changed']:.2%} (goal {CHANGED:.1%}) on {answer['pictures']} validation pictures: "
        f"{'ok' if good else 'MISSED'} | | | |",
        flush=True,
    )
    return 0 if good else 1


def ask(what: str, *words: object) -> dict[str, object] | object:
    """A child's JSON."""
    command = [sys.executable, "-m", "benchmarks.networks", what, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no answer")
    return json.loads(done.stdout.splitlines()[-1])


def child(what: str, words: list[str]) -> int:
    name, folder = words[0], Path(words[1])
    if what == "--speed":
        print(json.dumps(speed(name, folder)))
    else:
        print(json.dumps(memory(name, folder, words[2])))
    return 0


def threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def card_of(name: str, folder: Path) -> tuple[WeightsCard, bool]:
    """The shipped weights of a network, or random ones in the folder, and whether they are shipped."""
    for card in read_manifest():
        if name in (card.id, card.network) and card.path.is_file():
            return card, True
    own = folder / name.replace(":", "_")
    if (own / "manifest.toml").is_file():
        return read_manifest(own)[0], False
    import torch

    from covidviewer.training.finish import manifest_entry, save

    classes = tuple(f"class{i}" for i in range(CLASSES.get(name, 2)))
    torch.manual_seed(0)
    network = registry.builder(name)(classes)
    side = SIDES.get(name, 224)
    card = WeightsCard(
        name, name, "random.safetensors", "", "CT", classes, classes[0], InputSpec(size=(side, side)), folder=own
    )
    card = replace(card, sha256=save(network, card.path))
    (own / "manifest.toml").write_text("schema = 1\n" + manifest_entry(card), "utf-8")
    return card, False


def runners(card: WeightsCard) -> tuple[dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]], str]:
    """Logits of a batch by eager torch and by what runs on a user's processor."""
    import torch

    from covidviewer.inference.contract import LinearHeadNetwork
    from covidviewer.inference.engines.openvino_engine import OpenVinoEngine, supports_bfloat16
    from covidviewer.inference.loading import load_network

    torch.set_num_threads(threads())
    network = load_network(card)

    def eager(images: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            result: NDArray[np.float32] = network(torch.from_numpy(images)).numpy()
        return result

    if not isinstance(network, LinearHeadNetwork):
        return {"eager": eager, "shipped": eager}, "the same: a baseline is not converted"
    precision = "bfloat16" if supports_bfloat16() and not card.float32 else "float32"
    engine = OpenVinoEngine(convert.graph_path(card) or convert.convert(card), precision, threads())
    return {
        "eager": eager,
        "shipped": lambda images: engine.run(images).logits,
    }, f"OpenVINO {precision}, class and maps"


def speed(name: str, folder: Path) -> dict[str, object]:
    card, shipped = card_of(name, folder)
    calls, form = runners(card)
    rng = np.random.default_rng(0)
    rows = []
    for size in BATCHES:
        images = rng.standard_normal((size, card.input.channels, *card.input.shape)).astype(np.float32)
        times: dict[str, list[float]] = {kind: [] for kind in calls}
        turn, began = 0, time.perf_counter()
        while turn < 4 or (time.perf_counter() - began < SECONDS and turn < 30):
            for kind, call in calls.items():
                start = time.perf_counter()
                call(images)
                if turn:  # the first one warms up
                    times[kind].append(time.perf_counter() - start)
            turn += 1
        rows.append((size, *(size / statistics.median(times[kind]) for kind in ("eager", "shipped"))))
    answer: dict[str, object] = {
        "speed": rows,
        "form": form,
        "label": card.id if shipped else f"{name}, random weights",
    }
    if shipped:
        answer |= agreement(card, calls)
    found = device.probe_cuda()
    if found.usable:
        answer["cuda"] = on_cuda(card)
    return answer


def on_cuda(card: WeightsCard) -> float:
    """Images/s in float16 with class and maps."""
    from covidviewer.inference.engines.torch_engine import open_torch

    engine = open_torch(card, "cuda", "float16")
    images = np.zeros((BATCHES[-1], card.input.channels, *card.input.shape), np.float32)
    engine.run(images)
    began, turns = time.perf_counter(), 20
    for _ in range(turns):
        engine.run(images)
    return turns * len(images) / (time.perf_counter() - began)


def agreement(
    card: WeightsCard, calls: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]]
) -> dict[str, object]:
    """Both forms on all validation pictures; nothing where the pictures are not at hand."""
    pictures = validation(card)
    if not pictures:
        return {}
    chances = {}
    for kind, call in calls.items():
        parts = [call(batch(pictures[i : i + 16], card.input)) for i in range(0, len(pictures), 16)]
        logits = np.concatenate(parts).astype(np.float64) / card.temperature
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances[kind] = powers / powers.sum(axis=1, keepdims=True)
    eager, shipped = chances["eager"], chances["shipped"]
    return {
        "difference": float(np.abs(eager - shipped).max()),
        "changed": float((eager.argmax(axis=1) != shipped.argmax(axis=1)).mean()),
        "pictures": len(pictures),
    }


def validation(card: WeightsCard) -> list[NDArray[np.uint8]]:
    """Validation pictures of the network's kind, as it gets them."""
    import csv

    from PIL import Image

    shared = os.environ.get("COVIDVIEWER_SHARED_DATA")
    root = Path(shared) if shared else Path(__file__).resolve().parents[2] / "shared" / "data"
    found = []
    for name in SETS[card.modality]:
        table = root / "images" / name / "labels.csv"
        if not table.is_file():
            continue
        with table.open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
        for row in rows:
            with Image.open(table.parent / row["file"]) as image:
                found.append(forward(np.asarray(image.convert("L")), card.input, units="grey")[0])
    return found


def memory(name: str, folder: Path, form: str) -> dict[str, float]:
    """Peak of a process that runs one batch of 16; the shipped form needs no torch."""
    card, _ = card_of(name, folder)
    images = np.zeros((BATCHES[-1], card.input.channels, *card.input.shape), np.float32)
    graph = convert.graph_path(card)
    if form == "shipped" and graph is not None:
        from covidviewer.inference.engines.openvino_engine import OpenVinoEngine, supports_bfloat16

        OpenVinoEngine(graph, "bfloat16" if supports_bfloat16() else "float32", threads()).run(images)
    else:
        import torch

        from covidviewer.inference.loading import load_network

        torch.set_num_threads(threads())
        network = load_network(card)
        with torch.inference_mode():
            network(torch.from_numpy(images))
    return {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except CovidViewerError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
