"""Requests and answers of the second reading: frozen values, no torch, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose; a change restarts only what depends on it.

    network : registry name of a weights entry, or "" for the default of the modality.
    method : explanation method ("gradcam" is the closed form where the head is linear).
    device : "auto", "cpu", "cuda".
    precision : "auto", "float32", "bfloat16".
    """

    network: str = ""
    method: str = "gradcam"
    device: str = "auto"
    precision: str = "auto"


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the device lane. ``id`` grows; two requests with equal ``key`` have equal answers."""

    id: int
    series_key: str
    slice_index: int
    network: str
    weights_sha256: str
    method: str
    precision: str
    preparation: str  # version of inference.prepare

    @property
    def key(self) -> tuple[str, int, str, str, str, str, str]:
        return (
            self.series_key,
            self.slice_index,
            self.network,
            self.weights_sha256,
            self.method,
            self.precision,
            self.preparation,
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an answer came from, for panel, CSV and picture."""

    network: str
    weights: str  # file stem, which carries the version: "resnet50_fpn_attention.ct_v1"
    weights_sha256: str
    threshold: float | None  # operating point of the positive class, None: "no operating point"
    positive: str
    device: str  # "CPU (OpenVINO float32)", "CUDA NVIDIA ... (float16)"
    method: str
    preparation: str


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Map of one class on the network's own grid.

    values : (h, w) float32, signed; 1.0 is ``scale`` of the weights' manifest (never this image's own maximum).
    to_slice : (2, 3) float64; grid cell centre (row, column, 1) -> slice pixel (row, column); centres lie at integers.
    cell_mm : edge of a cell in mm on the slice, (row, column), NaN without spacing.
    exact : the map's sum (plus bias) is the logit.
    """

    values: NDArray[np.float32]
    to_slice: NDArray[np.float64]
    method: str
    label: str
    grid: tuple[int, int]
    cell_mm: tuple[float, float] = (float("nan"), float("nan"))
    exact: bool = True


@dataclass(frozen=True, slots=True)
class LungMask:
    """Lungs of one slice as the input check found them, rough: for orientation, not for measuring.

    shape : (rows, columns) of the reduced grid. step : slice pixels in one of its pixels, (rows, columns).
    bits : the mask, packed row after row, highest bit first.
    """

    shape: tuple[int, int]
    step: tuple[int, int]
    bits: bytes

    @classmethod
    def packed(cls, mask: NDArray[np.bool_], step: tuple[int, int]) -> LungMask:
        """From (rows, columns) bool."""
        return cls((mask.shape[0], mask.shape[1]), step, np.packbits(mask).tobytes())

    def mask(self) -> NDArray[np.bool_]:
        """(rows, columns) bool on the reduced grid."""
        count = self.shape[0] * self.shape[1]
        return np.unpackbits(np.frombuffer(self.bits, np.uint8), count=count).reshape(self.shape).astype(bool)


@dataclass(frozen=True, slots=True)
class SliceReading:
    """Answer to one request.

    probabilities : (classes,) float32, after temperature.
    maps : name of a grid ("fine", "coarse") -> (classes, h, w) float16 on the network's grid, divided by the
        manifest's scale; empty when the method needs its own pass.
    placements : name of a grid -> (2, 3) affine grid -> slice pixel.
    inside_lungs : share of the positive class's map above 0 that lies inside the lungs, 0 to 1; None when not known.
    lung_cm2 : area of lung on the slice; lungs : where. None where lungs were not looked for (pictures, films).
    strangeness : distance from the training pictures, 1 is the 95th percentile of held-out ones; None where unknown.
    """

    key: tuple[str, int, str, str, str, str, str]
    slice_index: int
    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]
    maps: dict[str, NDArray[np.float16]]
    placements: dict[str, NDArray[np.float64]]
    provenance: Provenance
    milliseconds: float
    cautions: tuple[str, ...] = ()
    inside_lungs: float | None = None
    lung_cm2: float | None = None
    lungs: LungMask | None = None
    strangeness: float | None = None

    def heatmap(self, label: str, grid: str = "fine", cell_mm: tuple[float, float] | None = None) -> Heatmap | None:
        """The map of one class, or None when this reading carries none."""
        if grid not in self.maps:
            return None
        values = self.maps[grid][self.classes.index(label)].astype(np.float32)
        return Heatmap(
            values,
            self.placements[grid],
            self.provenance.method,
            label,
            (values.shape[0], values.shape[1]),
            cell_mm or (float("nan"), float("nan")),
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """What the network says of altered copies of a slice (`covidviewer.inference.trials`).

    mirrored : (classes,) float32 probabilities with left and right exchanged. lungs_out : the same with the lungs
    blacked out; None where no lungs are known.
    """

    slice_index: int
    mirrored: NDArray[np.float32]
    lungs_out: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class GateResult:
    """What the input check found (UX 5). ``refused`` means: no score, the panel lists the reasons.

    reasons : sentences for the reader. scope : "slice" when slice scores may stand but no series score.
    """

    verdict: str  # "pass", "caution", "refuse"
    reasons: tuple[str, ...] = ()
    series_score: bool = True  # False: slice scores only

    @property
    def refused(self) -> bool:
        return self.verdict == "refuse"


@dataclass(frozen=True, slots=True)
class SeriesScore:
    """Score of a whole series, its rule in words, and the slices that it rests on."""

    probabilities: NDArray[np.float32]  # (classes,)
    rule: str
    slices: tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """The second reading of a series: what `covidviewer.read` gives.

    probabilities : (slices, classes) float32, NaN where not evaluated. trials : of the slices that were put to one.
    positions_mm : (slices,) along the stack's normal; None where unknown.
    """

    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]
    slices: dict[int, SliceReading]
    score: SeriesScore | None
    gate: GateResult
    provenance: Provenance
    shape: tuple[int, int]  # rows, columns of a slice
    skipped: dict[int, str] = field(default_factory=dict)
    trials: dict[int, Trial] = field(default_factory=dict)
    positions_mm: NDArray[np.float64] | None = None

    def doubts(self, slice_index: int | None = None) -> tuple[str, ...]:
        """Names of the red flags of a slice, or of the series' score (`covidviewer.inference.doubts.Doubt`)."""
        from covidviewer.inference.doubts import series_doubts, slice_doubts

        column = self.probabilities[:, self.classes.index(self.provenance.positive)]
        if slice_index is None:
            if self.score is None:
                return ()
            return series_doubts(self.score, self.slices, self.trials, column, self.positions_mm)
        reading = self.slices.get(slice_index)
        if reading is None:
            return ()
        return slice_doubts(reading, self.trials.get(slice_index), column, self.positions_mm)

    def map(self, slice_index: int, label: str) -> NDArray[np.float32]:
        """Map of a class brought to the slice's pixels: (rows, columns) float32, NaN where not evaluated."""
        from covidviewer.inference.prepare import map_to_slice

        reading = self.slices.get(slice_index)
        heat = reading.heatmap(label) if reading is not None else None
        if heat is None:
            return np.full(self.shape, np.nan, np.float32)
        return map_to_slice(heat, self.shape)
