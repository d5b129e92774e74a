"""The whole window at the scales of screens, in high contrast and with large letters, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from covidviewer.app import App
program = App(read_on_open=False)
program.window.resize(1200, 800)
program.build()
program.window.show()
program.qt.processEvents()
picture = program.window.grab()
head = program.window.head
names = [action.text() for action in head.menus.actions()]
print(json.dumps({
    "ratio": picture.devicePixelRatio(), "size": [picture.width(), picture.height()],
    "letters": program.qt.font().pointSizeF(), "menu": names[0], "ground": picture.toImage().pixelColor(5, 5).name(),
    "buttons": min(min(w.width(), w.height()) for w in head.toolbar.findChildren(type(head.layout_button).__mro__[1])
                   if w.isVisible() and not w.objectName().startswith("qt_")),
}))
program.window.close()
program.shut_down()
"""


def shown(folder: Path, **settings: str) -> dict[str, object]:
    """What the window is like in a fresh process."""
    places = {name: str(folder / name.lower()) for name in ("COVIDVIEWER_CACHE", "COVIDVIEWER_DATA")}
    environment = {
        **os.environ, **places, "QT_QPA_PLATFORM": "offscreen", "COVIDVIEWER_LANGUAGE": "en",
        "COVIDVIEWER_SETTINGS": str(folder / "settings.ini"), **settings,
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("scale", ["1", "1.25", "1.5", "2"])
def test_the_window_is_drawn_in_device_pixels(tmp_path: Path, scale: str) -> None:
    found = shown(tmp_path, QT_SCALE_FACTOR=scale)
    assert found["ratio"] == pytest.approx(float(scale))  # passed through, not rounded
    assert found["size"] == pytest.approx([1200 * float(scale), 800 * float(scale)], abs=1)
    assert found["buttons"] >= 24  # type: ignore[operator]


def test_language_theme_and_size_are_used_at_the_start(tmp_path: Path) -> None:
    plain = shown(tmp_path)
    chosen = shown(
        tmp_path, COVIDVIEWER_LANGUAGE="zh_CN", COVIDVIEWER_THEME="contrast", COVIDVIEWER_TEXT_SIZE="150"
    )  # fmt: skip
    assert plain["menu"] == "&File"
    assert chosen["menu"] == "文件(&F)"
    assert chosen["letters"] == pytest.approx(1.5 * plain["letters"])  # type: ignore[operator]
    assert plain["ground"] != "#000000"
    assert chosen["ground"] == "#000000"
