"""``weights/manifest.toml`` to frozen records: the only truth about a weight file. No torch.

One entry of the file, with all that it may hold (``docs/networks.md`` explains each)::

    schema = 1

    [[weights]]
    id = "resnet50_fpn_attention.ct_v1"          # stem of the file; carries the version
    network = "resnet50_fpn_attention"           # name in the registry
    file = "resnet50_fpn_attention.ct_v1.safetensors"
    sha256 = "0123..."                           # of the file, 64 hex digits
    version = "1"
    modality = "CT"                              # "CT" or "FILM"
    classes = ["covid", "noncovid"]              # in the order of the logits
    positive = "covid"                           # never inferred from an index
    temperature = 1.31                           # fitted on validation, for data_origin's test conditions
    licence = "CC BY-NC-SA 4.0"
    data_origin = "COVID-CT and SARS-CoV-2 CT-scan, training splits"
    card = "cards/resnet50_fpn_attention.ct_v1.md"
    default = true                               # of its modality
    options = {}                                 # for the network's builder
    float32 = true                               # optional: bfloat16 changes too much, so it is not chosen by itself

    [weights.input]
    size = [224, 224]                            # rows, columns
    channels = 3                                 # grey is repeated
    window = { center = -600.0, width = 1500.0 } # HU to 8-bit grey; not used for pictures
    mean = [0.485, 0.456, 0.406]                 # of values in 0..1
    std = [0.229, 0.224, 0.225]
    resize = "squeeze"                           # "squeeze", "pad" (keep aspect, black bars), "crop" (keep, centre)
    crop = "body"                                # what is cut out first: "none", "body" (of a slice with HU) or
                                                 # "lungs" (of a film, with a margin of 5 % of the lungs' size), or
                                                 # "body+lungs": two looks side by side, each of this size
    percentiles = [1.0, 99.0]                    # of the grey inside that part: black and white; absent: as it is
    normalise = "none"                           # "none" or "image" (each image to its own mean and deviation first)

    [weights.shares]                             # optional: tensors that are not in this file are in that one
    file = "other.safetensors"
    sha256 = "..."

    [weights.operating_point]                    # may be absent: then "no operating point"
    threshold = 0.41
    rule = "highest Youden index on validation"
    source = "validation splits of COVID-CT and SARS-CoV-2 CT-scan"

    [weights.cam_scale]                          # what 1.0 means in a map (99.5th percentile on validation)
    fine = { covid = 0.0021, noncovid = 0.0018 }
    coarse = { covid = 0.11, noncovid = 0.10 }

    [weights.gate]                               # optional: limits of the input check that differ from the defaults
    thickness_pass_mm = 3.0
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from covidviewer import assets
from covidviewer.errors import WeightsError

SCHEMA = 1
RESIZES = ("squeeze", "pad", "crop")
CROPS = ("none", "body", "lungs", "body+lungs")
NORMALISATIONS = ("none", "image")
MODALITIES = ("CT", "FILM")
_SHA = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How a slice becomes the network's input; each field is explained in the module's example.

    size : (rows, columns) of one look. window_center, window_width : HU; not used for pictures.
    """

    size: tuple[int, int] = (224, 224)
    channels: int = 3
    window_center: float = -600.0
    window_width: float = 1500.0
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    resize: str = "squeeze"
    crop: str = "none"
    percentiles: tuple[float, ...] = ()
    normalise: str = "none"

    @property
    def looks(self) -> int:
        """Pictures of one slice that lie side by side in the input."""
        return 2 if self.crop == "body+lungs" else 1

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the whole input."""
        return self.size[0], self.size[1] * self.looks


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Threshold of the positive class, how it was chosen, and on what."""

    threshold: float
    rule: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class GateLimits:
    """Limits of the input check (UX 5); the defaults are those of chest CT.

    Lengths in mm, HU where named so; shares between 0 and 1. ``*_pass`` bounds what passes, ``*_caution`` what is
    still scored with a caution; beyond that there is no score (or, for thickness and count, no series score).
    """

    air_peak_pass_hu: float = 60.0
    air_peak_caution_hu: float = 150.0
    lung_slice_share: float = 0.30
    slices_pass: int = 30
    slices_series_score: int = 10
    thickness_pass_mm: float = 3.0
    thickness_series_score_mm: float = 8.0
    spacing_pass: float = 0.01
    spacing_caution: float = 0.10
    missing_caution: int = 2
    field_pass_mm: tuple[float, float] = (250.0, 450.0)
    field_caution_mm: tuple[float, float] = (200.0, 500.0)
    tilt_pass_degrees: float = 1.0
    film_lungs_caution: float = 0.65  # likeness of a film's lungs to the usual shape (`imaging.film_lungs`)
    film_lungs_refuse: float = 0.50


