"""One slice explained by any method: what the screen, the command line and the scores ask for.

Three kinds of methods: closed form (the maps come with the reading), by gradient (needs torch and the network's own
weights), by perturbation (needs only probabilities, from whatever engine is in use).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import NotEvaluableError
from covidviewer.inference import prepare, registry
from covidviewer.inference.explain import lime, occlusion, superpixels
from covidviewer.inference.explain.settings import settings
from covidviewer.inference.explanation import Explanation
from covidviewer.inference.quick import quick_predict

if TYPE_CHECKING:
    from covidviewer.dicom.catalog import Stack
    from covidviewer.imaging.volume import Volume
    from covidviewer.inference.pipeline import Pipeline
    from covidviewer.inference.results import SliceReading

Progress = Callable[[int, int], None]


def _quiet(done: int, total: int) -> None:
    return None


def explain_slice(
    pipeline: Pipeline,
    volume: Volume,
    stack: Stack,
    index: int,
    method: str,
    *,
    seed: int = 0,
    progress: Progress = _quiet,
) -> SliceReading:
    """The reading of a slice with the maps of a method, for all classes.

    Parameters
    ----------
    pipeline
        Network and device.
    volume, stack, index
        The slice; it must be filled.
    method
        A name of `covidviewer.inference.registry.METHODS`.
    seed
        Of methods that draw; equal seeds give equal maps.
    progress
        Called with (done, all); raises `covidviewer.errors.Cancelled` to stop.

    Returns
    -------
    SliceReading
        Maps "fine" (and "coarse" where there are levels), signed. Gradient methods are divided by the manifest's
        scale, perturbations by the change of probability that ``explain.toml`` calls full.

    Raises
    ------
    NotEvaluableError
        The slice has no reading, for example because too little lung is on it.
    UsageError, DeviceError
        No such method; a library is missing.
    """
    registry.method(method)
    answers = pipeline.read_slices(volume, stack, [index])
    if index in answers.skipped:
        raise NotEvaluableError(answers.skipped[index])
    reading = answers.readings[0]
    if method in registry.CLOSED_FORM and reading.maps:
        return replace(reading, provenance=replace(reading.provenance, method=method))
    picture, placement = pipeline.input_of(volume, stack, index)
    if method == "lime":
        return _with_lime(reading, run_lime(pipeline, picture, seed, progress), placement)
    return _with_maps(reading, maps_of(pipeline, picture, method, seed=seed, progress=progress), placement, method)


def _with_lime(reading: SliceReading, found: lime.Lime, placement: prepare.Placement) -> SliceReading:
    """The reading with what LIME found, and which form of the network said so."""
    made = _with_maps(reading, {"fine": _lime_maps(found)}, placement, "lime")
    if not found.form:
        return made
    device = f"{made.provenance.device}, map in {found.form}"
    return replace(made, provenance=replace(made.provenance, device=device))


def _with_maps(
    reading: SliceReading, maps: dict[str, NDArray[np.float32]], placement: prepare.Placement, method: str
) -> SliceReading:
    """The reading with the maps of another method; its key says so, so that no cache takes one for the other."""
    limit = float(np.finfo(np.float16).max)
    laid = {grid: placement.unfolded(values) for grid, values in maps.items()}
    return replace(
        reading,
        key=(*reading.key[:4], method, *reading.key[5:]),
        maps={grid: np.clip(values, -limit, limit).astype(np.float16) for grid, values in laid.items()},
        placements={grid: placement.to_slice((values.shape[1], values.shape[2])) for grid, values in laid.items()},
        provenance=replace(reading.provenance, method=method),
    )


def explanation(
    pipeline: Pipeline,
    volume: Volume,
    stack: Stack,
    index: int,
    method: str,
    *,
    progress: Progress = _quiet,
    partial: Callable[[Explanation], object] = lambda found: None,
) -> Explanation:
    """`explain_slice` for the screen: with what is known of its worth (exactness, stability, time).

    Parameters
    ----------
    partial
        Hears of LIME's first run, before the second, with another seed, says how stable it is.

    Raises
    ------
    NotEvaluableError, UsageError, DeviceError
        As `explain_slice`.
    """
    began = time.monotonic()
    if method != "lime":
        reading = explain_slice(pipeline, volume, stack, index, method, progress=progress)
        return Explanation(reading, _exact(pipeline, method), None, time.monotonic() - began)
    runs = int(settings()["stability"]["seeds"])
    answers = pipeline.read_slices(volume, stack, [index])
    if index in answers.skipped:
        raise NotEvaluableError(answers.skipped[index])
    picture, placement = pipeline.input_of(volume, stack, index)
    found: list[lime.Lime] = []
    first: Explanation | None = None
    for seed in range(runs):
        before = len(found)
        found.append(
            run_lime(
                pipeline,
                picture,
                seed,
                lambda done, total, n=before: progress(n * total + done, runs * total),  # type: ignore[misc]
                found[0].segments if found else None,
            )
        )
        if first is None:
            reading = _with_lime(answers.readings[0], found[0], placement)
            first = Explanation(reading, False, None, time.monotonic() - began)
            partial(first)
    assert first is not None
    return replace(first, stability=_stability(found), seconds=time.monotonic() - began)


def _stability(found: list[lime.Lime]) -> tuple[float, ...] | None:
    """Least agreement of the first run's ranks with another's, for each class; None after one run."""
    if len(found) < 2:
        return None
    classes = range(found[0].weights.shape[1])
    return tuple(min(lime.rank_agreement(found[0], other, target) for other in found[1:]) for target in classes)


def _exact(pipeline: Pipeline, method: str) -> bool:
    """Whether a map's sum (and the bias) is the logit."""
    if method in registry.PERTURBATIONS:
        return False
    from covidviewer.inference.contract import LinearHeadNetwork

    network = pipeline.reference_network()
    if isinstance(network, LinearHeadNetwork):
        return method in (*registry.CLOSED_FORM, "hirescam")
    return bool(network.cam_spec.exact) and method == network.cam_spec.method


