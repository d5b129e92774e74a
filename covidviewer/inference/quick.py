"""A quicker form of a network for one picture asked a thousand times over (LIME), as long as it answers the same.

The form in 8 bits (`covidviewer.inference.engines.eight_bit`) is fitted to some variations of the picture, and asked
beside the network as it is shipped about others. If what it says moves otherwise than what the network says, it is not
used. A constant difference does not matter: only differences between variations are looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covidviewer.errors import DeviceError
from covidviewer.inference import prepare
from covidviewer.inference.engines import convert
from covidviewer.inference.pipeline import softmax

if TYPE_CHECKING:
    from covidviewer.inference.engines.eight_bit import EightBitEngine
    from covidviewer.inference.pipeline import Pipeline

__all__ = ["AGREE", "agree", "quick_predict"]

log = logging.getLogger(__name__)

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

#: Spread of the difference of a probability, in the spread of the probability: 0.15 is a correlation of 0.99. LIME's
#: superpixels then keep their ranks to 0.99 (Spearman), where another seed leaves them at 0.85 to 0.96.
AGREE = 0.15


@contextmanager
def quick_predict(pipeline: Pipeline, trial: NDArray[np.uint8]) -> Iterator[tuple[Predict, str]]:
    """The network in 8 bits where that is possible and answers the same, else as it is shipped.

    Parameters
    ----------
    pipeline
        Network and device.
    trial
        (N, rows, columns) uint8, prepared inputs like those that will be asked about; the first third fits the limits,
        the rest compares. Fewer than three: the network as it is shipped.

    Yields
    ------
    tuple
        Prepared inputs to probabilities, as `Pipeline.predict`; and the label of the 8-bit form, "" where it is not
        used.
    """
    engine = _fitted(pipeline, trial) if len(trial) > 2 else None
    if engine is None:
        yield pipeline.predict, ""
        return
    try:
        yield lambda pictures: _ask(engine, pipeline, pictures), engine.label
    finally:
        engine.close()


def _ask(engine: EightBitEngine, pipeline: Pipeline, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    return softmax(engine.logits(prepare.batch(pictures, pipeline.card.input)) / pipeline.card.temperature)


def _fitted(pipeline: Pipeline, trial: NDArray[np.uint8]) -> EightBitEngine | None:
    """The 8-bit form, if there can be one and it agrees."""
    provenance, graph = pipeline.load(), convert.graph_path(pipeline.card)
    if graph is None or not provenance.device.startswith("CPU (OpenVINO"):
        return None
    from covidviewer.inference.engines.eight_bit import EightBitEngine

    third, plan = len(trial) // 3, pipeline.plan
    try:
        engine = EightBitEngine(graph, prepare.batch(trial[:third], pipeline.card.input), plan.precision, plan.batch)
    except DeviceError as error:
        log.warning("the network has no form in 8 bits here: %s", error.message)
        return None
    if agree(_ask(engine, pipeline, trial[third:]), pipeline.predict(trial[third:])):
        return engine
    log.info("the network in 8 bits says something else and is not used")
    engine.close()
    return None


def agree(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> bool:
    """Whether probabilities (N, classes) of one form move as those of the other, for every class."""
    apart, spread = (ours - theirs).std(axis=0), theirs.std(axis=0)
    return bool((apart <= AGREE * spread).all())