@dataclass(frozen=True, slots=True)
class Measured:
    """What the weights reached on one test set, at the operating point.

    name : of the set. images : how many. auc, sensitivity, specificity : of the positive class, 0 to 1; NaN where not
    measured.
    """

    name: str
    images: int = 0
    auc: float = float("nan")
    sensitivity: float = float("nan")
    specificity: float = float("nan")


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A weight file of other weights that these are completed from: tensors that both have are stored once."""

    file: str
    sha256: str
    folder: Path

    @property
    def path(self) -> Path:
        """Beside the manifest."""
        return self.folder / self.file


@dataclass(frozen=True, slots=True)
class WeightsCard:
    """One weight file: what it is, what it needs, where it came from."""

    id: str
    network: str
    file: str
    sha256: str
    modality: str
    classes: tuple[str, ...]
    positive: str
    input: InputSpec = InputSpec()
    temperature: float = 1.0
    operating_point: OperatingPoint | None = None
    measured: tuple[Measured, ...] = ()
    cam_scale: dict[str, dict[str, float]] = field(default_factory=dict)
    gate: GateLimits = GateLimits()
    shares: SharedFile | None = None
    options: dict[str, float] = field(default_factory=dict)
    licence: str = ""
    data_origin: str = ""
    card: str = ""
    version: str = ""
    default: bool = False
    float32: bool = False
    folder: Path = Path()

    @property
    def path(self) -> Path:
        """The weight file."""
        return self.folder / self.file

    @property
    def card_path(self) -> Path | None:
        """The model card, if there is one."""
        return self.folder / self.card if self.card else None

    @property
    def threshold(self) -> float | None:
        """Operating point of the positive class; None: "no operating point"."""
        return self.operating_point.threshold if self.operating_point else None

    def scale(self, grid: str, label: str) -> float:
        """What 1.0 means in a map, in units of the logit; 1 where the manifest names none."""
        return self.cam_scale.get(grid, {}).get(label, 1.0)


def read_manifest(folder: Path | None = None) -> tuple[WeightsCard, ...]:
    """All entries of ``manifest.toml`` in a folder.

    Parameters
    ----------
    folder
        Where the manifest and the weight files are; the program's own folder when None.

    Returns
    -------
    tuple of WeightsCard
        In the order of the file; empty where there is no manifest.

    Raises
    ------
    WeightsError
        The file is no TOML, or an entry lacks a field or has one that cannot be; the message names it.
    """
    folder = assets.weights_dir() if folder is None else folder
    path = folder / "manifest.toml"
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WeightsError("The list of networks (manifest.toml) cannot be read.", path=path) from error
    if data.get("schema", SCHEMA) != SCHEMA:
        raise WeightsError(
            f"The list of networks has schema {data.get('schema')}; this program knows {SCHEMA}.", path=path
        )
    entries = data.get("weights", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise WeightsError("The list of networks (manifest.toml) has no [[weights]] tables.", path=path)
    cards = tuple(card_from(entry, folder) for entry in entries)
    ids = [card.id for card in cards]
    if len(set(ids)) != len(ids):
        raise WeightsError("Two networks in manifest.toml have the same id.", path=path)
    return cards


def card_from(entry: dict[str, Any], folder: Path) -> WeightsCard:
    """One ``[[weights]]`` table to a record.

    Raises
    ------
    WeightsError
        A field is missing, of the wrong kind, or contradicts another.
    """
    name = str(entry.get("id") or entry.get("file") or "without a name")
    try:
        return _checked(_parsed(entry, folder), name)
    except (KeyError, TypeError, ValueError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else f"is wrong: {error}"
        raise WeightsError(f"The manifest entry {name} {what}.", path=folder / "manifest.toml") from error


def _parsed(entry: dict[str, Any], folder: Path) -> WeightsCard:
    given = dict(entry.get("input", {}))
    window = given.pop("window", {})
    if window:
        given["window_center"], given["window_width"] = float(window["center"]), float(window["width"])
    size = given.get("size", 224)
    given["size"] = (size, size) if isinstance(size, int) else tuple(int(v) for v in size)
    for key in ("mean", "std", "percentiles"):
        if key in given:
            given[key] = tuple(float(v) for v in given[key])
    shared = entry.get("shares")
    limits = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.get("gate", {}).items()}
    point = entry.get("operating_point")
    scales = entry.get("cam_scale", {})
    return WeightsCard(
        id=str(entry.get("id") or Path(entry["file"]).stem),
        network=str(entry["network"]),
        file=str(entry["file"]),
        sha256=str(entry["sha256"]).lower(),
        modality=str(entry["modality"]).upper(),
        classes=tuple(str(c) for c in entry["classes"]),
        positive=str(entry["positive"]),
        input=InputSpec(**_known(InputSpec, given)),
        temperature=float(entry.get("temperature", 1.0)),
        operating_point=(
            OperatingPoint(float(point["threshold"]), str(point.get("rule", "")), str(point.get("source", "")))
            if point
            else None
        ),
        measured=tuple(Measured(**_known(Measured, row)) for row in entry.get("measured", ())),
        cam_scale={grid: {str(c): float(v) for c, v in row.items()} for grid, row in scales.items()},
        gate=GateLimits(**_known(GateLimits, limits)),
        shares=SharedFile(str(shared["file"]), str(shared["sha256"]).lower(), folder) if shared else None,
        options=dict(entry.get("options", {})),
        licence=str(entry.get("licence", "")),
        data_origin=str(entry.get("data_origin", "")),
        card=str(entry.get("card", "")),
        version=str(entry.get("version", "")),
        default=bool(entry.get("default", False)),
        float32=bool(entry.get("float32", False)),
        folder=folder,
    )


def _known(record: type, given: dict[str, Any]) -> dict[str, Any]:
    # A misspelt limit must not fall back to its default in silence.
    unknown = set(given) - {f.name for f in fields(record)}
    if unknown:
        raise ValueError(f"unknown field {', '.join(sorted(unknown))}")
    return given


def _checked(card: WeightsCard, name: str) -> WeightsCard:
    spec = card.input
    wrong = [
        (not _SHA.fullmatch(card.sha256), "sha256 must be 64 hex digits"),
        (card.modality not in MODALITIES, f"modality must be one of {', '.join(MODALITIES)}"),
        (len(card.classes) < 2 or len(set(card.classes)) != len(card.classes), "classes must be two or more names"),
        (card.positive not in card.classes, "positive must be one of the classes"),
        (Path(card.file).suffix != ".safetensors", "the file must be a .safetensors file"),
        (Path(card.file).name != card.file, "the file must lie beside the manifest"),
        (
            card.shares is not None
            and (Path(card.shares.file).name != card.shares.file or not _SHA.fullmatch(card.shares.sha256)),
            "the shared file must lie beside the manifest and have a sha256 of 64 hex digits",
        ),
        (card.temperature <= 0, "temperature must be above 0"),
        (spec.window_width <= 0, "the window's width must be above 0"),
        (len(spec.size) != 2 or min(spec.size) < 16, "size must be two numbers of at least 16"),
        (spec.channels not in (1, 3), "channels must be 1 or 3"),
        (len(spec.mean) != spec.channels or len(spec.std) != spec.channels, "mean and std need one value a channel"),
        (any(v <= 0 for v in spec.std), "std must be above 0"),
        (spec.resize not in RESIZES, f"resize must be one of {', '.join(RESIZES)}"),
        (spec.crop not in CROPS, f"crop must be one of {', '.join(CROPS)}"),
        (
            bool(spec.percentiles)
            and (len(spec.percentiles) != 2 or not 0 <= spec.percentiles[0] < spec.percentiles[1] <= 100),
            "percentiles must be two rising numbers from 0 to 100",
        ),
        (spec.normalise not in NORMALISATIONS, f"normalise must be one of {', '.join(NORMALISATIONS)}"),
        (card.threshold is not None and not 0 < card.threshold < 1, "the threshold must lie between 0 and 1"),
        (any(v <= 0 for row in card.cam_scale.values() for v in row.values()), "cam_scale must be above 0"),
    ]
    for is_wrong, sentence in wrong:
        if is_wrong:
            raise ValueError(sentence)
    return card
