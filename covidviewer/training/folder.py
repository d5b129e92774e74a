"""A user's data folder to labelled pictures: ``labels.csv``, several such sets, or a folder a class.

Three forms are read:

* ``DIR/labels.csv`` with the columns file, label and, where known, split, patient, source, age, notes;
* ``DIR/SET/labels.csv``, several such sets side by side;
* ``DIR/CLASS/...`` or ``DIR/train|val|test/CLASS/...``, pictures or DICOM, without a table.

The listing reads no pixels (but DICOM headers, for the patient), so whatever is wrong is said before the first epoch.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidviewer import assets
from covidviewer.dicom.pictures import is_picture_name
from covidviewer.inference.manifest import InputSpec
from covidviewer.training.data import DataError, Example
from covidviewer.training.labels import class_of, split_of

__all__ = ["Entry", "Folder", "list_folder", "load_entries", "mapped_labels", "policy", "read_folder"]

SPLITS = ("train", "val", "test")
FORMS = (
    "Give a folder with labels.csv (columns file, label, split, patient, source), a folder of such folders, or a folder"
    " with one folder a class."
)


@lru_cache(maxsize=1)
def policy() -> dict[str, Any]:
    """``resources/evaluation.toml``."""
    return tomllib.loads((assets.resource_dir() / "evaluation.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Entry:
    """One picture of a folder before its pixels are read.

    label is the folder's own; split one of train, val, test; patient and source carry no set's name yet. frame counts
    the images of a DICOM series, -1 for a file that is read whole.
    """

    path: Path
    file: str
    label: str
    split: str
    patient: str
    source: str
    set_name: str
    age: float | None = None
    notes: str = ""
    frame: int = -1


@dataclass(frozen=True)
class Folder:
    """What a folder holds. ``dealt``: the folder has no splits of its own; ``said``: what a person must know."""

    entries: tuple[Entry, ...]
    dealt: bool
    said: tuple[str, ...]

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(s for s in SPLITS if any(e.split == s for e in self.entries))


def list_folder(folder: Path, sets: Sequence[str] = ()) -> Folder:
    """Everything that a data folder holds, without pixels.

    Parameters
    ----------
    folder
        One of the three forms.
    sets
        Names of sets to take from a folder of sets; where none of them is there, or none is named, all.

    Raises
    ------
    DataError
        The folder has none of the three forms, a table lacks a column or names files that are not there.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", advice=FORMS)
    if (folder / "labels.csv").is_file():
        tables = [folder]
    else:
        found = {p.parent.name: p.parent for p in sorted(folder.glob("*/labels.csv"))}
        tables = [found[name] for name in sets if name in found] or list(found.values())
    said: list[str] = []
    if tables:
        parts = [_table(path, said) for path in tables]
        return Folder(tuple(e for entries, _ in parts for e in entries), all(dealt for _, dealt in parts), tuple(said))
    entries, dealt = _class_folders(folder, said)
    return Folder(tuple(entries), dealt, tuple(said))


def _table(folder: Path, said: list[str]) -> tuple[list[Entry], bool]:
    name = folder.resolve().name
    try:
        with (folder / "labels.csv").open(newline="", encoding="utf-8-sig") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"labels.csv of {name} cannot be read: {error}.") from error
    missing = {"file", "label"} - set(rows[0] if rows else ())
    if missing:
        raise DataError(
            f"labels.csv of {name} {'lacks the columns ' + ', '.join(sorted(missing)) if rows else 'is empty'}.",
            advice=FORMS,
        )
    absent = [row["file"] for row in rows if not (folder / row["file"]).is_file()]
    if absent:
        raise DataError(
            f"{len(absent)} of {len(rows)} files that labels.csv of {name} names are not there, for example"
            f" {', '.join(absent[:3])}.",
            advice="Paths in the column file are relative to the folder of labels.csv.",
        )
    if not rows[0].get("patient"):
        said.append(
            f"{name}: no column patient, so each picture counts as its own patient; intervals will be too narrow."
        )
    entries = []
    for row in rows:
        split = split_of(row.get("split") or "") or ""
        if row.get("split") and not split:
            raise DataError(f"labels.csv of {name} has the split {row['split']!r}; known are {', '.join(SPLITS)}.")
        entries.append(
            Entry(
                folder / row["file"],
                row["file"],
                row["label"],
                split,
                row.get("patient") or row["file"],
                row.get("source") or "",
                name,
                _age(row.get("age")),
                row.get("notes") or "",
            )
        )
    if all(e.split for e in entries):
        return entries, False
    if any(e.split for e in entries):
        raise DataError(f"labels.csv of {name} has a split for some pictures and none for others.")
    return _deal(entries, name, said), True


