"""Make ``resources/models/film_lungs.safetensors``: the small U-Net that finds lungs on films, and their mean shape.

    python tools/fit_film_lungs.py ../shared/data/images [--steps 700]

Trained on the outlines of the train split of ``cxr-masks`` (moved, turned, mirrored, darkened), about a quarter of an
hour on one core; prints the Dice on its validation split, of the numpy form that ships. The mean shape is that of the
lungs found on the training films of ``cxr``. Random numbers of other torch versions differ, so the file does too.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file
from torch import Tensor, nn
from torch.nn import functional

from covidviewer import assets
from covidviewer.imaging import film_lungs

WIDTHS = (8, 16, 32, 48, 64)
SHAPE = 24
BATCH, RATE, DECAY = 16, 3e-3, 1e-3


def square(image: Image.Image) -> np.ndarray:
    return np.asarray(image.resize((film_lungs.SIDE, film_lungs.SIDE), Image.Resampling.BILINEAR))


def rows(folder: Path, split: str) -> Iterator[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        yield from (row for row in csv.DictReader(file) if row["split"] == split)


def outlined(folder: Path, split: str) -> tuple[Tensor, Tensor]:
    """Films and lungs, N x 1 x 128 x 128 in 0..1; the first reader's outline where there are two."""
    films, lungs = [], []
    for row in rows(folder, split):
        masks = [folder / kind / f"{Path(row['file']).stem}.png" for kind in ("lung", "lung-rad")]
        mask = next((path for path in masks if path.exists()), None)
        if mask is not None:
            films.append(square(Image.open(folder / row["file"]).convert("L")))
            lungs.append(square(Image.fromarray((np.asarray(Image.open(mask)) > 0).astype(np.uint8) * 255)))
    return tuple(torch.tensor(np.stack(part)).float()[:, None] / 255 for part in (films, lungs))  # type: ignore[return-value]


class Double(nn.Sequential):
    """Twice convolution, batch norm, ReLU."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        parts: list[nn.Module] = []
        for width in (channels_in, channels_out):
            parts += [nn.Conv2d(width, channels_out, 3, padding=1, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU()]
        super().__init__(*parts)


class LungNet(nn.Module):
    """The U-Net as it is trained; `film_lungs.lung_logits` is the same in numpy."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(Double(1 if k == 0 else WIDTHS[k - 1], WIDTHS[k]) for k in range(len(WIDTHS)))
        self.up = nn.ModuleList(Double(WIDTHS[k] + WIDTHS[k + 1], WIDTHS[k]) for k in (3, 2, 1, 0))
        self.out = nn.Conv2d(WIDTHS[0], 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = x.clamp(0, 1)
        x = (x - x.mean((2, 3), keepdim=True)) / (x.std((2, 3), keepdim=True, unbiased=False) + 1e-3)
        kept = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.max_pool2d(x, 2))
            kept.append(x)
        for level, block in enumerate(self.up):
            x = block(torch.cat((kept[3 - level], functional.interpolate(x, scale_factor=2, mode="nearest")), 1))
        result: Tensor = self.out(x)
        return result

    def folded(self) -> dict[str, np.ndarray]:
        """Weights with the batch norms folded in, float16, as the numpy form reads them."""
        result = {"out.weight": self.out.weight, "out.bias": self.out.bias}
        for name, blocks in (("down", self.down), ("up", self.up)):
            for level, block in enumerate(blocks):
                for part, at in (("a", 0), ("b", 3)):
                    convolution, norm = block[at], block[at + 1]
                    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
                    result[f"{name}.{level}.{part}.weight"] = convolution.weight * scale[:, None, None, None]
                    result[f"{name}.{level}.{part}.bias"] = norm.bias - norm.running_mean * scale
        return {key: value.detach().numpy().astype(np.float16) for key, value in result.items()}


