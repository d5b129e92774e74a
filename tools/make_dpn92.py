"""Makes the DPN-92 weights: ``python tools/make_dpn92.py PICTURES IMAGENET OUT [--lower 9] [--upper 26]``.

No DPN weights exist for us, but a DPN block and a block of ResNet-50 v2 both normalise before each convolution and add
to a state, so a DPN can be taught to carry the same states (docs/training.md):

1. **Start.** Filters of ResNet-50 v2 are copied; a group of a 3 x 3 convolution takes the outputs that its inputs
   explain best.
2. **Imitation.** Without labels, crops of 128 pixels of all training pictures, minutes of a processor: first the stem
   to conv3, then conv4 above the frozen rest. Loss: what a v2 block's state lacks, after the batch norm that reads it.
3. **conv5** is set by hand: the state at every second place, and means of 3 x 3 of 768 channels.
4. **Heads** by regression on the pooled values of plain and mirrored training pictures, classes alike, adults three
   times. Attentions stay what they start as (the identity): training them, or conv4 and conv5, on labels made
   validation worse.
5. 32 spare channels carry the mean, so that a map's zero is a usual place; 8 bits per channel.

PICTURES: folder of the sets. IMAGENET: folder with ResNet-50 v2. Writes three files with manifest entries into OUT.
The shipped files were made by the same steps in several scripts; this file was tried on a few steps of each.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from covidviewer.inference import prepare
from covidviewer.inference.manifest import WeightsCard, read_manifest
from covidviewer.inference.networks import dpn92_gc, dpn92_se
from covidviewer.inference.networks.dpn import EPSILON, DualPathNetwork, load_trunk
from covidviewer.training import finish
from covidviewer.training.data import Example
from covidviewer.training.folder import read_folder
from covidviewer.training.precision import quick_half
from covidviewer.training.teachers import ResNet50V2Lower, load_teacher

#: DPN blocks that follow each block of ResNet-50 v2, by stage.
SHARES = {"conv2": [1] * 3, "conv3": [1] * 4, "conv4": [1, 4, 4, 4, 4, 3]}
LOWER = ["conv1_1", "conv2_1", "conv2_2", "conv2_3", "conv3_1", "conv3_2", "conv3_3", "conv3_4"]
UPPER = [f"conv4_{i}" for i in range(1, 21)]
LAST = ["conv5_1", "conv5_2", "conv5_3"]
CARRIED, MEANS = 1024, 768  # channels of conv5 that carry the state on, and that hold means of it
SPARE = range(CARRIED + MEANS, 2048)
CONSTANTS = 32  # spare channels that carry the mean of all others
SIDE, CROP, BATCH, RATE = 224, 128, 16, 2e-3
PENALTY, ADULTS = 0.003, 3.0
#: Weights that stay float16: rounding them to 8 bits moved probabilities by more than 0.01.
HALVES = ("c3x3_b", "conv2_", "conv3_")
CLASSES = {
    "film3": ("normal", "pneumonia", "covid"),
    "film4": ("normal", "bacterial", "viral", "covid"),
    "ct": ("covid", "noncovid"),
}


class Studio:
    """Network, teacher, pictures, chance."""

    def __init__(self, pictures: Path, imagenet: Path) -> None:
        torch.manual_seed(0)
        self.rng = np.random.default_rng(0)
        self.teacher: ResNet50V2Lower = load_teacher(imagenet)
        self.network = DualPathNetwork(("a", "b")).to(memory_format=torch.channels_last)
        self.blocks: dict[str, Any] = dict(self.network.features.named_children())
        cards = {card.id: card for card in read_manifest()}
        self.film, self.ct = cards["da_covid_net.film_v4"], cards["resnet50_fpn_attention.ct_v2"]
        self.places = {"film3": [pictures / "cxr"], "film4": [pictures / "cxr"]}
        self.places["ct"] = [pictures / "covid-ct", pictures / "ct-sars"]
        every = ("normal", "bacterial", "viral", "pneumonia", "covid")
        films = read_folder(pictures / "cxr", every, ("train",), (), self.film.input)[0]
        slices = self.examples("ct", "train")
        self.pool = np.concatenate([inputs(films, self.film), inputs(slices, self.ct)])

    def card(self, task: str) -> WeightsCard:
        return self.ct if task == "ct" else self.film

    def examples(self, task: str, split: str) -> list[Example]:
        card = self.card(task)
        return [
            e for folder in self.places[task] for e in read_folder(folder, CLASSES[task], (split,), (), card.input)[0]
        ]


def inputs(examples: Sequence[Example], card: WeightsCard) -> np.ndarray:
    """(N, 224, 224) uint8 as the network gets them."""
    return np.stack([prepare.forward(e.picture, card.input, units="grey")[0] for e in examples])


def normal(grey: np.ndarray, card: WeightsCard) -> Tensor:
    batch = torch.from_numpy(prepare.batch(np.ascontiguousarray(grey), card.input))
    return batch.contiguous(memory_format=torch.channels_last)


# -- 1. start --


def copy_norm(to: nn.BatchNorm2d, of: nn.BatchNorm2d, index: Tensor | None = None) -> None:
    """The first channels (or the named ones) of a batch norm; DPN's epsilon is another."""
    index = torch.arange(len(of.running_mean)) if index is None else index
    n = len(index)
    factor = torch.sqrt((of.running_var + EPSILON) / (of.running_var + of.eps))
    to.weight.data[:n] = (of.weight * factor)[index]
    to.bias.data[:n] = of.bias[index]
    to.running_mean[:n], to.running_var[:n] = of.running_mean[index], of.running_var[index]


