"""The gate of the CT network on slices of neither of its sources: one expert reads them, and it is the same one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from covidviewer.cli.demo_data import make_demo_study  # noqa: E402
from covidviewer.inference import prepare, registry  # noqa: E402
from covidviewer.inference.loading import load_network  # noqa: E402
from covidviewer.study import open_study  # noqa: E402

WIDE = 0  # covid-ct: the experts stand in the order of the sets' names


@pytest.fixture(scope="module")
def shipped() -> Any:
    found = [x for x in registry.list_weights() if x.card.default and x.card.modality == "CT"]
    if not found or not found[0].available:
        pytest.skip("no CT weights here")
    network = load_network(found[0].card)
    if getattr(network, "gate", None) is None:
        pytest.skip("the default CT network has one expert")
    return found[0].card, network


def wide_shares(shipped: Any, folder: Path, count: int = 6) -> np.ndarray:
    """Share of the expert of many scanners on ``count`` slices of each CT series."""
    card, network = shipped
    pictures = []
    for series in open_study(folder).series:
        if series.modality == "CT":
            values = series.load().values
            chosen = np.linspace(0.15, 0.85, count) * (len(values) - 1)
            pictures += [prepare.forward(np.asarray(values[round(i)]), card.input)[0] for i in chosen]
    with torch.no_grad():
        _, embedding = network.head(network.backbone(torch.from_numpy(prepare.batch(pictures, card.input))))
        shares: np.ndarray = network.gates(embedding)[:, WIDE].numpy()
    return shares


@pytest.mark.parametrize("folder", ["ge_3p27mm", "siemens_8mm"])
def test_real_series_are_read_by_the_expert_of_many_scanners(shipped: Any, shared_data: Path, folder: str) -> None:
    shares = wide_shares(shipped, shared_data / "dicom" / "real_chest_ct" / folder)
    assert np.median(shares) > 0.9
    assert shares.min() > 0.4, "the lowest is a slice near an end of the stack, shared evenly"


def test_the_phantom_is_too(shipped: Any, tmp_path: Path) -> None:
    make_demo_study(tmp_path)
    shares = wide_shares(shipped, tmp_path, 4)
    assert np.median(shares) > 0.9
    assert shares.min() > 0.5
