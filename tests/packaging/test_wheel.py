"""An installed wheel finds its weights and resources as a checkout does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as pip would do it, away from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = folder.glob("covidviewer-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    wheel.unlink()
    return folder / "site"


def run_away(unpacked: Path, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the unpacked wheel in an empty folder; the checkout is not on the path."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(unpacked),
        "COVIDVIEWER_CACHE": str(tmp_path / "cache"),
        "COVIDVIEWER_SETTINGS": str(tmp_path / "settings.ini"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    environment.pop("COVIDVIEWER_WEIGHTS", None)
    environment.pop("COVIDVIEWER_RESOURCES", None)
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
        env=environment,
    )


@pytest.mark.wheel
def test_the_wheel_brings_resources_weights_and_their_cards(unpacked: Path, tmp_path: Path) -> None:
    code = "import covidviewer.assets as a; print(a.__file__, a.resource_dir(), a.weights_dir(), sep='\\n')"
    done = run_away(unpacked, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    module, resources, weights = (Path(line) for line in done.stdout.splitlines())
    for path in (module, resources, weights):
        assert path.is_relative_to(unpacked)
    assert (resources / "presets" / "windows.toml").is_file()
    assert any((resources / "recipes").glob("*.toml"))
    assert (weights / "manifest.toml").is_file()


@pytest.mark.wheel
def test_every_weight_of_the_wheel_is_whole(unpacked: Path, tmp_path: Path) -> None:
    done = run_away(unpacked, tmp_path, "-m", "covidviewer", "networks", "--json")
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    entries = listed["networks"] if isinstance(listed, dict) else listed
    assert entries
    for entry in entries:
        assert entry["available"], entry


@pytest.mark.wheel
def test_the_wheel_checks_itself(unpacked: Path, tmp_path: Path) -> None:
    done = run_away(unpacked, tmp_path, "-m", "covidviewer", "self-test")
    assert done.returncode == 0, done.stdout + done.stderr
