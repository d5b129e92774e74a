"""Walking folders, batches, cancel, odd files, siblings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from covidviewer.dicom import scan as scanning
from covidviewer.dicom.grouping import Catalog
from covidviewer.dicom.scan import Batch, scan, siblings

Open = Callable[..., Catalog]


def run(*paths: Path, **options: Any) -> list[Batch]:
    return list(scan(paths, **options))


def reasons(batches: list[Batch]) -> dict[str, str]:
    return {entry.path.name: entry.reason for batch in batches for entry in batch.left_out}


def shown(batches: list[Batch]) -> set[str]:
    return {header.frames[0].path.name for batch in batches for header in batch.headers}


def test_counts(dicom: Any) -> None:
    dicom.series([0.0, 5.0, 10.0])
    dicom.raw(b"hello, this is a note to read", "notes.txt")
    batches = run(dicom.folder)
    last = batches[-1].progress
    assert (last.files_found, last.files_read, last.images, last.left_out, last.finished) == (4, 4, 3, 1, True)
    assert all(not batch.progress.finished for batch in batches[:-1])


def test_batches_are_bounded(dicom: Any) -> None:
    dicom.series([float(i) for i in range(25)])
    sizes = [len(batch.headers) for batch in run(dicom.folder, batch=10)]
    assert sum(sizes) == 25
    assert max(sizes) <= 10


def test_batches_come_with_time(dicom: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dicom.series([float(i) for i in range(6)])
    clock = iter(range(1000))
    monkeypatch.setattr(scanning.time, "monotonic", lambda: next(clock) * 1.0)
    assert len([batch for batch in run(dicom.folder) if batch.headers]) == 6


def test_cancel_ends_the_scan(dicom: Any) -> None:
    dicom.series([float(i) for i in range(20)])
    asked = iter(range(100))
    batches = run(dicom.folder, cancelled=lambda: next(asked) >= 5)
    assert 0 < len(shown(batches)) < 20
    assert not batches[-1].progress.finished


def test_folders_below_and_names_beyond_ascii(dicom: Any) -> None:
    dicom.file("a/b/c/Schädel 頭部 ☢", number=1)
    dicom.file("a/" + "x" * 200, number=2, z=5.0)
    assert shown(run(dicom.folder)) == {"Schädel 頭部 ☢", "x" * 200}


@pytest.mark.skipif(sys.platform != "linux", reason="file names of raw bytes exist on Linux only")
def test_names_that_are_no_text(dicom: Any) -> None:
    content = dicom.file("good").read_bytes()
    with open(os.fsencode(dicom.folder) + b"/\xff\xfe.dcm", "wb") as file:
        file.write(content)
    catalog = Catalog()
    for batch in run(dicom.folder):
        catalog.add(batch)
    catalog.stacks()
    assert len(catalog.left_out) == 1  # the two are the same image


def test_paths_that_overlap_are_read_once(dicom: Any) -> None:
    path = dicom.file("a/one")
    batches = run(dicom.folder, dicom.folder / "a", path, path)
    assert sum(len(batch.headers) for batch in batches) == 1
    assert batches[-1].progress.files_found == 1


def test_absent_path(tmp_path: Path) -> None:
    assert reasons(run(tmp_path / "nothing")) == {"nothing": "This file or folder was not found."}


def test_links_are_not_followed_below_but_are_when_asked_for(dicom: Any) -> None:
    dicom.file("tree/one")
    outside = dicom.file("elsewhere/two", number=2)
    try:
        (dicom.folder / "tree" / "loop").symlink_to(dicom.folder / "tree")
        (dicom.folder / "tree" / "link").symlink_to(outside)
    except OSError:
        pytest.skip("links cannot be made here")
    batches = run(dicom.folder / "tree")
    assert shown(batches) == {"one"}
    assert set(reasons(batches)) == {"loop", "link"}
    assert shown(run(dicom.folder / "tree" / "link")) == {"link"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_do_not_block(dicom: Any) -> None:
    dicom.file("one")
    os.mkfifo(dicom.folder / "pipe")
    batches = run(dicom.folder)
    assert shown(batches) == {"one"}
    assert "no regular file" in reasons(batches)["pipe"]
    assert "no regular file" in reasons(run(dicom.folder / "pipe"))["pipe"]


def test_unreadable_file_and_folder(dicom: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permission bits do not hold for every user who runs tests, so the refusal is made.
    dicom.file("one")
    dicom.file("locked", number=2)
    dicom.file("closed/three", number=3)
    open_it, list_it = os.open, os.scandir

    def refuse_file(path: Any, *args: Any, **options: Any) -> int:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return open_it(path, *args, **options)

    def refuse_folder(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return list_it(path)

    monkeypatch.setattr(os, "open", refuse_file)
    monkeypatch.setattr(os, "scandir", refuse_folder)
    batches = run(dicom.folder)
    assert shown(batches) == {"one"}
    assert reasons(batches) == {
        "locked": "The file cannot be opened (Permission denied).",
        "closed": "The folder cannot be opened (Permission denied).",
    }


def test_file_that_vanishes(dicom: Any) -> None:
    dicom.series([0.0, 5.0])
    running = scan([dicom.folder], batch=1)
    first = next(running)
    for path in dicom.folder.iterdir():
        path.unlink()
    batches = [first, *running]
    assert batches[-1].progress.finished
    assert sum(len(batch.headers) for batch in batches) + len(reasons(batches)) == 2


def test_other_files_are_named(dicom: Any) -> None:
    dicom.raw(b"", "empty")
    dicom.raw(b"x", "byte")
    dicom.raw(b"%PDF-1.4 and so on and so forth", "report.dcm")
    dicom.raw(b"<!DOCTYPE html><html></html>", "page.dcm")
    dicom.raw(b"\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "packed.dcm")
    told = reasons(run(dicom.folder))
    assert told["empty"] == "The file is empty."
    assert told["byte"] == "This is no DICOM file."
    assert "PDF" in told["report.dcm"]
    assert "HTML" in told["page.dcm"]
    assert "gzip" in told["packed.dcm"]


def test_siblings(dicom: Any) -> None:
    series = dicom.series([0.0, 5.0, 10.0])
    dicom.file("other", number=9, t0020000e=("UI", "1.2.77"))
    lone = dicom.file("lone", number=10, t0020000e=None)
    text = dicom.raw(b"hello, this is a note to read", "notes.txt")
    assert siblings(series[1]) == tuple(series)
    assert siblings(lone) == (lone,)
    assert siblings(text) == (text,)


def test_very_long_uid(dicom: Any, stacks_of: Open) -> None:
    dicom.file(t0020000d=("UI", "1." + "2" * 900))
    assert len(stacks_of(dicom.folder).stacks()) == 1
