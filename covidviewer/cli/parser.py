"""The command line: one parser, one module a command. Building it imports no Qt, no torch, no pydicom."""

from __future__ import annotations

import argparse
from importlib import import_module

from covidviewer.errors import __version__

#: Command -> module with ``add_parser(subparsers)``; the order is that of the help text.
COMMANDS: dict[str, str] = {
    "view": "covidviewer.cli.view",
    "demo": "covidviewer.cli.demo",
    "analyze": "covidviewer.cli.analyze",
    "explain": "covidviewer.cli.explain",
    "enlarge": "covidviewer.cli.enlarge",
    "networks": "covidviewer.cli.networks",
    "train": "covidviewer.cli.train",
    "evaluate": "covidviewer.cli.evaluate",
    "self-test": "covidviewer.cli.self_test",
}

#: Commands that show a window.
WINDOWED = frozenset({"view", "demo"})


def build(command: str = "") -> argparse.ArgumentParser:
    """The parser with all commands, or with one: the others' modules would hold up the first window."""
    parser = argparse.ArgumentParser(
        prog="covidviewer",
        description="DICOM viewer for chest CT with an offline second reading by neural networks. Research use only.",
        epilog="`covidviewer PATH ...` is short for `covidviewer view PATH ...`.",
    )
    parser.add_argument("--version", action="version", version=f"covidviewer {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for module in [COMMANDS[command]] if command in COMMANDS else COMMANDS.values():
        import_module(module).add_parser(subparsers)
    return parser


def completed(arguments: list[str]) -> list[str]:
    """Arguments with the command that was left away: no argument, a path or an option of ``view``."""
    if not arguments:
        return ["view"]
    first = arguments[0]
    if first in COMMANDS or first in ("-h", "--help", "--version"):
        return arguments
    return ["view", *arguments]
