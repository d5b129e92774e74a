"""``covidviewer train``: run a recipe, from warm start to weight file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from covidviewer.errors import CovidViewerError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Arguments of the command."""
    parser = subparsers.add_parser("train", help="train a network by a recipe")
    parser.add_argument("recipe", type=Path, help="a TOML file, or the name of one in resources/recipes")
    parser.add_argument("--data", type=Path, required=True, help="folder of the picture sets, or of one set")
    parser.add_argument("--pretrained", type=Path, required=True, help="folder of the ImageNet files")
    parser.add_argument("--out", type=Path, default=Path("runs/train"), help="checkpoints and result (runs/train)")
    parser.add_argument("--resume", action="store_true", help="go on from what --out holds")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="limit of each fitting step")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    parser.add_argument("--device", choices=["cpu"], default="cpu", help="only the processor so far")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train; 0 when the weight file is written, 2 for a wrong call."""
    try:
        import torch

        from covidviewer import assets
        from covidviewer.training.recipe import read_recipe
        from covidviewer.training.run import train
    except ImportError as error:
        print(f"covidviewer: training needs the extra 'train' ({error.name} is missing)", file=sys.stderr)
        return 2
    if args.threads:
        torch.set_num_threads(args.threads)
    path: Path = args.recipe
    if not path.is_file():
        path = assets.resource_dir() / "recipes" / f"{args.recipe}.toml"
    try:
        card, fitted = train(
            read_recipe(path),
            args.data,
            args.pretrained,
            args.out,
            args.resume,
            args.minutes,
            lambda line: print(line, flush=True),
        )
    except CovidViewerError as error:
        print(f"covidviewer: {error}", file=sys.stderr)
        return 2
    print(f"{card.path}: threshold {fitted.threshold}, temperature {fitted.temperature:.3f}")
    return 0
