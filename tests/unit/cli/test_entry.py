"""The entry: which command a line means, what errors look like, what is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

import covidviewer.__main__ as entry
from covidviewer.cli import parser
from covidviewer.errors import DeviceError, __version__


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ([], ["view"]),
        (["folder/a"], ["view", "folder/a"]),
        (["--screenshot", "x.png", "folder"], ["view", "--screenshot", "x.png", "folder"]),
        (["analyze", "a"], ["analyze", "a"]),
        (["--version"], ["--version"]),
        (["-h"], ["-h"]),
        (["./demo"], ["view", "./demo"]),
    ],
)
def test_a_path_alone_means_the_viewer(words: list[str], meant: list[str]) -> None:
    assert parser.completed(words) == meant


def test_every_command_has_its_module() -> None:
    assert set(parser.build()._subparsers._group_actions[0].choices) == set(parser.COMMANDS)  # type: ignore[union-attr,arg-type]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        entry.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"covidviewer {__version__}\n"


def test_a_path_that_does_not_exist_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(["/nothing/is/here"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "does not exist" in error


class _Raises:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def run(self, args: object) -> int:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DeviceError("The card is gone.", advice="Try again."), 2, "covidviewer: The card is gone. Try again.\n"),
        (KeyboardInterrupt(), 130, "covidviewer: called off.\n"),
    ],
)
def test_errors_are_sentences(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    from covidviewer.cli import networks

    monkeypatch.setattr(networks, "run", _Raises(error).run)
    assert entry.main(["networks"]) == code
    assert capsys.readouterr().err == said


def imported(words: Sequence[str]) -> set[str]:
    code = (
        "import sys, contextlib\nfrom covidviewer.__main__ import main\n"
        f"with contextlib.suppress(SystemExit): main({list(words)!r})\n"
        "print('\\n' + ' '.join(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return set(output.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--version"], ["networks"], ["analyze", "/nothing", "--out", "/tmp/none"]])
def test_commands_without_a_window_import_no_qt_and_no_torch(words: list[str]) -> None:
    dear = {"PySide6", "torch", "openvino", "SimpleITK", "pyqtgraph", "scipy"}
    assert not dear & imported(words)


def test_torch_comes_before_qt_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(entry, "_torch_before_qt", lambda: order.append("torch"))
    from covidviewer.cli import demo, networks

    monkeypatch.setattr(demo, "run", lambda args: order.append("demo") or 0)
    monkeypatch.setattr(networks, "run", lambda args: order.append("networks") or 0)
    entry.main(["demo"])
    entry.main(["networks"])
    assert order == ["torch", "demo", "networks"]