def varied(films: Tensor, lungs: Tensor, step: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """A batch moved, turned, mirrored, stretched, darkened, blurred, with noise."""
    chosen = rng.integers(0, len(films), BATCH)
    angle = torch.tensor(rng.normal(0, 0.12, BATCH))
    stretch = torch.tensor(np.exp(rng.normal(0, 0.18, (BATCH, 2))))
    flip = torch.tensor(rng.choice([-1, 1], BATCH))
    theta = torch.zeros(BATCH, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = stretch[:, 0] * torch.cos(angle) * flip, -stretch[:, 0] * torch.sin(angle)
    theta[:, 1, 0], theta[:, 1, 1] = stretch[:, 1] * torch.sin(angle) * flip, stretch[:, 1] * torch.cos(angle)
    theta[:, :, 2] = torch.tensor(rng.normal(0, 0.12, (BATCH, 2)))
    x, y = films[chosen], lungs[chosen]
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    x = functional.grid_sample(x, grid, padding_mode="border" if step % 2 else "zeros", align_corners=False)
    y = functional.grid_sample(y, grid, align_corners=False)
    x = x.clamp(0, 1) ** torch.tensor(np.exp(rng.normal(0, 0.3, BATCH))).float().view(-1, 1, 1, 1)
    if step % 3 == 0:
        x = functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return x + 0.03 * torch.randn_like(x), y


def fit(films: Tensor, lungs: Tensor, steps: int) -> LungNet:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    network = LungNet()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps)
    for step in range(steps):
        x, y = varied(films, lungs, step, rng)
        logits = network(x)
        found = torch.sigmoid(logits)
        both = (2 * (found * y).sum((1, 2, 3)) + 1) / (found.sum((1, 2, 3)) + y.sum((1, 2, 3)) + 1)
        loss = functional.binary_cross_entropy_with_logits(logits, y) + 1 - both.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 49:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}")
    return network.eval()


def dice(films: Tensor, lungs: Tensor) -> list[float]:
    """Of the numpy form on whole pictures."""
    result = []
    for film, lung in zip(films, lungs, strict=True):
        found = film_lungs.lung_logits((film[0].numpy() * 255).round().astype(np.uint8)) > 0
        wanted = lung[0].numpy() > 0.5
        result.append(2 * float((found & wanted).sum()) / float(found.sum() + wanted.sum()))
    return result


def mean_shape(folder: Path) -> np.ndarray:
    """Mean of the probabilities inside the lungs' box over the training films, 24 x 24."""
    shapes = []
    for row in rows(folder, "train"):
        film = np.asarray(Image.open(folder / row["file"]).convert("L"))
        found = film_lungs.find_film_lungs(film)
        if found.box is not None:
            image = Image.fromarray((found.probability * 255).astype(np.uint8))
            down, across = film_lungs.SIDE / film.shape[0], film_lungs.SIDE / film.shape[1]
            top, left, bottom, right = found.box
            box = (left * across, top * down, right * across, bottom * down)
            shapes.append(np.asarray(image.resize((SHAPE, SHAPE), Image.Resampling.BILINEAR, box=box)) / 255)
    if not shapes:
        raise SystemExit("no lungs are found on any training film: train longer")
    return np.mean(shapes, axis=0).astype(np.float16)


def save(layers: dict[str, np.ndarray]) -> None:
    save_file(layers, assets.resource_dir() / "models" / "film_lungs.safetensors")
    film_lungs.forget()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path, help="folder that holds cxr and cxr-masks")
    parser.add_argument("--steps", type=int, default=700)
    args = parser.parse_args()
    layers = fit(*outlined(args.images / "cxr-masks", "train"), args.steps).folded()
    save(layers | {"shape": np.zeros((SHAPE, SHAPE), np.float16)})
    save(layers | {"shape": mean_shape(args.images / "cxr")})
    values = dice(*outlined(args.images / "cxr-masks", "val"))
    print(f"validation, {len(values)} films: mean Dice {np.mean(values):.3f}, lowest {min(values):.3f}")


if __name__ == "__main__":
    main()
