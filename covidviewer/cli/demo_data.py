"""The built-in study: two CT series and a film of the phantom thorax, made once in the user's cache. No Qt."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covidviewer import assets
from covidviewer.dicom import writing
from covidviewer.errors import FileError, __version__

FOLDER = "demo-v1"
AXIAL_SLICES, AXIAL_STEP_MM = 80, 3.0
OBLIQUE_SLICES, OBLIQUE_STEP_MM = 36, 5.0
NOISE_HU = 16.0
# The mark lies beside the study, not in it: it would be listed as a file that is no DICOM.
_STUDY, _MARKER = "study", "complete.txt"

Progress = Callable[[int, int], None]


def ensure_demo_study(progress: Progress | None = None) -> Path:
    """Folder of the demo study; made where it is absent, broken off, or made by another version.

    Parameters
    ----------
    progress : called with (files made, files in all) after each file.

    Returns
    -------
    Folder with ``axial/``, ``oblique/`` and ``film/``, each full of DICOM files.

    Raises
    ------
    FileError : the cache folder cannot be written to.
    """
    folder = assets.cache_dir() / FOLDER
    stamp = _stamp()
    if _complete(folder, stamp):
        return folder / _STUDY
    try:
        fresh = Path(tempfile.mkdtemp(prefix=f"{FOLDER}.", dir=folder.parent))
        try:
            (fresh / _STUDY).mkdir()
            make_demo_study(fresh / _STUDY, progress)
            (fresh / _MARKER).write_text(stamp, encoding="ascii")
            fresh.chmod(0o755)
            if folder.exists() and not _complete(folder, stamp):
                shutil.rmtree(folder)
            if not folder.exists():
                fresh.replace(folder)
        finally:
            # Nothing is left here after the move; after a failure, or where another process was quicker, all is.
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise FileError(
            f"The demo study could not be written ({error.strerror or 'unknown reason'}).",
            advice="Free some space, or name another cache folder with COVIDVIEWER_CACHE.",
            path=folder,
        ) from error
    return folder / _STUDY


def make_demo_study(
    folder: Path, progress: Progress | None = None, *, size: int = 512, every: int = 1, noise: float = NOISE_HU
) -> None:
    """Write the demo study into an existing folder.

    size : rows and columns of the axial series (the oblique one has half). every : only each n-th slice, with the
    distances that follow (quick tests). noise : standard deviation in HU.
    """
    from covidviewer.imaging import phantom

    jobs = [*_series_jobs(folder, size, every)]
    total = len(jobs) + 1

    def make(job: _Job) -> None:
        path, head, affine, index, number, shape = job
        plane = phantom.Plane.of(affine, index, shape)
        hu = phantom.sample(plane, noise=noise, seed=1000 * head.number + index)
        writing.write_ct_slice(path, hu, head, affine, index, number)

    for name in {job[0].parent for job in jobs}:
        name.mkdir(exist_ok=True)
    make(jobs[0])  # alone: what is grown once (vessels, ribs) must not be grown by each thread
    # numpy lets go of the interpreter in most of this.
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for done, _ in enumerate(pool.map(make, jobs[1:]), start=2):
            if progress:
                progress(done, total)
    film = phantom.film()
    (folder / "film").mkdir()
    low, high = np.quantile(film.pixels[::5, ::5], [0.01, 0.999])
    writing.write_film(
        folder / "film" / "chest_pa.dcm",
        film.pixels,
        _study(),
        number=3,
        description="Chest PA",
        bits=14,
        spacing_mm=film.spacing_mm,
        magnification=film.magnification,
        window=(round(float(low + high) / 2), round(float(high - low))),
    )
    if progress:
        progress(total, total)


_Job = tuple[Path, writing.SeriesHead, NDArray[np.float64], int, int, tuple[int, int]]


def _series_jobs(folder: Path, size: int, every: int) -> list[_Job]:
    windows = (("Lung", -600.0, 1500.0), ("Mediastinum", 40.0, 400.0))
    step = AXIAL_STEP_MM * every
    axial = writing.SeriesHead(
        _study(), 1, "Thorax 3.0 lung", thickness_mm=AXIAL_STEP_MM, spacing_mm=step, kernel="STANDARD",
        windows=windows,
    )  # fmt: skip
    step_oblique = OBLIQUE_STEP_MM * every
    oblique = writing.SeriesHead(
        _study(), 2, "Thorax oblique 5.0", image_type=("DERIVED", "PRIMARY", "MPR"), thickness_mm=OBLIQUE_STEP_MM,
        spacing_mm=step_oblique, kernel="STANDARD", windows=windows,
    )  # fmt: skip
    jobs: list[_Job] = []
    for name, head, affine, count, edge in (
        ("axial", axial, axial_affine(size, step), -(-AXIAL_SLICES // every), size),
        ("oblique", oblique, oblique_affine(size // 2, step_oblique), -(-OBLIQUE_SLICES // every), size // 2),
    ):
        # Instance 1 is nearest the head, as scanners number; the data order ascends.
        jobs += [
            (folder / name / f"{count - k:04}.dcm", head, affine, k, count - k, (edge, edge))
            for k in reversed(range(count))
        ]
    return jobs


def axial_affine(size: int, step_mm: float, fov_mm: float = 360.0) -> NDArray[np.float64]:
    """(4, 4): voxel index (slice, row, column, 1) -> LPS mm of the axial series, feet to head."""
    pixel = fov_mm / size
    affine = np.zeros((4, 4))
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = (0, 0, step_mm), (0, pixel, 0), (pixel, 0, 0)
    corner = -(size - 1) / 2 * pixel
    affine[:, 3] = corner, corner, -126.0, 1
    return affine


def oblique_affine(size: int, step_mm: float, fov_mm: float = 350.0) -> NDArray[np.float64]:
    """The same for the oblique series: tipped by 28 degrees about the left-right axis, turned by 12 about the long."""
    pixel = fov_mm / size
    tip, turn = np.deg2rad(28.0), np.deg2rad(12.0)
    about_x = np.array([[1, 0, 0], [0, np.cos(tip), -np.sin(tip)], [0, np.sin(tip), np.cos(tip)]])
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    right, down, up = (about_z @ about_x).T
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = up * step_mm, down * pixel, right * pixel
    middle = np.array([0.0, 0.0, -8.0])
    half = (size - 1) / 2 * pixel
    affine[:3, 3] = middle - half * (right + down) - 90.0 * up
    return affine


def _study() -> writing.StudyHead:
    return writing.StudyHead(
        "demo",
        "Phantom thorax",
        "Phantom^Thorax",
        "PHANTOM-1",
        birth_date="19700101",
        sex="O",
        age="050Y",
        date="20200401",
        time="090000",
        accession="DEMO",
        institution="covidviewer demo",
    )


def _stamp() -> str:
    """Changes with whatever makes the study."""
    root = Path(__file__).resolve().parent.parent
    sources = [*sorted((root / "imaging" / "phantom").glob("*.py")), root / "dicom" / "writing.py", Path(__file__)]
    digest = hashlib.sha256(__version__.encode())
    for source in sources:
        if source.is_file():
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _complete(folder: Path, stamp: str) -> bool:
    try:
        return (folder / _MARKER).read_text(encoding="ascii") == stamp and os.access(folder, os.R_OK)
    except OSError:
        return False
