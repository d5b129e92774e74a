"""Entry: chooses the command, turns errors into one sentence and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from covidviewer.cli import parser
from covidviewer.errors import Cancelled, CovidViewerError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        Without the program's name; the process's own when None.

    Returns
    -------
    int
        0 done, 1 done in part, 2 wrong call or nothing can be done, 3 nothing readable, 130 called off.
    """
    given = parser.completed(list(sys.argv[1:] if arguments is None else arguments))
    if sys.platform == "win32" and given[0] in parser.WINDOWED:
        _torch_before_qt()
    args = parser.build(given[0]).parse_args(given)
    try:
        return int(args.run(args))
    except (KeyboardInterrupt, Cancelled):
        print("covidviewer: called off.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except CovidViewerError as error:
        print(f"covidviewer: {error}", file=sys.stderr)
        return 2


def _torch_before_qt() -> None:
    """On Windows torch must be loaded before Qt, or its c10.dll fails (pytorch issue 166628)."""
    with contextlib.suppress(ImportError, OSError):  # the viewer runs without; the worker says why there is no reading
        import torch  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