def maps_of(
    pipeline: Pipeline,
    picture: NDArray[np.uint8],
    method: str,
    *,
    seed: int = 0,
    progress: Progress = _quiet,
) -> dict[str, NDArray[np.float32]]:
    """Maps of every class of one prepared input: grid -> (classes, h, w), scaled.

    Parameters
    ----------
    picture
        (rows, columns) uint8, the network's own input (`covidviewer.inference.prepare.forward`).
    pipeline, method, seed, progress
        As for `explain_slice`.
    """
    if method == "lime":
        return {"fine": _lime(pipeline, picture, seed, progress)}
    if method == "occlusion":
        return {"fine": _occlusion(pipeline, picture, progress)}
    return _by_gradient(pipeline, picture, method)


def run_lime(
    pipeline: Pipeline,
    picture: NDArray[np.uint8],
    seed: int = 0,
    progress: Progress = _quiet,
    segments: NDArray[np.intp] | None = None,
) -> lime.Lime:
    """LIME as ``explain.toml`` says, in units of probability; ``segments`` of an earlier run spare finding them.

    The network is asked in 8 bits where that is quicker and says the same (`covidviewer.inference.quick`).
    """
    chosen = settings()["lime"]
    if segments is None:
        segments = getattr(superpixels, str(chosen["segments"]))(picture)
    samples, trial = int(chosen["samples"]), int(chosen["trial"])
    progress(0, samples)  # who called off meanwhile need not wait for the fitting
    rng = np.random.default_rng((seed, 1))
    present = rng.integers(0, 2, (trial, int(segments.max()) + 1), dtype=np.uint8)
    with quick_predict(pipeline, lime.perturbed(picture, segments, present)) as (predict, form):
        found = lime.explain(
            picture, predict, segments, samples=samples, seed=seed, batch=pipeline.plan.batch, progress=progress
        )
    return replace(found, form=form)


def _lime(pipeline: Pipeline, picture: NDArray[np.uint8], seed: int, progress: Progress) -> NDArray[np.float32]:
    return _lime_maps(run_lime(pipeline, picture, seed, progress))


def _lime_maps(found: lime.Lime) -> NDArray[np.float32]:
    maps = np.stack([found.map(target) for target in range(found.weights.shape[1])])
    return (maps / float(settings()["lime"]["full"])).astype(np.float32)


def _occlusion(pipeline: Pipeline, picture: NDArray[np.uint8], progress: Progress) -> NDArray[np.float32]:
    chosen = settings()["occlusion"]
    fall = occlusion.explain(
        picture,
        pipeline.predict,
        square=int(chosen["square"]),
        step=int(chosen["step"]),
        batch=pipeline.plan.batch,
        progress=progress,
    )
    return (fall / float(chosen["full"])).astype(np.float32)


def _by_gradient(pipeline: Pipeline, picture: NDArray[np.uint8], method: str) -> dict[str, NDArray[np.float32]]:
    from covidviewer.inference.engines.torch_engine import require_torch

    torch = require_torch()
    card = pipeline.card
    network = pipeline.reference_network()
    batch = torch.from_numpy(prepare.batch([picture], card.input))
    explain: Any = registry.method(method)
    maps = [explain(network, batch, target) for target in range(len(card.classes))]
    return {
        grid: np.stack([m[grid][0] / card.scale(grid, c) for m, c in zip(maps, card.classes, strict=True)])
        for grid in maps[0]
    }
