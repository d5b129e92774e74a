"""ZIP archives: limits before unpacking, names that never become paths, folders that go away."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from covidviewer.dicom import archive
from covidviewer.dicom.scan import Batch, scan


def packed(folder: Path, entries: dict[str, bytes], name: str = "study.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for entry, content in entries.items():
            file.writestr(entry, content)
    return path


def run(path: Path) -> list[Batch]:
    return list(scan([path]))


def only_reason(path: Path) -> tuple[str, str]:
    before = set(archive._folders)
    batches = run(path)
    assert not any(batch.headers for batch in batches)
    (left,) = (entry for batch in batches for entry in batch.left_out)
    unpacked = [file for folder in set(archive._folders) - before for file in folder.iterdir()]
    assert not unpacked
    return left.reason, left.code


@pytest.fixture
def content(dicom: Any) -> bytes:
    path: Path = dicom.file("one")
    return path.read_bytes()


def test_images_of_an_archive(dicom: Any, content: bytes) -> None:
    other = dicom.file("two", number=2, z=5.0).read_bytes()
    path = packed(dicom.folder, {"disc/IM1": content, "disc/ä/IM2.dcm": other, "readme.txt": b"hello, dear reader"})
    batches = run(path)
    frames = [header.frames[0] for batch in batches for header in batch.headers]
    assert [frame.origin for frame in frames] == ["study.zip/disc/IM1", "study.zip/disc/ä/IM2.dcm"]
    assert frames[0].path.read_bytes() == content
    assert [entry.path for batch in batches for entry in batch.left_out] == [path / "readme.txt"]
    assert batches[-1].progress.finished
    if os.name == "posix":
        assert stat.S_IMODE(frames[0].path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "C:\\evil",
        "c:/evil",
        "..\\evil",
        "a\\..\\..\\evil",
        "\\\\host\\share\\evil",
    ],
)
def test_names_that_lead_outside(tmp_path: Path, content: bytes, name: str) -> None:
    path = packed(tmp_path, {"fine": content, name: content})
    reason, code = only_reason(path)
    assert code == "F04"
    assert "points outside" in reason
    assert "Nothing was unpacked" in reason


@pytest.mark.parametrize("name", ["CON", "a/NUL.dcm", "name.", "spaces  ", "x" * 250, "a" * 100 + "/" + "b" * 150])
def test_awkward_names_are_only_shown(tmp_path: Path, content: bytes, name: str) -> None:
    batches = run(packed(tmp_path, {name: content}))
    (header,) = (header for batch in batches for header in batch.headers)
    assert header.frames[0].origin == f"study.zip/{name}"
    assert header.frames[0].path.name == "000000"


def test_bomb_by_ratio(tmp_path: Path) -> None:
    reason, code = only_reason(packed(tmp_path, {"zeros": bytes(80 << 20)}))
    assert code == "F03"
    assert "times its size" in reason


def test_bomb_by_total(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL", 100)
    assert only_reason(packed(tmp_path, {"a": content}))[1] == "F03"


def test_too_many_entries(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 2)
    assert "3 files" in only_reason(packed(tmp_path, {str(i): content for i in range(3)}))[0]


def test_disk_too_small(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    assert "are free on this disk" in only_reason(packed(tmp_path, {"a": content}))[0]


def test_forged_sizes_are_not_believed(tmp_path: Path, content: bytes) -> None:
    path = packed(tmp_path, {"zeros": bytes(1 << 20), "fine": content})
    raw = bytearray(path.read_bytes())
    directory = raw.index(b"PK\x01\x02")
    raw[directory + 24 : directory + 28] = struct.pack("<I", 10)  # the size that the directory tells
    path.write_bytes(raw)
    batches = run(path)
    assert [header.frames[0].origin for batch in batches for header in batch.headers] == ["study.zip/fine"]
    assert [(e.path.name, e.code) for batch in batches for e in batch.left_out] == [("zeros", "F03")]


def test_archive_inside_is_not_opened(tmp_path: Path, content: bytes) -> None:
    inner = packed(tmp_path, {"one": content}, "inner.zip").read_bytes()
    batches = run(packed(tmp_path, {"inner.zip": inner, "fine": content}))
    assert len([header for batch in batches for header in batch.headers]) == 1
    assert ["inside the archive" in entry.reason for batch in batches for entry in batch.left_out] == [True]


def test_links_inside_are_not_made(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w") as file:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(entry, "/etc/passwd")
        file.writestr("fine", content)
    batches = run(path)
    assert len([header for batch in batches for header in batch.headers]) == 1
    assert ["link or a device" in entry.reason for batch in batches for entry in batch.left_out] == [True]


def test_password(tmp_path: Path, content: bytes) -> None:
    path = packed(tmp_path, {"a": content})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert "password" in only_reason(path)[0]


@pytest.mark.parametrize("cut", [10, 100, -5, -30])
def test_cut_archive(tmp_path: Path, content: bytes, cut: int) -> None:
    path = packed(tmp_path, {"a": content})
    path.write_bytes(path.read_bytes()[:cut])
    assert only_reason(path)[0].endswith(".")


def test_damaged_entry_leaves_the_others(tmp_path: Path, content: bytes) -> None:
    path = packed(tmp_path, {"bad": content, "fine": content})
    raw = bytearray(path.read_bytes())
    raw[60] ^= 0xFF
    path.write_bytes(raw)
    batches = run(path)
    assert [header.frames[0].origin for batch in batches for header in batch.headers] == ["study.zip/fine"]
    assert [entry.path.name for batch in batches for entry in batch.left_out] == ["bad"]


def test_folder_goes_when_the_program_ends(tmp_path: Path, content: bytes) -> None:
    path = packed(tmp_path, {"a": content})
    code = (
        "import sys; from pathlib import Path; from covidviewer.dicom.scan import scan\n"
        "print([h.frames[0].path for b in scan([Path(sys.argv[1])]) for h in b.headers][0])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    unpacked = Path(done.stdout.strip())
    assert unpacked.name == "000000"
    assert not unpacked.parent.exists()
