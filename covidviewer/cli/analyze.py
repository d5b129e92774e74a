"""``covidviewer analyze PATH ... --out DIR``: the second reading of everything under a path, into tables."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from covidviewer.cli import map_pictures
from covidviewer.cli.found import FLAGS, Found
from covidviewer.errors import CovidViewerError, FileError, NotEvaluableError, UsageError
from covidviewer.inference.methods import CLOSED_FORM, METHODS

if TYPE_CHECKING:
    from covidviewer.imaging.volume import Volume
    from covidviewer.inference.pipeline import Answers, Pipeline
    from covidviewer.inference.results import GateResult, SliceReading
    from covidviewer.study import Series

ALL_READ, SOME_LEFT_OUT, WRONG_CALL, NOTHING_READABLE = range(4)
_IDENTITY = ["path", "study_instance_uid", "series_instance_uid", "sop_instance_uid", "frame", "slice_index"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "analyze",
        help="read files without a window; write slices.csv, series.csv, skipped.csv",
        description="Second reading of every chest CT series and every CT picture under the paths.",
        epilog="Exit codes: 0 all was read, 1 something was left out (skipped.csv says what and why), "
        "2 wrong call, 3 nothing readable.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file, folder, DICOMDIR, ZIP or picture")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the tables; made if absent")
    parser.add_argument("--maps", action="store_true", help="also draw the map of each evaluated slice as PNG")
    parser.add_argument(
        "--method", choices=sorted(METHODS), default=None, help="of the maps (default: as they come with the reading)"
    )
    parser.add_argument("--class", dest="label", default="", metavar="C", help="class of the maps (default: positive)")
    add_device(parser)
    parser.add_argument("--kind", choices=("ct", "film"), default="", help="what pictures show (default: guessed)")
    parser.add_argument(
        "--series", action="append", default=[], metavar="UID", help="only this series (UID or number; may be repeated)"
    )
    parser.set_defaults(run=run)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Options that every command with a network has."""
    parser.add_argument("--network", default="", metavar="NAME", help="see `covidviewer networks`")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")


class Tables:
    """The three files; rows are written as they come, so a run that is broken off keeps what it had."""

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        self._folder, self._classes = folder, tuple(classes)
        self._files: list[TextIO] = []
        self.scored = self.left_out = 0

    def __enter__(self) -> Tables:
        columns = [f"p_{name}" for name in self._classes]
        origin = ["network", "weights_sha256", "threshold"]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._slices = self._open(
                "slices.csv", [*_IDENTITY, "position_mm", *origin, *columns, "milliseconds", *FLAGS]
            )
            self._series = self._open(
                "series.csv",
                [
                    "study_instance_uid",
                    "series_instance_uid",
                    "description",
                    "slices",
                    "evaluated",
                    *origin,
                    *columns,
                    "rule",
                    "slices_used",
                    "input_check",
                    "reasons",
                    "device",
                    "seconds",
                    "maps",
                    *FLAGS,
                ],
            )
            self._skipped = self._open("skipped.csv", ["path", "reason"])
        except OSError as error:
            raise UsageError(f"{self._folder} cannot be written to ({error.strerror}).") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def _open(self, name: str, columns: list[str]) -> csv.DictWriter[str]:
        file = (self._folder / name).open("w", encoding="utf-8", newline="")
        self._files.append(file)
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        return writer

    def slice(self, series: Series, reading: SliceReading, flags: dict[str, str]) -> None:
        frame = series.instances[reading.slice_index]
        positions = series.positions_mm
        p = reading.provenance
        self.scored += 1
        self._slices.writerow(
            {
                "path": frame.origin or str(frame.path),
                "study_instance_uid": series.study_uid,
                "series_instance_uid": series.uid,
                "sop_instance_uid": frame.sop_instance_uid,
                "frame": frame.frame,
                "slice_index": reading.slice_index,
                "position_mm": "" if positions is None else f"{positions[reading.slice_index]:.4f}",
                "network": p.weights,
                "weights_sha256": p.weights_sha256,
                "threshold": "" if p.threshold is None else f"{p.threshold:.6g}",
                **self._columns(reading.classes, reading.probabilities),
                "milliseconds": f"{reading.milliseconds:.1f}",
                **flags,
            }
        )

    def series(self, series: Series, row: dict[str, object], score: object) -> None:
        from covidviewer.inference.results import SeriesScore

        values: dict[str, object] = {}
        if isinstance(score, SeriesScore):
            classes = row.pop("classes")
            assert isinstance(classes, tuple)
            values = {
                **self._columns(classes, score.probabilities),
                "rule": score.rule,
                "slices_used": " ".join(map(str, score.slices)),
            }
        row.pop("classes", None)
        self._series.writerow(
            {
                "study_instance_uid": series.study_uid,
                "series_instance_uid": series.uid,
                "description": series.description,
                "slices": len(series),
                **row,
                **values,
            }
        )

    def skip(self, path: str, reason: str, *, left_out: bool = True) -> None:
        """``left_out`` False: read, and not scored by design (a slice without lung)."""
        self.left_out += left_out
        self._skipped.writerow({"path": path, "reason": reason})

    def _columns(self, classes: tuple[str, ...], values: object) -> dict[str, str]:
        numbers = np.asarray(values, float)
        return {f"p_{name}": f"{numbers[i]:.6f}" for i, name in enumerate(classes) if name in self._classes}


