"""``covidviewer demo``: the built-in study with its second reading."""

from __future__ import annotations

import argparse
import sys

from covidviewer.errors import CovidViewerError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("demo", help="open the built-in study (a phantom) and start the second reading")
    from covidviewer.cli.view import add_screenshot

    add_screenshot(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from covidviewer.cli.demo_data import ensure_demo_study
    from covidviewer.cli.view import start

    try:
        path = ensure_demo_study(_tell)
    except CovidViewerError as error:
        print(f"covidviewer: {error}", file=sys.stderr)
        return 2
    return start([path], read=True, screenshot=args.screenshot, size=args.size)


def _tell(done: int, total: int) -> None:
    """One line that counts, only on the first start: the study is kept."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\rcovidviewer: making the demo study, {done} of {total} images", end=end, file=sys.stderr, flush=True)
    elif done == 2:  # the first report: one image is made before the others start
        print("covidviewer: making the demo study once, some seconds", file=sys.stderr)
