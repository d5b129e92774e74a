"""One request or a whole series to readings: batches, the out-of-memory ladder, progress. No Qt.

Screen, command line and Python face all come through here. The caller owns the thread; nothing in here is shared.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Kind, Stack
from covidviewer.errors import DeviceError
from covidviewer.imaging.lungs import LungFinding, lung_region
from covidviewer.imaging.volume import Volume
from covidviewer.inference import device, gate, prepare, registry
from covidviewer.inference.device import Cuda, DevicePlan, Notice
from covidviewer.inference.engines import convert, torch_engine
from covidviewer.inference.engines.base import Engine, OutOfMemoryError, Outputs
from covidviewer.inference.familiarity import Familiarity, load_familiarity
from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.results import (
    Choice,
    GateResult,
    Heatmap,
    LungMask,
    Provenance,
    Reading,
    Request,
    SliceReading,
)

if TYPE_CHECKING:
    from covidviewer.study import Series

log = logging.getLogger(__name__)
#: So many graphs of one network are tried before PyTorch answers, for as long as the program runs.
UNLOADABLE = 2
_unloadable: Counter[str] = Counter()  # checksum of the weights -> graphs that could not be loaded

Check = Callable[[], None]
Tell = Callable[[Notice], None]


def _nothing(*_: object) -> None:
    return None


def _never() -> bool:
    return False


@dataclass
class Answers:
    """What a unit of work gave: readings, and why the other slices have none."""

    readings: list[SliceReading] = field(default_factory=list)
    skipped: dict[int, str] = field(default_factory=dict)


class Pipeline:
    """One network on one device.

    Parameters
    ----------
    choice
        Network, method, device, precision; each may be left to the program.
    modality
        "CT" or "FILM": whose default network is meant where the choice names none.
    cuda
        What the probe of the graphics card found, to save a second probe.
    tell
        Called with each `Notice` (smaller batches, another device, graph converted).
    cancelled
        Looked at while the graphics card is asked.
    convert_in
        How the graph for OpenVINO is made where there is none: "child" (torch answers meanwhile), "now" (first of all:
        worth it for many slices), "never" (torch answers).
    """

    def __init__(
        self,
        choice: Choice | None = None,
        modality: str = "CT",
        cuda: Cuda | None = None,
        tell: Tell = _nothing,
        cancelled: Callable[[], bool] = _never,
        convert_in: str = "child",
    ) -> None:
        self.choice = choice or Choice()
        self.card: WeightsCard = registry.choose(self.choice.network, modality)
        if self.choice.method not in registry.METHODS:
            registry.method(self.choice.method)  # says which there are
        self._cuda = cuda
        self._tell = tell
        self._cancelled = cancelled
        self._convert = convert_in
        self._plan: DevicePlan | None = None
        self._engine: Engine | None = None
        self._conversion: convert.Conversion | None = None
        self._reference: Any = None
        self._familiar: Familiarity | None = None
        self._ids = 0

    # -- state --

    @property
    def loaded(self) -> bool:
        return self._engine is not None

    @property
    def plan(self) -> DevicePlan:
        """What is run on; chosen at the first look (which may probe the graphics card)."""
        if self._plan is None:
            if self._cuda is None and self.choice.device != "cpu":
                self._cuda = device.probe_cuda(cancelled=self._cancelled)
            plan = device.choose(self.choice, self._cuda)
            if self.card.float32 and plan.precision == "bfloat16" and self.choice.precision == "auto":
                plan = replace(plan, precision="float32")
            self._plan = plan
            for notice in plan.notices:
                self._tell(notice)
        return self._plan

    @property
    def precision(self) -> str:
        """Precision that the choice comes to here: part of a request's key."""
        return self.plan.precision

    @property
    def provenance(self) -> Provenance:
        """Where the next answer comes from."""
        label = self._engine.label if self._engine is not None else self.plan.device.upper()
        card = self.card
        return Provenance(
            network=card.network,
            weights=card.id,
            weights_sha256=card.sha256,
            threshold=card.threshold,
            positive=card.positive,
            device=label,
            method=self.choice.method,
            preparation=prepare.PREPARATION,
        )

    def request(self, series_key: str, index: int) -> Request:
        """The question that a slice of a series is."""
        self._ids += 1
        return Request(
            self._ids,
            series_key,
            index,
            self.card.id,
            self.card.sha256,
            self.choice.method,
            self.precision,
            prepare.PREPARATION,
        )

    def load(self) -> Provenance:
        """Bring the network onto its device; does nothing where it is there.

        Raises
        ------
        WeightsError, DeviceError
            The weights are unusable, or no engine is installed.
        """
        if self._engine is None:
            self._engine = self._open(self.plan)
            self._familiar = load_familiarity(self.card)
        return self.provenance

    def recover(self) -> None:
        """Go back to the device of the choice after an out-of-memory step: called before each new run."""
        if self._plan is not None and self._plan.steps:
            self._drop_engine()
            self._plan, self._cuda = None, None

    def close(self) -> None:
        """Give memory back; a conversion that still runs goes on without us."""
        self._drop_engine()
        self._reference = None
        if self._conversion is not None:
            self._conversion.close()
            self._conversion = None

    # -- engines --

    def _open(self, plan: DevicePlan) -> Engine:
        if plan.engine == "openvino" and _unloadable[self.card.sha256] < UNLOADABLE:
            graph = convert.graph_path(self.card)
            if graph is not None:
                engine = self._load_graph(graph)
                if engine is not None:
                    return engine
                _unloadable[self.card.sha256] += 1
                if _unloadable[self.card.sha256] == UNLOADABLE:  # made anew it is the same: it is not the file
                    log.warning("the converted graph cannot be loaded on this processor; PyTorch answers")
                    return self._open(plan)
                log.warning("the cached graph could not be loaded; it is made again")
                convert.forget(self.card)
            if device.torch_build() is None:
                raise DeviceError(
                    "The network has to be converted once, and PyTorch is not installed.",
                    advice='Install it with: pip install "covidviewer[ai]".',
                )
            if self._convert == "now":
                self._tell(Notice("The network is prepared for this processor once; later starts need not."))
                convert.convert(self.card)
                return self._open(plan)
            if self._convert == "child" and self._conversion is None:
                self._conversion = convert.Conversion(self.card)
                # One core for the child: with all of them torch would starve it, and the fast graph never come.
                torch_engine.limit_threads(max(1, (os.cpu_count() or 2) - 1))
        if plan.device == "cpu":
            return torch_engine.open_torch(self.card)
        try:
            return torch_engine.open_torch(self.card, plan.device, plan.precision)
        except OutOfMemoryError as error:
            return self._open(self._lower(error))

    def _load_graph(self, graph: Path) -> Engine | None:
        """The converted graph; None where this processor cannot load it."""
        from covidviewer.inference.engines.openvino_engine import OpenVinoEngine
        from covidviewer.inference.loading import verify

        verify(self.card)
        try:
            engine = OpenVinoEngine(graph, self.plan.precision)
        except DeviceError:
            return None
        self._plan = replace(self.plan, precision=engine.precision)
        return engine

    def _drop_engine(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _swap(self) -> None:
        """Take the converted graph as soon as it is there; torch answered until now."""
        if self._conversion is None or self._conversion.running:
            return
        graph, self._conversion = self._conversion.result(), None
        if graph is None or self._plan is None or self._plan.engine != "openvino":
            return
        self._drop_engine()
        self._engine = self._open(self._plan)

    def _lower(self, error: DeviceError) -> DevicePlan:
        """The next rung after a device gave up; the error itself where there is none."""
        below = device.step_down(self.plan, self.choice)
        if below is None:
            raise error
        self._plan = below
        for notice in below.notices:
            self._tell(notice)
        return below

    def _run(self, batch: NDArray[np.float32], *, maps: bool = True) -> Outputs:
        """One batch through the engine, in parts where the device has no room for the whole."""
        while True:
            before = self.plan
            if self._engine is None:
                self._engine = self._open(before)
            try:
                size = before.batch
                parts = [self._engine.run(batch[i : i + size], maps=maps) for i in range(0, len(batch), size)]
            except OutOfMemoryError as error:
                after = self._lower(error)
            except DeviceError as error:
                if before.device == "cpu":
                    raise
                log.warning("the graphics card failed: %s", error.message)
                self._plan = device.fall_back(self.choice)
                for notice in self._plan.notices:
                    self._tell(notice)
                after = self._plan
            else:
                return parts[0] if len(parts) == 1 else _joined(parts)
            if (after.device, after.precision) != (before.device, before.precision):
                self._drop_engine()

    # -- readings --

    def read_slices(self, volume: Volume, stack: Stack, indices: Sequence[int], check: Check = _nothing) -> Answers:
        """One unit of work: some slices of a volume, class and map in one pass.

        Parameters
        ----------
        volume
            Slices asked for are filled (or failed, which is a reason to skip them).
        stack
            Its record.
        indices
            Slices; more than a batch are run in batches.
        check
            Called between steps; raises `covidviewer.errors.Cancelled` to stop.
        """
        self.load()
        self._swap()
        answers = Answers()
        good: list[int] = []
        pictures: list[NDArray[np.uint8]] = []
        placements: list[prepare.Placement] = []
        found: list[LungFinding | None] = []
        for index in indices:
            check()
            reason, lungs = self._look(volume, stack, index)
            if reason:
                answers.skipped[index] = reason
                continue
            picture, placement = self.input_of(volume, stack, index)
            good.append(index)
            pictures.append(picture)
            placements.append(placement)
            found.append(lungs)
        step = self.plan.batch
        for start in range(0, len(good), step):
            check()
            part = slice(start, start + step)
            answers.readings += self._read_batch(stack, good[part], pictures[part], placements[part], found[part])
        return answers

    def _look(self, volume: Volume, stack: Stack, index: int) -> tuple[str, LungFinding | None]:
        """Why a slice is not evaluated ("" when it is), and its lungs where they are looked for."""
        if index in volume.failed:
            return volume.failed[index], None
        if not volume.filled[index]:
            return "The slice is not loaded.", None
        lungs = gate.check_slice(volume.slice(index), stack, self.card)[1]
        return gate.skip_reason(lungs), lungs

    def _read_batch(
        self,
        stack: Stack,
        indices: list[int],
        pictures: list[NDArray[np.uint8]],
        placements: list[prepare.Placement],
        found: list[LungFinding | None],
    ) -> list[SliceReading]:
        began = time.perf_counter()
        outputs = self._run(prepare.batch(pictures, self.card.input))
        each = (time.perf_counter() - began) * 1000 / len(indices)
        probabilities = softmax(outputs.logits / self.card.temperature)
        maps = {
            grid: self._scaled(np.stack([p.unfolded(v) for p, v in zip(placements, values, strict=True)]), grid)
            for grid, values in outputs.maps.items()
        }
        provenance = self.provenance
        strange = None if self._familiar is None else self._familiar.strangeness(outputs.embedding)
        regions = [None if lungs is None else lung_region(lungs) for lungs in found]
        return [
            SliceReading(
                key=self.request(stack.key, index).key,
                slice_index=index,
                classes=self.card.classes,
                probabilities=probabilities[n],
                maps={grid: values[n] for grid, values in maps.items()},
                placements={
                    grid: placements[n].to_slice((values.shape[2], values.shape[3])) for grid, values in maps.items()
                },
                provenance=provenance,
                milliseconds=each,
                inside_lungs=self._inside(maps, n, placements[n], found[n], regions[n]),
                lung_cm2=_area(found[n]),
                lungs=_packed(found[n], regions[n]),
                strangeness=None if strange is None else float(strange[n]),
            )
            for n, index in enumerate(indices)
        ]

    def _inside(
        self,
        maps: dict[str, NDArray[np.float16]],
        n: int,
        placement: prepare.Placement,
        lungs: LungFinding | None,
        region: NDArray[np.bool_] | None,
    ) -> float | None:
        """Share of the positive class's map above 0 that lies inside the lungs."""
        if lungs is None or region is None or "fine" not in maps:
            return None
        values = maps["fine"][n, self.card.classes.index(self.card.positive)].astype(np.float32)
        grid = (values.shape[0], values.shape[1])
        reduced = placement.to_slice(grid)
        for axis in (0, 1):
            reduced[axis, axis] /= lungs.step[axis]
            reduced[axis, 2] = (reduced[axis, 2] + 0.5) / lungs.step[axis] - 0.5
        heat = Heatmap(np.maximum(values, 0), reduced, self.choice.method, self.card.positive, grid)
        spread = prepare.map_to_slice(heat, (region.shape[0], region.shape[1]))
        total = float(spread.sum())
        return float(spread[region].sum()) / total if total > 0 else None

    def _scaled(self, values: NDArray[np.float32], grid: str) -> NDArray[np.float16]:
        """Maps divided by what the manifest calls 1.0, so that every slice of every series has the same scale."""
        scale = np.array([self.card.scale(grid, label) for label in self.card.classes], np.float32)
        limit = np.float32(np.finfo(np.float16).max)
        scaled: NDArray[np.float16] = np.clip(values / scale[None, :, None, None], -limit, limit).astype(np.float16)
        return scaled

    # -- for explanations --

    def input_of(self, volume: Volume, stack: Stack, index: int) -> tuple[NDArray[np.uint8], prepare.Placement]:
        """What the network is shown of a filled slice, and where it lies (`covidviewer.inference.prepare.forward`)."""
        return prepare.forward(
            volume.slice(index),
            self.card.input,
            units=volume.units,
            inverted=volume.inverted,
            padding=volume.padding,
            aspect=aspect_of(stack),
        )

    def predict(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities of prepared inputs, (N, rows, columns) uint8 to (N, classes), after the temperature."""
        self.load()
        outputs = self._run(prepare.batch(pictures, self.card.input), maps=False)
        return softmax(outputs.logits / self.card.temperature)

    def reference_network(self) -> Any:
        """The network in torch, float32, evaluation mode, loaded once: for what needs gradients."""
        if self._reference is None:
            from covidviewer.inference.loading import load_network

            self._reference = load_network(self.card)
        return self._reference

    def read_series(self, volume: Volume, stack: Stack, first: int = 0, check: Check = _nothing) -> Iterator[Answers]:
        """All slices of a filled volume in units of a batch, nearest to ``first`` first."""
        order = sorted(range(len(volume)), key=lambda i: (abs(i - first), i))
        self.recover()
        step = self.plan.batch
        for start in range(0, len(order), step):
            check()
            yield self.read_slices(volume, stack, order[start : start + step], check)

    # -- the input check --

    def judge(self, stack: Stack, volume: Volume, kind: str = "") -> GateResult:
        """The whole input check of a filled volume (`covidviewer.inference.gate`).

        Parameters
        ----------
        kind
            For pictures: what the reader says that it is, "ct", "film" or "" (then it is guessed).
        """
        if stack.kind is Kind.PICTURE:
            return gate.combine(self.picture_findings(volume, kind))
        findings = gate.check_headers(stack, self.card, volume.units)
        if not any(f.level is gate.Level.REFUSE for f in findings):
            findings += gate.check_series(volume, stack, self.card)
            findings += self._film_series(stack, volume)
        return gate.combine(findings)

    def _film_series(self, stack: Stack, volume: Volume) -> list[gate.Finding]:
        """A film's own check, on its first image that could be read."""
        if stack.kind is not Kind.FILM or self.card.modality != "FILM":
            return []
        usable = [int(i) for i in np.flatnonzero(volume.filled) if int(i) not in volume.failed]
        if not usable:
            return [gate.Finding(gate.Level.REFUSE, "No network for this: no image could be read.")]
        return self._film_findings(volume, usable[0])

    def judge_first(self, stack: Stack, volume: Volume, index: int, kind: str = "") -> GateResult:
        """The check before the first run: headers and one filled slice."""
        if stack.kind is Kind.PICTURE:
            return gate.combine(self.picture_findings(volume, kind, index))
        findings = gate.check_headers(stack, self.card, volume.units)
        if not any(f.level is gate.Level.REFUSE for f in findings):
            if stack.kind is Kind.FILM and volume.filled[index]:
                findings += self._film_findings(volume, index)
            found, lungs = gate.check_slice(volume.slice(index), stack, self.card)
            # A slice above the lungs tells nothing about the series; the third step will.
            findings += [f for f in found if lungs is None or lungs.found or f.level is not gate.Level.REFUSE]
        return gate.combine(findings)

    def picture_findings(self, volume: Volume, kind: str = "", index: int = 0) -> list[gate.Finding]:
        """The check of a picture: what it looks like, or what the reader says."""
        if not volume.filled[index]:
            return [gate.Finding(gate.Level.REFUSE, volume.failed.get(index, "The picture is not loaded."))]
        from covidviewer.inference.picture_kind import guess_picture_kind

        guess = "" if kind else guess_picture_kind(volume.slice(index))
        findings = gate.check_picture(guess, kind, self.card)
        if self.card.modality == "FILM" and not any(f.level is gate.Level.REFUSE for f in findings):
            findings += self._film_findings(volume, index)
        return findings

    def _film_findings(self, volume: Volume, index: int) -> list[gate.Finding]:
        from covidviewer.inference.film_gate import check_film_values

        return check_film_values(
            volume.slice(index), self.card, units=volume.units, inverted=volume.inverted, padding=volume.padding
        )


def _joined(parts: list[Outputs]) -> Outputs:
    return Outputs(
        np.concatenate([p.logits for p in parts]),
        np.concatenate([p.embedding for p in parts]),
        {grid: np.concatenate([p.maps[grid] for p in parts]) for grid in parts[0].maps},
    )


def aspect_of(stack: Stack) -> float:
    """Height of a pixel by its width, 1 where unknown."""
    row, column = stack.spacing_mm[1], stack.spacing_mm[2]
    if np.isfinite(row) and np.isfinite(column) and row > 0 and column > 0:
        return row / column
    given = stack.frames[0].aspect if stack.frames else None
    return given[0] / given[1] if given and given[0] > 0 and given[1] > 0 else 1.0


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Along the last axis, (N, classes) float32."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: NDArray[np.float32] = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(np.float32)
    return result


def read(series: Series, network: str | None = None, device: str = "auto", **options: Any) -> Reading:
    """The second reading of a series; see `covidviewer.inference.series.read`."""
    from covidviewer.inference import series as whole

    return whole.read(series, network, device, **options)


def _area(lungs: LungFinding | None) -> float | None:
    return None if lungs is None else float(sum(lungs.area_cm2))


def _packed(lungs: LungFinding | None, region: NDArray[np.bool_] | None) -> LungMask | None:
    return None if lungs is None or region is None else LungMask.packed(region, lungs.step)
