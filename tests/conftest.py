"""Fixtures that every layer's tests may use; nothing here knows Qt."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# What the reader makes is kept at once: no test may write into the data folder of whoever runs it.
os.environ.setdefault("COVIDVIEWER_DATA", tempfile.mkdtemp(prefix="covidviewer-tests-"))
os.environ.setdefault("COVIDVIEWER_PROTOCOLS", os.path.join(os.environ["COVIDVIEWER_DATA"], "no-protocols"))

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real and damaged files; a test that asks for it is skipped where the folder is absent."""
    override = os.environ.get("COVIDVIEWER_SHARED_DATA")
    folder = Path(override) if override else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder.name}; set COVIDVIEWER_SHARED_DATA to run this test")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _no_child_left_behind() -> Iterator[None]:
    """Conversions go on after the program that asked for them; those of tests do not."""
    yield
    convert = sys.modules.get("covidviewer.inference.engines.convert")
    for child in list(convert._at_work.values()) if convert is not None else ():
        child.kill()
        child.wait()