@dataclass
class Pipelines:
    """One pipeline a modality, made at its first use, kept for the next series."""

    args: argparse.Namespace
    slices: int
    made: dict[str, Pipeline] = field(default_factory=dict)

    def get(self, modality: str) -> Pipeline:
        from covidviewer.inference.pipeline import Pipeline
        from covidviewer.inference.results import Choice
        from covidviewer.inference.series import MANY

        if modality not in self.made:
            choice = Choice(network=self.args.network, device=self.args.device, precision=self.args.precision)
            self.made[modality] = Pipeline(
                choice,
                modality,
                tell=lambda n: print(n.text, file=sys.stderr),
                convert_in="now" if self.slices >= MANY else "never",
            )
        return self.made[modality]

    def close(self) -> None:
        for pipeline in self.made.values():
            pipeline.close()


def run(args: argparse.Namespace) -> int:
    """The command; returns the exit code."""
    from covidviewer.study import open_study

    if args.out.exists() and not args.out.is_dir():
        raise UsageError(f"{args.out} is a file, not a folder.")
    classes = _classes(args.network)
    try:
        study = open_study(args.paths)
    except FileError as error:
        raise UsageError(error.message) from error
    series = _chosen(study.series, args.series)
    pipelines = Pipelines(args, sum(len(s) for s in series))
    failure: CovidViewerError | None = None
    with Tables(args.out, classes) as tables:
        for item in study.left_out:
            tables.skip(str(item.path), item.reason)
        readable = 0
        try:
            with _bar(sum(len(s) for s in series)) as bar:
                for number, one in enumerate(series, 1):
                    readable += _read_one(one, number, args, pipelines, tables, bar)
        except CovidViewerError as error:
            failure = error
        finally:
            pipelines.close()
    if failure is not None:
        raise failure
    print(f"{tables.scored} slices scored, {tables.left_out} files left out, tables in {args.out}", file=sys.stderr)
    if readable == 0:
        return NOTHING_READABLE
    return SOME_LEFT_OUT if tables.left_out else ALL_READ


def _classes(network: str) -> list[str]:
    """Classes of all networks that may answer, in order: the tables need their columns before the first row."""
    from covidviewer.inference import registry

    listings = registry.list_weights()
    if network:
        cards = [registry.choose(network)]
    else:
        cards = [listing.card for listing in listings]
        registry.choose(modality="CT")  # says at once where there is none
    return list(dict.fromkeys(name for card in cards for name in card.classes))


def _chosen(series: Sequence[Series], wanted: Sequence[str]) -> list[Series]:
    if not wanted:
        return list(series)
    found = [s for i, s in enumerate(series, 1) if s.uid in wanted or str(i) in wanted]
    if not found:
        raise UsageError(f"There is no series {', '.join(wanted)}.", advice=f"{len(series)} series were found.")
    return found


def _bar(total: int) -> Any:
    from tqdm import tqdm

    # None: no bar where standard error is no terminal.
    return tqdm(total=total, unit="slice", disable=None)


