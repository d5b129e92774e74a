"""``covidviewer explain IMAGE --network N --method M --out FILE``: one map, drawn."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from covidviewer.cli import map_pictures
from covidviewer.cli.analyze import add_device
from covidviewer.errors import FileError, NotEvaluableError, UsageError
from covidviewer.inference.registry import METHODS, PERTURBATIONS

if TYPE_CHECKING:
    from covidviewer.inference.results import SliceReading
    from covidviewer.study import Series


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("explain", help="draw where a network looked on one image")
    parser.add_argument("image", type=Path, help="a DICOM file, a picture, or a folder with one series")
    parser.add_argument("--slice", type=int, default=None, metavar="I", help="slice of a series (default: the middle)")
    add_device(parser)
    parser.add_argument("--seed", type=int, default=0, help="of methods that draw (lime)")
    parser.add_argument("--method", choices=sorted(METHODS), default="gradcam")
    parser.add_argument("--class", dest="label", default="", help="class to explain (default: the positive one)")
    parser.add_argument("--grid", choices=("fine", "coarse"), default="fine")
    parser.add_argument("--kind", choices=("ct", "film"), default="", help="what a picture shows (default: guessed)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="PNG to write")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """The command; 0, or 1 where no network may judge the image."""
    series = _only_series(args.image)
    try:
        reading = _drawn(series, args)
    except NotEvaluableError as error:
        print(f"covidviewer: {error}", file=sys.stderr)
        return 1
    for name, value in zip(reading.classes, reading.probabilities, strict=True):
        print(f"p({name}) = {value:.4f}")
    return 0


def _drawn(series: Series, args: argparse.Namespace) -> SliceReading:
    """Read one slice and write its picture."""
    from covidviewer.inference.explaining import explain_slice
    from covidviewer.inference.modality import modality_of
    from covidviewer.inference.pipeline import Pipeline
    from covidviewer.inference.results import Choice

    stack = series.stack
    index = len(series) // 2 if args.slice is None else args.slice
    if not 0 <= index < len(series):
        raise UsageError(f"There is no slice {index}; there are 0 to {len(series) - 1}.")
    volume = series.allocate()
    for _ in series.fill(volume, [index]):
        pass
    modality = modality_of(stack, volume, args.kind)
    choice = Choice(args.network, args.method, args.device, args.precision)
    pipeline = Pipeline(choice, modality, tell=lambda n: print(n.text, file=sys.stderr), convert_in="never")
    try:
        label = args.label or pipeline.card.positive
        if label not in pipeline.card.classes:
            raise UsageError(f"No class is called {label}.", advice=f"There are: {', '.join(pipeline.card.classes)}.")
        verdict = pipeline.judge_first(stack, volume, index, args.kind)
        if verdict.refused:
            raise NotEvaluableError(" ".join(verdict.reasons))
        for reason in verdict.reasons:
            print(reason, file=sys.stderr)
        reading = explain_slice(
            pipeline, volume, stack, index, args.method, seed=args.seed, progress=_progress(args.method)
        )
        picture = map_pictures.draw(volume, index, reading, label, map_pictures.MapStyle(grid=args.grid))
        map_pictures.save(picture, args.out)
        return reading
    finally:
        pipeline.close()


def _progress(method: str) -> Callable[[int, int], None]:
    """A bar for the methods that take seconds."""
    if method not in PERTURBATIONS:
        return lambda done, total: None
    from tqdm import tqdm

    bar = tqdm(desc=method, unit="picture", leave=False)

    def tell(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return tell


def _only_series(path: Path) -> Series:
    from covidviewer.dicom.catalog import Kind
    from covidviewer.study import open_study

    try:
        study = open_study(path)
    except FileError as error:
        raise UsageError(error.message) from error
    series = [s for s in study.series if s.kind is not Kind.DOCUMENT]
    if not series:
        reason = study.left_out[0].reason if study.left_out else "It holds no image."
        raise FileError(f"{path.name} cannot be shown. {reason}", path=path)
    if len(series) > 1:
        raise UsageError(f"{path.name} holds {len(series)} series.", advice="Name one file of the series.")
    return series[0]