def _age(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _class_folders(folder: Path, said: list[str]) -> tuple[list[Entry], bool]:
    below = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    split_folders = [(split_of(p.name), p) for p in below]
    given = bool(below) and all(split for split, _ in split_folders)
    entries: list[Entry] = []
    for split, top in split_folders if given else [("", folder)]:
        for place in sorted(p for p in top.iterdir() if p.is_dir() and not p.name.startswith(".")):
            entries += _class_folder(place, split or "", folder, said)
    if not entries:
        raise DataError(f"{folder} holds no labelled pictures.", advice=FORMS)
    return (entries, False) if given else (_deal(entries, folder.resolve().name, said), True)


def _class_folder(place: Path, split: str, top: Path, said: list[str]) -> list[Entry]:
    name = top.resolve().name
    files = sorted(p for p in place.rglob("*") if p.is_file() and not p.name.startswith("."))
    pictures = [p for p in files if is_picture_name(p)]
    entries = [Entry(p, str(p.relative_to(top)), place.name, split, p.stem, name, name) for p in pictures]
    if len(pictures) < len(files):
        entries += _dicom_entries(place, [p for p in files if not is_picture_name(p)], split, top)
    elif pictures and not any("counts as its own patient" in line for line in said):
        said.append(
            "Pictures in a folder a class carry no patient, so each counts as its own patient: put the patients into"
            " labels.csv, or intervals and splits are too good."
        )
    return entries


def _dicom_entries(place: Path, files: Sequence[Path], split: str, top: Path) -> list[Entry]:
    """Images of DICOM series; of a long CT series evenly spaced ones, the first and the last sixth left out."""
    from covidviewer.dicom.catalog import Kind
    from covidviewer.study import open_study

    limit = int(policy()["dicom"]["slices_per_series"])
    entries = []
    for series in open_study([str(p) for p in files]).series:
        if series.kind is Kind.DOCUMENT or not len(series):
            continue
        count = len(series)
        spread = np.linspace(count / 6, count - 1 - count / 6, limit).round() if count > limit else np.arange(count)
        stack = series.stack
        # The patient's number itself stays out of files and logs.
        patient = hashlib.sha256((stack.patient.id or stack.study_uid).encode()).hexdigest()[:12]
        age = _age(stack.patient.age.rstrip("Yy")) if stack.patient.age[-1:] in "Yy" else None
        for index in sorted({int(i) for i in spread}):
            frame = stack.frames[index]
            entries.append(
                Entry(
                    frame.path,
                    f"{frame.path.relative_to(top) if frame.path.is_relative_to(top) else frame.path.name}",
                    place.name,
                    split,
                    patient,
                    stack.institution or top.resolve().name,
                    top.resolve().name,
                    age,
                    "DICOM",
                    index if count > 1 else 0,
                )
            )
    return entries


def _deal(entries: list[Entry], name: str, said: list[str]) -> list[Entry]:
    """Splits by patient within each label, the same every time: the order is that of a hash of the patient."""
    rule = policy()["split"]
    label_of: dict[str, str] = {}
    for e in entries:
        label_of.setdefault(e.patient, e.label)
    split: dict[str, str] = {}
    for label in sorted(set(label_of.values())):
        patients = [p for p, own in label_of.items() if own == label]
        patients.sort(key=lambda p: hashlib.sha256(f"{rule['seed']} {p}".encode()).hexdigest())
        n_val = max(1, round(rule["val"] * len(patients))) if len(patients) > 2 else 0
        n_test = max(1, round(rule["test"] * len(patients))) if len(patients) > 2 else 0
        for place, patient in enumerate(patients):
            split[patient] = "test" if place < n_test else "val" if place < n_test + n_val else "train"
    said.append(
        f"{name} has no splits: dealt by patient, {rule['val']:.0%} validation, {rule['test']:.0%} test, the rest"
        f" training (always the same)."
    )
    return [replace(e, split=split[e.patient]) for e in entries]


def load_entries(
    entries: Iterable[Entry], classes: Sequence[str], spec: InputSpec | None = None, collections: Sequence[str] = ()
) -> list[Example]:
    """Pixels of entries that the classes can name.

    Parameters
    ----------
    entries
        Of ``list_folder``.
    classes
        Of the network; entries that none of them fits are left out.
    spec
        Window (and body crop) for DICOM slices in HU.
    collections
        As in ``data.read_set``.

    Raises
    ------
    DataError
        A picture cannot be read.
    """
    examples = []
    open_series: dict[Path, Any] = {}
    for e in entries:
        label = class_of(e.label, classes)
        if label is None:
            continue
        picture = _pixels(e, spec or InputSpec(), open_series)
        patient = f"{e.set_name}/{e.patient}"
        group = f"{e.set_name}/source {e.source}" if e.source and e.source not in collections else patient
        examples.append(Example(picture, label, e.split, patient, e.set_name, e.file, group, e.source, e.age, e.label))
    return examples


def _pixels(entry: Entry, spec: InputSpec, open_series: dict[Path, Any]) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    from covidviewer.errors import FileError

    try:
        if is_picture_name(entry.path):
            with Image.open(entry.path) as image:
                grey: NDArray[np.uint8] = np.asarray(image.convert("L"), dtype=np.uint8)
            return grey
        return _dicom_pixels(entry, spec)
    except (OSError, UnidentifiedImageError, FileError, ValueError) as error:
        raise DataError(f"{entry.file} of {entry.set_name} cannot be read ({type(error).__name__}).") from error


def _dicom_pixels(entry: Entry, spec: InputSpec) -> NDArray[np.uint8]:
    """A DICOM image as the 8-bit grey that the network would see, cut to the body where the input says so."""
    from covidviewer.imaging.lungs import body_box
    from covidviewer.inference import prepare
    from covidviewer.study import open_study

    series = open_study(str(entry.path)).series
    if not series:
        raise DataError(f"{entry.file} of {entry.set_name} holds no image.")
    index = entry.frame if 0 <= entry.frame < len(series[0]) else 0
    volume = series[0].allocate()
    values = series[0].frame_values(index)
    grey = prepare.grey(
        values, spec, units="HU" if volume.units == "HU" else "", inverted=volume.inverted, padding=volume.padding
    )
    if volume.units == "HU" and spec.crop == "body" and values.ndim == 2:
        box = body_box(values)
        if box is not None:
            top, left, bottom, right = (round(v) for v in box)
            grey = grey[top:bottom, left:right]
    return np.ascontiguousarray(grey)


def read_folder(
    folder: Path,
    classes: Sequence[str],
    splits: Sequence[str] = SPLITS,
    sets: Sequence[str] = (),
    spec: InputSpec | None = None,
    collections: Sequence[str] = (),
    needed: Sequence[str] = (),
) -> tuple[list[Example], Folder]:
    """Labelled pictures of the wanted splits, and what must be said of the folder.

    Parameters
    ----------
    folder, sets
        As for ``list_folder``.
    classes
        Of the network.
    splits
        Wanted; all by default.
    spec, collections
        As for ``load_entries``.
    needed
        Splits in which every class must have a picture (training).

    Raises
    ------
    DataError
        As for ``list_folder``; also a patient in two splits, no picture that the network can name, or a class without
        pictures in a needed split.
    """
    from covidviewer.training.leaks import refuse_torn_patients

    listing = list_folder(folder, sets)
    refuse_torn_patients(listing.entries)
    wanted = [e for e in listing.entries if e.split in splits]
    said = [*listing.said, *mapped_labels(wanted, classes)]
    named = Counter((e.split, class_of(e.label, classes)) for e in wanted)
    if not any(label for _, label in named):
        own = ", ".join(sorted({e.label for e in listing.entries})) or "none"
        raise DataError(
            f"No picture of {folder.name} ({', '.join(splits)}) belongs to a class of the network"
            f" ({', '.join(classes)}); its labels are {own}.",
            advice=FORMS,
        )
    for split in needed:
        without = [c for c in classes if not named[split, c]]
        if without:
            raise DataError(
                f"{folder.name} holds no picture of {', '.join(without)} in the split {split}.",
                advice=f"Every class ({', '.join(classes)}) needs pictures to train on and to validate.",
            )
    examples = load_entries(wanted, classes, spec, collections)
    return examples, Folder(listing.entries, listing.dealt, tuple(said))


def mapped_labels(entries: Sequence[Entry], classes: Sequence[str]) -> list[str]:
    """Sentences about labels that were put together or left out."""
    said = []
    for label, count in sorted(Counter(e.label for e in entries).items()):
        own = class_of(label, classes)
        if own is None:
            said.append(f"{count} pictures of {label} are left out: the network cannot name them.")
        elif own != label:
            said.append(f"{count} pictures of {label} count as {own}.")
    return said