def _read_one(
    series: Series, number: int, args: argparse.Namespace, pipelines: Pipelines, tables: Tables, bar: Any
) -> int:
    """One series into the tables; 1 when it could be read at all."""
    from covidviewer.dicom.catalog import Kind
    from covidviewer.inference import gate
    from covidviewer.inference.modality import modality_of
    from covidviewer.inference.trials import to_try

    stack = series.stack
    names = [f.origin or str(f.path) for f in series.instances]
    before = tables.scored

    def refuse(reason: str) -> None:
        for name in dict.fromkeys(names):
            tables.skip(name, reason)
        bar.update(len(series))

    if stack.kind is Kind.DOCUMENT:
        refuse(f"No network for this: it is no image ({stack.document or 'a document'}).")
        return 1
    began = time.monotonic()
    try:
        # A picture without tags is looked at before a network is chosen for it.
        volume = series.load() if stack.kind is Kind.PICTURE and not args.kind else None
        pipeline = pipelines.get(modality_of(stack, volume, args.kind))
        units = series.units if stack.kind is Kind.CT else "HU"
        headers = gate.combine(gate.check_headers(stack, pipeline.card, units))
        if headers.refused:
            refuse(" ".join(headers.reasons))
            return 1
    except NotEvaluableError as error:
        refuse(error.message)
        return 1
    except FileError as error:
        refuse(str(error))
        return 0
    try:
        volume = series.load() if volume is None else volume
    except FileError as error:
        refuse(str(error))
        return 0
    verdict = pipeline.judge(stack, volume, args.kind)
    if verdict.refused:
        refuse(" ".join(verdict.reasons))
        return 1
    folder = args.out / "maps" / f"series-{number:03}" if args.maps else None
    found = Found(series, pipeline)
    try:
        for unit in pipeline.read_series(volume, stack):
            found.slices.update((r.slice_index, r) for r in unit.readings)
            found.put_to_trial(volume, unit.readings)
            _skip_unit(series, volume, unit, tables, names)
            if folder is not None:
                _draw_unit(series, volume, unit, pipeline, folder, args)
            bar.update(len(unit.readings) + len(unit.skipped))
        found.put_to_trial(volume, [found.slices[i] for i in to_try(found.score(verdict), found.slices)], all_of=True)
    finally:
        # Flags need the neighbouring slices, so rows wait for the whole series; a run broken off keeps what it had.
        for reading, flags in found.flagged():
            tables.slice(series, reading, flags)
    _write_series(found, verdict, tables, time.monotonic() - began, folder)
    return 1 if tables.scored > before or len(volume.failed) < len(volume) else 0


def _skip_unit(series: Series, volume: Volume, unit: Answers, tables: Tables, names: list[str]) -> None:
    for index, reason in unit.skipped.items():
        frame = series.instances[index]
        suffix = f" (frame {frame.frame})" if frame.format.frames > 1 else ""
        tables.skip(names[index], reason + suffix, left_out=index in volume.failed)


def _draw_unit(
    series: Series, volume: Volume, unit: Answers, pipeline: Pipeline, folder: Path, args: argparse.Namespace
) -> None:
    """The map of each evaluated slice, by the method asked for, as a picture."""
    label = args.label or pipeline.card.positive
    if label not in pipeline.card.classes:
        raise UsageError(f"No class is called {label}.", advice=f"There are: {', '.join(pipeline.card.classes)}.")
    for reading in unit.readings:
        shown = reading
        if args.method is not None and (args.method not in CLOSED_FORM or not reading.maps):
            from covidviewer.inference.explaining import explain_slice

            shown = explain_slice(pipeline, volume, series.stack, reading.slice_index, args.method)
        picture = map_pictures.draw(volume, reading.slice_index, shown, label)
        map_pictures.save(picture, folder / f"slice-{reading.slice_index:04}.png")


def _write_series(found: Found, verdict: GateResult, tables: Tables, seconds: float, folder: Path | None) -> None:
    card, score = found.pipeline.card, found.score(verdict)
    tables.series(
        found.series,
        {
            "classes": card.classes,
            "evaluated": len(found.slices),
            "network": card.id,
            "weights_sha256": card.sha256,
            "threshold": "" if card.threshold is None else f"{card.threshold:.6g}",
            "rule": "slice scores only",
            "input_check": verdict.verdict,
            "reasons": " ".join(verdict.reasons),
            "device": found.pipeline.provenance.device,
            "seconds": f"{seconds:.2f}",
            "maps": "" if folder is None else folder.relative_to(folder.parents[1]).as_posix(),
            **(found.series_flags(score) if score is not None else {}),
        },
        score,
    )
