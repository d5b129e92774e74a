"""What import-linter cannot say: which part of Qt a layer may use, and what is loaded when."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "covidviewer"

#: Modules that wait until they are needed; the first window may not pay for them.
LATE = ("torch", "openvino", "SimpleITK", "pyqtgraph", "scipy", "pydicom", "imagecodecs", "PIL")


def qt_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("PySide6"):
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name.startswith("PySide6"))
    return found


@pytest.mark.parametrize("layer", ["jobs", "workspace", "inference"])
def test_only_qtcore_below_the_screen(layer: str) -> None:
    files = sorted((PACKAGE / layer).rglob("*.py"))
    assert files
    for path in files:
        assert qt_modules(path) <= {"PySide6.QtCore"}, path


def test_qt_in_inference_is_the_worker_and_its_explainer_alone() -> None:
    with_qt = {p.name for p in (PACKAGE / "inference").rglob("*.py") if qt_modules(p)}
    assert with_qt <= {"worker.py", "explainer.py"}


def loaded_after(code: str) -> set[str]:
    """Top-level names in sys.modules of a fresh interpreter after ``code``."""
    script = f"{code}\nimport sys\nprint('MODULES', *sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("MODULES"))
    return set(line.split()[1:])


def test_the_python_face_imports_neither_qt_nor_torch() -> None:
    loaded = loaded_after("import covidviewer as cv; cv.open; cv.read; cv.Series; cv.Study; cv.Volume; cv.Reading")
    assert not loaded & {"PySide6", "torch", "openvino", "pyqtgraph", "SimpleITK"}


def test_nothing_dear_is_imported_before_the_first_window() -> None:
    loaded = loaded_after(
        "import os; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from covidviewer.app import App\n"
        "app = App([], read_on_open=False); app.window.show(); app.qt.processEvents(); app.shut_down()"
    )
    assert not loaded & set(LATE), loaded & set(LATE)


def test_no_file_names_a_path_of_a_build_machine() -> None:
    import re

    pattern = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w")
    for path in ROOT.rglob("*"):
        if path.suffix in {".py", ".md", ".toml", ".txt", ".qss", ".svg"} and path.is_file():
            parts = path.relative_to(ROOT).parts
            if parts[0] in {".venv", "runs", "build", "dist", ".git"} or path == Path(__file__):
                continue
            assert not pattern.search(path.read_text(encoding="utf-8")), path
