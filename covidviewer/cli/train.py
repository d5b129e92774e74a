"""``covidviewer train``: run a recipe, from data folder to weight file."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path

from covidviewer.errors import CovidViewerError, UsageError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Arguments of the command."""
    parser = subparsers.add_parser(
        "train",
        help="train a network by a recipe",
        epilog="Several GPUs or machines: torchrun --nproc-per-node N -m covidviewer train ...",
    )
    parser.add_argument("recipe", type=Path, help="a TOML file, or the name of one in resources/recipes")
    parser.add_argument(
        "--data", type=Path, required=True, help="labels.csv folder, folder of such, or a folder a class"
    )
    parser.add_argument("--network", default="", help="another network than the recipe's, by its name in the registry")
    parser.add_argument(
        "--pretrained", type=Path, help="weights to start from: a safetensors or .pth file (or their folder)"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/train"), help="checkpoints and result (runs/train)")
    parser.add_argument("--resume", action="store_true", help="go on from what --out holds")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="limit of each fitting step")
    parser.add_argument("--epochs", type=int, default=0, help="another number of epochs than the recipe's")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train; 0 when the weight file is written, 2 for a wrong call, 130 after Ctrl+C (the best is kept)."""
    try:
        import torch

        if args.threads:
            torch.set_num_threads(args.threads)
        path, kind = _recipe(args.recipe)
        kinds = {
            "gradient": _gradient, "student": _student, "enlarger": _enlarger, "head": _head, "tuned": _tuned,
            "tuned-films": _tuned_films,
        }  # fmt: skip
        return kinds.get(kind, _staged)(args, path)
    except ImportError as error:
        print(f"covidviewer: training needs the extra 'train' ({error.name} is missing)", file=sys.stderr)
        return 2
    except CovidViewerError as error:
        print(f"covidviewer: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("covidviewer: stopped before the first epoch was done; nothing to keep", file=sys.stderr)
        return 130


def _recipe(name: Path) -> tuple[Path, str]:
    """The file of a recipe and its kind.

    "gradient"; "student" (a small network and a frozen teacher); "enlarger"; "head" (a new one on a shipped trunk);
    "tuned" and "tuned-films" (a shipped trunk on labels and outlines); or "staged" (by warm start, distillation and
    regression).
    """
    from covidviewer import assets

    path = name
    if not path.is_file():
        path = assets.resource_dir() / "recipes" / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.toml")))
        raise UsageError(f"There is no recipe {name}.", advice=f"Shipped are: {known}.")
    try:
        return path, str(tomllib.loads(path.read_text("utf-8")).get("kind", "staged"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The recipe {path.name} cannot be read: {error}.") from error


def _say(line: str) -> None:
    from tqdm import tqdm

    tqdm.write(line)
    sys.stdout.flush()


def _gradient(args: argparse.Namespace, path: Path) -> int:
    from dataclasses import replace

    from covidviewer.training.gradient.run import train_gradient
    from covidviewer.training.gradient.settings import read_gradient_recipe

    recipe = read_gradient_recipe(path)
    if args.network:
        own = args.network.replace(":", "_")  # of a torchvision baseline; the id becomes a file's name
        name = recipe.id.replace(recipe.network, own) if recipe.network in recipe.id else own
        recipe = replace(recipe, network=args.network, id=name)
    if args.epochs:
        recipe = replace(recipe, train=replace(recipe.train, epochs=args.epochs))
    card, outcome = train_gradient(
        recipe, args.data, args.out, args.pretrained, args.resume, args.device, args.minutes, _say
    )
    if card is not None:
        print(f"{card.path}: threshold {card.threshold}, temperature {card.temperature:.3f}")
    elif int(os.environ.get("RANK", "0")) == 0:  # of torchrun's processes the first alone writes
        raise UsageError("No epoch was finished, so there is nothing to keep.", advice="Give it more time.")
    return 130 if outcome.stopped == "Ctrl+C" else 0


def _student(args: argparse.Namespace, path: Path) -> int:
    from covidviewer.training.student import read_student, train_student

    recipe = read_student(path)
    pretrained = _on_processor(args)
    card, fitted = train_student(recipe, args.data, pretrained, args.out, args.resume, args.minutes, _say)
    print(f"{card.path}: threshold {fitted.threshold}, temperature {fitted.temperature:.3f}")
    return 0


def _head(args: argparse.Namespace, path: Path) -> int:
    from covidviewer.training.new_head import read_head, train_head

    if args.device == "cuda":
        raise UsageError("Recipes of this kind run on the processor.", advice="Use --device cpu.")
    card, fitted = train_head(read_head(path), args.data, args.out, _say)
    print(f"{card.path}: threshold {fitted.threshold}, temperature {fitted.temperature:.3f}")
    return 0


def _tuned(args: argparse.Namespace, path: Path) -> int:
    from covidviewer.training.tuned.recipe import read_tuned
    from covidviewer.training.tuned.run import train_tuned

    if args.device == "cuda":
        raise UsageError("Recipes of this kind run on the processor.", advice="Use --device cpu.")
    card, fitted = train_tuned(read_tuned(path), args.data, args.out, args.resume, _say)
    print(f"{card.path}: threshold {fitted.threshold}, temperature {fitted.temperature:.3f}")
    return 0


def _tuned_films(args: argparse.Namespace, path: Path) -> int:
    from covidviewer.training.tuned.films import train_tuned_films
    from covidviewer.training.tuned.recipe import read_film_recipe

    if args.device == "cuda":
        raise UsageError("Recipes of this kind run on the processor.", advice="Use --device cpu.")
    card, fitted = train_tuned_films(read_film_recipe(path), args.data, args.out, args.resume, _say)
    print(f"{card.path}: threshold {fitted.threshold}, temperature {fitted.temperature:.3f}")
    return 0


def _enlarger(args: argparse.Namespace, path: Path) -> int:
    from covidviewer.training.enlarger import read_enlarger, train_enlarger

    recipe = read_enlarger(path)
    figures = train_enlarger(recipe, args.data, args.out, args.minutes, _say)
    print(f"{args.out / recipe.id}.safetensors: {figures['psnr']:.2f} dB, bicubic {figures['bicubic']:.2f} dB")
    return 0


def _on_processor(args: argparse.Namespace) -> Path:
    """Folder of the ImageNet files; refuses what these recipes cannot do."""
    if args.pretrained is None:
        raise UsageError("This recipe starts from ImageNet files.", advice="Name their folder with --pretrained.")
    if args.device == "cuda":
        raise UsageError("Recipes of this kind run on the processor.", advice="Use --device cpu.")
    folder: Path = args.pretrained
    return folder


def _staged(args: argparse.Namespace, path: Path) -> int:
    from covidviewer.training.recipe import read_recipe
    from covidviewer.training.run import train

    recipe = read_recipe(path)
    pretrained = _on_processor(args)
    card, fitted = train(
        recipe, args.data, pretrained, args.out, args.resume, args.minutes, lambda line: print(line, flush=True)
    )
    print(f"{card.path}: threshold {fitted.threshold}, temperature {fitted.temperature:.3f}")
    return 0
