"""``covidviewer enlarge FILM --out FILE``: a film at twice its size, for the eye alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from covidviewer.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("enlarge", help="enlarge a film by a network, for the eye; no reading uses it")
    parser.add_argument("image", type=Path, help="a film: a picture or a DICOM file")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="PNG to write")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the picture; 0."""
    from covidviewer.inference.enlarging import enlarge, load_enlarger, save_enlarged

    if args.out.suffix.lower() != ".png":
        raise UsageError("The result is a PNG.", advice="Name a file that ends in .png.")
    picture = grey(args.image)
    card, network = load_enlarger()
    save_enlarged(enlarge(network, picture), card, args.out)
    print(
        f"{args.out}: {card.scale} times by {card.id}. What it adds between the pixels is invented: not for diagnosis, "
        "not for measuring, not for a network's reading.",
        file=sys.stderr,
    )
    return 0


def grey(path: Path) -> NDArray[np.uint8]:
    """The one image of a file as 8-bit grey, white bright; 16-bit values between their 0.5 and 99.5 percentiles.

    Raises
    ------
    UsageError
        The path holds more than one image, or a colour picture.
    """
    import numpy as np

    from covidviewer.study import open_study

    series = open_study(path).series
    if len(series) != 1 or len(series[0]) != 1:
        raise UsageError("One film is enlarged at a time.", advice="Name one file.")
    volume = series[0].allocate()
    for _ in series[0].fill(volume, [0]):
        pass
    if volume.failed:
        raise UsageError(next(iter(volume.failed.values())))
    values = np.asarray(volume.slice(0))
    if values.ndim != 2:
        raise UsageError("Colour pictures are not enlarged.")
    if values.dtype != np.uint8 and not (values.min() >= 0 and values.max() <= 255 and path.suffix.lower() != ".dcm"):
        low, high = np.percentile(values, (0.5, 99.5))
        values = np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255
    result: NDArray[np.uint8] = np.rint(values).astype(np.uint8)
    return 255 - result if volume.inverted else result
