"""``covidviewer [view] [PATH ...]``: open the window."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("view", help="open files, folders, DICOMDIR, ZIP or pictures in the window")
    add_arguments(parser)
    parser.set_defaults(run=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="file, folder, DICOMDIR, ZIP or picture")
    parser.add_argument("--no-reading", action="store_true", help="start no second reading by itself")
    add_screenshot(parser)


def add_screenshot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE", help="render the window after the reading into a PNG, then leave"
    )
    parser.add_argument("--size", default="1600x1000", help="window size for --screenshot (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    missing = [path for path in args.paths if not path.exists()]
    if missing:
        print(f"covidviewer: {missing[0]} does not exist.", file=sys.stderr)
        return 2
    return start(args.paths, read=not args.no_reading, screenshot=args.screenshot, size=args.size)


def start(paths: list[Path], *, read: bool, screenshot: Path | None, size: str) -> int:
    """Build the program and run it; 2 when there is no screen to show a window on."""
    try:
        width, height = (int(part) for part in size.lower().split("x"))
    except ValueError:
        print(f"covidviewer: --size wants WIDTHxHEIGHT, not {size!r}.", file=sys.stderr)
        return 2
    offscreen_asked = os.environ.get("QT_QPA_PLATFORM")
    from covidviewer import app

    if not app.has_screen() and not offscreen_asked:
        if screenshot is None:
            print(
                "covidviewer: there is no screen here (DISPLAY is not set). "
                "Use `covidviewer analyze`, or add --screenshot FILE.",
                file=sys.stderr,
            )
            return 2
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    program = app.App(
        paths, read_on_open=read, screenshot=screenshot, screenshot_size=(width, height), demo=_demo_study
    )
    return program.run()


def _demo_study() -> Path:
    from covidviewer.cli.demo_data import ensure_demo_study

    return ensure_demo_study()