def deal_groups(energy: Tensor, left: Tensor, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs and outputs of 32 groups, and the share of each output that its group explains.

    energy : (outputs, inputs) of the dense convolution. left : the same, of what no group has taken yet; changed.
    """
    chosen, made, shares = [], [], []
    for _ in range(32):
        seed = int(torch.argmax(left.sum(1)))
        ins = torch.topk(left[seed], min(width, left.shape[1])).indices
        for _ in range(2):
            outs = torch.topk(left[:, ins].sum(1), min(width, left.shape[0])).indices
            ins = torch.topk(left[outs].sum(0), width).indices
        shares += [float(energy[o, ins].sum() / energy[o].sum()) for o in outs]
        left[outs[:, None], ins[None, :]] *= 0.05
        chosen.append(ins)
        made.append(outs)
    return torch.cat(chosen), torch.cat(made), torch.tensor(shares)


@torch.no_grad()
def start(studio: Studio) -> None:
    """Filters of ResNet-50 v2 into the stem and conv2 to conv4."""
    teacher, blocks = studio.teacher, studio.blocks
    stem, first = blocks["conv1_1"], teacher.bn0
    scale = first.weight / torch.sqrt(first.running_var + first.eps)
    shift = first.bias - first.running_mean * scale
    stem.conv.weight.copy_(teacher.conv1.weight * scale[None, :, None, None])
    copy_norm(stem.bn, teacher.bn1)
    stem.bn.running_mean -= (teacher.conv1.weight * shift[None, :, None, None]).sum((1, 2, 3))
    for stage, layer in zip(SHARES, (teacher.layer1, teacher.layer2, teacher.layer3), strict=True):
        number = 1
        for block, count in zip(layer, SHARES[stage], strict=True):
            energy = block.conv2.weight.pow(2).sum((2, 3)) * block.bn2.weight.pow(2)[None]
            left = energy.clone()
            for _ in range(count):
                start_block(blocks[f"{stage}_{number}"], block, energy, left)
                number += 1


def start_block(own: Any, block: Any, energy: Tensor, left: Tensor) -> None:
    seen, kept, width = block.conv1.weight.shape[1], own.residual, own.c3x3_b.conv.weight.shape[1]
    ins, outs, shares = deal_groups(energy, left, width)
    copy_norm(own.c1x1_a.bn, block.bn1)
    own.c1x1_a.conv.weight.normal_(0, 0.01)
    own.c1x1_a.conv.weight[:, :seen] = block.conv1.weight[ins]
    copy_norm(own.c3x3_b.bn, block.bn2, ins)
    for group in range(32):
        part = slice(group * width, (group + 1) * width)
        own.c3x3_b.conv.weight[part] = block.conv2.weight[outs[part]][:, ins[part]]
    copy_norm(own.c1x1_c.bn, block.bn3, outs)
    own.c1x1_c.conv.weight.normal_(0, 0.02)
    own.c1x1_c.conv.weight[:kept] = block.conv3.weight[:, outs] * shares[None, :, None, None]
    if own.shortcut:
        path = own.get_submodule(own.shortcut)
        copy_norm(path.bn, block.bn1)
        path.conv.weight.normal_(0, 0.5 / math.sqrt(path.conv.weight.shape[1]))
        path.conv.weight[:kept] = 0
        path.conv.weight[:kept, :seen] = block.downsample.weight


# -- 2. imitation --


def readers(teacher: ResNet50V2Lower) -> list[list[nn.BatchNorm2d]]:
    """The batch norm that reads each block's state, by stage."""
    layers: list[Any] = [teacher.layer1, teacher.layer2, teacher.layer3]
    following = [teacher.layer2[0].bn1, teacher.layer3[0].bn1, teacher.bn_out]
    return [[b.bn1 for b in list(layer)[1:]] + [last] for layer, last in zip(layers, following, strict=True)]


def targets() -> dict[str, tuple[int, int]]:
    """DPN block -> (stage, block) of ResNet-50 v2 whose state it should carry."""
    return {
        f"{stage}_{end}": (number, k)
        for number, (stage, shares) in enumerate(SHARES.items())
        for k, end in enumerate(np.cumsum(shares).tolist())
    }


def imitate(studio: Studio, trained: list[str], frozen: list[str], minutes: float) -> None:
    """Teach some blocks for so many minutes, above blocks that stay."""
    teacher, blocks, norms, wanted = studio.teacher, studio.blocks, readers(studio.teacher), targets()
    studio.network.requires_grad_(False)
    weights = [p.requires_grad_() for name in trained for p in blocks[name].parameters()]
    wide, narrow = [p for p in weights if p.ndim > 1], [p for p in weights if p.ndim == 1]
    groups = [{"params": wide, "weight_decay": 0.01}, {"params": narrow, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, RATE)
    studio.network.train()
    for name in frozen:
        blocks[name].eval()
    spread: dict[str, Tensor] = {}
    told: dict[str, float] = {}
    begun, step = time.monotonic(), 0
    while (share := (time.monotonic() - begun) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 20) * (0.5 * (1 + math.cos(math.pi * share)) + 0.01)
        x = normal(crops(studio), studio.ct)
        with torch.no_grad(), quick_half():
            y = functional.max_pool2d(functional.relu(teacher.bn1(teacher.conv1(teacher.bn0(x)))), 3, 2, 1)
            states: list[list[Tensor]] = []
            for layer in (teacher.layer1, teacher.layer2, teacher.layer3):
                states.append([])
                for block in layer:
                    y = block(y)
                    states[-1].append(y)
        total = torch.zeros(())
        with quick_half():
            paths: Any = x
            with torch.no_grad():
                for name in frozen:
                    paths = blocks[name](paths)
            for name in trained:
                paths = blocks[name](paths)
                if name in wanted:
                    stage, k = wanted[name]
                    norm = norms[stage][k]
                    aim = functional.relu(norm(states[stage][k])).float()
                    error = (functional.relu(norm(paths[0].float())) - aim).pow(2).mean((0, 2, 3))
                    own = spread.setdefault(name, aim.var((0, 2, 3)))
                    own.mul_(0.98).add_(aim.var((0, 2, 3)), alpha=0.02)
                    share_of = 1 / (own + 0.1 * own.mean())
                    total = total + (error * share_of).sum() / (own * share_of).sum()
                    now = float((error.sum() / own.sum()).detach())
                    told[name] = 0.95 * told.get(name, now) + 0.05 * now
        total.backward()
        torch.nn.utils.clip_grad_norm_(weights, 5.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        step += 1
        if step % 50 == 0:
            print(step, {name: round(value, 3) for name, value in told.items()}, flush=True)
    studio.network.eval().requires_grad_(False)


def crops(studio: Studio) -> np.ndarray:
    """(16, 128, 128) uint8: parts of pictures at the scale that the network sees them at."""
    rng, result = studio.rng, np.empty((BATCH, CROP, CROP), np.uint8)
    for i in range(BATCH):
        top, left = rng.integers(0, SIDE - CROP + 1, 2)
        part = studio.pool[rng.integers(len(studio.pool)), top : top + CROP, left : left + CROP]
        part = part[:, ::-1] if rng.random() < 0.5 else part
        result[i] = part[::-1] if rng.random() < 0.25 else part
    return result


# -- 3. conv5 --


@torch.no_grad()
def carry(studio: Studio) -> None:
    """conv5 hands the state on; batch norms above are measured; the tail clips nothing that is carried."""
    blocks, out = studio.blocks, studio.teacher.bn_out
    first = blocks["conv5_1"]
    path = first.get_submodule(first.shortcut)
    for norm in (path.bn, first.c1x1_a.bn, first.c3x3_b.bn, first.c1x1_c.bn):
        norm.weight.fill_(1)
        norm.bias.zero_()
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - EPSILON)
    for norm in (path.bn, first.c1x1_a.bn):
        copy_norm(norm, out)
    path.conv.weight.zero_()
    path.conv.weight[range(CARRIED), range(CARRIED)] = 1
    path.conv.weight[2048:].normal_(0, 0.3 / math.sqrt(CARRIED))
    first.c1x1_a.conv.weight.zero_()
    first.c1x1_a.conv.weight[range(MEANS), range(MEANS)] = 1
    first.c3x3_b.conv.weight.normal_(0, 1e-3)
    for k in range(MEANS):
        first.c3x3_b.conv.weight[k, k % 24] = 1 / 9
    first.c1x1_c.conv.weight.normal_(0, 1e-3)
    first.c1x1_c.conv.weight[:CARRIED] = 0
    for k in range(MEANS):
        first.c1x1_c.conv.weight[CARRIED + k, k] = 1
    for name in LAST[1:]:
        blocks[name].c1x1_c.conv.weight.mul_(0.05)
    tail = blocks["conv5_bn_ac"].bn
    measured = [m for name in LAST[1:] for m in blocks[name].modules() if isinstance(m, nn.BatchNorm2d)] + [tail]
    for norm in measured:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for _ in range(12):
        tail(state(studio, normal(studio.pool[studio.rng.integers(0, len(studio.pool), BATCH)], studio.ct)))
    for norm in measured:
        norm.momentum = 0.1
        norm.eval()
    tail.weight.fill_(1)
    tail.bias.copy_(tail.running_mean / torch.sqrt(tail.running_var + EPSILON))
    tail.bias[CARRIED + MEANS :] = 0.5


@torch.no_grad()
def state(studio: Studio, x: Tensor) -> Tensor:
    """Both paths before the tail, N x 2688 x 7 x 7."""
    paths: Any = x
    with quick_half():
        for name in LOWER + UPPER + LAST:
            paths = studio.blocks[name](paths)
    return torch.cat(paths, dim=1).float()


def pooled(studio: Studio, grey: np.ndarray, card: WeightsCard) -> np.ndarray:
    """(N, 2688) float64: what the last layer reads."""
    tail = studio.blocks["conv5_bn_ac"].bn
    parts = []
    with torch.no_grad():
        for i in range(0, len(grey), BATCH):
            level = functional.relu(tail(state(studio, normal(grey[i : i + BATCH], card))))
            parts.append(level.mean((2, 3)).double().numpy())
    return np.concatenate(parts)


# -- 4 and 5. heads, files --


def regression(rows: Sequence[np.ndarray], labels: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial (or for two classes halved binary) weights (K, D) and intercepts (K,)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=PENALTY, max_iter=400).fit(
        np.concatenate(rows), np.tile(labels, len(rows)), sample_weight=np.tile(weights, len(rows)) / len(rows)
    )
    weight, bias = model.coef_, model.intercept_
    if len(weight) == 1:
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return weight, bias


def shares(task: str, examples: Sequence[Example], labels: np.ndarray) -> np.ndarray:
    """Weight of each picture: films by class and age, slices by set; mean 1."""
    if task == "ct":
        _, kind = np.unique([e.set_name for e in examples], return_inverse=True)
        weights = 1 / np.bincount(kind)[kind]
    else:
        adult = np.array([ADULTS if e.age is not None and e.age >= 18 else 1.0 for e in examples])
        weights = adult / np.bincount(labels)[labels]
    return np.asarray(weights * len(weights) / weights.sum())


@torch.no_grad()
def write(
    studio: Studio, task: str, head: tuple[np.ndarray, np.ndarray], mean: np.ndarray, deviation: np.ndarray,
    spare: Sequence[int], out: Path,
) -> None:  # fmt: skip
    """One network with its attentions as they start, its head and its map's zero, in 8 bits."""
    squeeze = task == "film4"
    name, options = ("dpn92_se", {}) if squeeze else ("dpn92_gc", {"gc_ratio": 0.0625})
    build = dpn92_se.build if squeeze else dpn92_gc.build
    made: Any = build(CLASSES[task], **options)
    load_trunk(made, studio.network.state_dict())
    if squeeze:
        dpn92_se.open_gates(made, 12.0)
    weight, bias = (torch.from_numpy(part).float() for part in head)
    usual, spread = torch.from_numpy(mean).float(), torch.from_numpy(deviation).float()
    offset = -(weight @ (usual / spread)) / len(spare)
    value = 2.0 ** math.ceil(math.log2(float(offset.abs().max() / (0.7 * weight.abs().max()))))
    tail = dict(made.features.named_children())["conv5_bn_ac"].bn
    tail.weight /= spread
    tail.bias /= spread
    tail.weight[spare], tail.bias[spare] = 0, value
    weight[:, spare] = (offset / value)[:, None]
    made.last_linear.weight.copy_(weight)
    made.last_linear.bias.copy_(bias)
    base = studio.card(task)
    id = f"{name}.{'ct' if task == 'ct' else 'film'}_v1"
    card = replace(
        base, id=id, network=name, classes=CLASSES[task], positive="covid", options=options, version="1",
        card=f"cards/{id}.md", default=False, measured=(),
    )  # fmt: skip
    path = out / f"{id}.safetensors"
    done, fitted = finish.finish(
        card, made.eval(), studio.examples(task, "val"), path, "int8", studio.examples(task, "train"), HALVES
    )
    path.with_suffix(".toml").write_text(finish.manifest_entry(done), "utf-8")
    print(id, fitted, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name in ("pictures", "imagenet", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--lower", type=float, default=9.0, help="minutes for the stem to conv3")
    parser.add_argument("--upper", type=float, default=26.0, help="minutes for conv4")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    studio = Studio(args.pictures, args.imagenet)
    start(studio)
    imitate(studio, LOWER, [], args.lower)
    imitate(studio, UPPER, LOWER, args.upper)
    carry(studio)
    make(studio, CLASSES, args.out)
    return 0


def make(studio: Studio, tasks: Iterable[str], out: Path) -> None:
    """Heads of all tasks on one standardisation, then the files."""
    rows: dict[str, list[np.ndarray]] = {}
    table = {task: studio.examples(task, "train") for task in tasks}
    for task, examples in table.items():
        grey = inputs(examples, studio.card(task))
        rows[task] = [pooled(studio, part, studio.card(task)) for part in (grey, grey[:, :, ::-1])]
    whole = np.concatenate([part for views in rows.values() for part in views])
    mean, deviation = whole.mean(axis=0), whole.std(axis=0) + 1e-4
    labels = {task: np.array([CLASSES[task].index(e.label) for e in found]) for task, found in table.items()}

    def fitted(kept: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {
            task: regression(
                [(part - mean) / deviation * kept for part in rows[task]],
                labels[task],
                shares(task, table[task], labels[task]),
            )
            for task in tasks
        }

    kept = np.ones(whole.shape[1])
    used = sum(np.abs(weight).sum(axis=0) for weight, _ in fitted(kept).values())
    spare = sorted(SPARE.start + int(k) for k in np.argsort(np.asarray(used)[SPARE.start : SPARE.stop])[:CONSTANTS])
    kept[spare] = 0
    for task, head in fitted(kept).items():
        write(studio, task, head, mean, deviation, spare, out)


if __name__ == "__main__":
    raise SystemExit(main())
