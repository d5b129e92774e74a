"""Experts a source behind a gate: phantoms with a known rule, and the exact transfer into the network."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from covidviewer.inference.networks.resnet50_fpn_attention import build  # noqa: E402
from covidviewer.training.data import DataError, Example  # noqa: E402
from covidviewer.training.experts import (  # noqa: E402
    Experts,
    GateSettings,
    fit_gate,
    fit_head,
    patient_share,
    source_factors,
)
from covidviewer.training.linear import fit_logistic  # noqa: E402
from covidviewer.training.metrics import auc  # noqa: E402
from covidviewer.training.pyramid import LEVEL_CHANNELS, PooledTrunk  # noqa: E402
from covidviewer.training.run import experts_network  # noqa: E402

PICTURE = np.zeros((2, 2), np.uint8)


def two_sources(count: int = 240, seed: int = 0):
    """Column 0 names the source; column 1 speaks for covid in the first set and against it in the second."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((count, 12))
    source = np.arange(count) % 2
    positive = rng.random(count) < 0.5
    rows[:, 0] = np.where(source == 1, 3.0, -3.0) + 0.3 * rows[:, 0]
    rows[:, 1] += np.where(positive, 1.5, -1.5) * np.where(source == 1, -1, 1)
    examples = [
        Example(
            PICTURE, "covid" if p else "noncovid", "train", f"s{s}/{i // 4}", f"set{s}", f"{i}", f"s{s}/{i // 4}-{p}"
        )
        for i, (p, s) in enumerate(zip(positive, source, strict=True))
    ]
    # One fold group a patient: patients of a phantom hold one class each.
    examples = [
        Example(e.picture, e.label, e.split, f"{e.patient}-{e.label}", e.set_name, e.file, e.fold_group)
        for e in examples
    ]
    return rows, examples, source, positive


def mixed(experts: Experts, rows: np.ndarray) -> np.ndarray:
    logits = rows @ experts.weight.T + experts.intercept
    gate = np.exp(rows @ experts.gate_weight.T + experts.gate_intercept)
    return (logits * gate).sum(axis=1) / gate.sum(axis=1)


def test_experts_read_what_one_regression_cannot():
    rows, examples, _, positive = two_sources()
    experts, found = fit_head([rows], examples, "covid", (0.03, 1.0), np.ones(12), GateSettings(1.0), deals=1)
    unseen, _, other, truth = two_sources(seed=1)
    score = mixed(experts, unseen)
    one, offset, mean, variance = fit_logistic(rows, positive, np.ones(len(rows)), 1.0)
    single = ((unseen - mean) / np.sqrt(variance)) @ one + offset
    assert auc(single, truth) < 0.7
    assert min(auc(score[other == k], truth[other == k]) for k in (0, 1)) > 0.93
    assert set(found["out_of_fold_auc_gated"]) == {"set0", "set1"}
    assert min(found["out_of_fold_auc_gated"].values()) > 0.9


def test_a_column_scaled_to_nothing_is_read_by_nobody():
    rows, examples, _, _ = two_sources()
    scale = np.ones(12)
    scale[5] = 0.0
    experts, _ = fit_head([rows], examples, "covid", (0.1,), scale, GateSettings(), deals=1)
    assert not experts.weight[:, 5].any()
    assert not experts.gate_weight[:, 5].any()
    assert experts.weight[:, 1].all()


def test_the_shift_moves_the_border_towards_the_second_source():
    rows, _, source, _ = two_sources()
    weights = np.ones(len(rows))

    def share(shift: float) -> float:
        _, offset = fit_gate(rows, source, weights, GateSettings(0.01, 1.0, shift))
        logits = offset  # of the picture at the origin
        return float(1 / (1 + np.exp(logits[1] - logits[0])))

    assert share(0.0) == pytest.approx(0.5, abs=0.1)
    assert share(2.0) == pytest.approx(1 / (1 + np.exp(-2.0)), abs=0.05)


def test_the_gate_wants_two_sets():
    rows, examples, source, _ = two_sources()
    with pytest.raises(DataError, match="two sets"):
        fit_gate(rows, source * 0, np.ones(len(rows)), GateSettings())
    with pytest.raises(DataError, match="at least two"):
        fit_head([rows[::2]], examples[::2], "covid", (0.1,), np.ones(12), GateSettings())


def test_every_patient_counts_the_same_within_a_set():
    names = [("a", "a1"), ("a", "a1"), ("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b1")]
    weights = patient_share([Example(PICTURE, "covid", "train", p, s, "", p) for s, p in names])
    np.testing.assert_allclose(weights, [0.5, 0.5, 0.5, 1.5, 1.5, 1.5])
    assert weights.mean() == pytest.approx(1.0)


def test_a_source_that_is_too_sure_is_shrunk():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, 4000)
    positive = rng.random(4000) < 1 / (1 + np.exp(-logits))
    source = np.arange(4000) % 2
    sure = np.where(source == 1, 4 * logits, logits)
    np.testing.assert_allclose(source_factors(sure, positive, source, np.ones(4000)), [1.0, 0.25], atol=0.08)


def test_the_network_is_the_mixture():
    torch.manual_seed(0)
    trunk = build(["covid", "noncovid"]).eval()
    x = torch.randn(5, 3, 64, 64)
    with torch.no_grad():
        means = PooledTrunk(trunk).eval().pooled(x).numpy().astype(np.float64)
    rng = np.random.default_rng(0)
    width = sum(LEVEL_CHANNELS)
    experts = Experts(
        ("a", "b"),
        rng.normal(0, 0.02, (2, width)),
        np.array([0.3, -0.2]),
        rng.normal(0, 0.02, (2, width)),
        np.array([0.1, -0.1]),
    )
    network = experts_network(trunk, experts, ["covid", "noncovid"], "covid", means)
    with torch.no_grad():
        logits = network(x).numpy()
        gates = network.gates(network.head(network.backbone(x))[1]).numpy()
    np.testing.assert_allclose(logits[:, 0] - logits[:, 1], mixed(experts, means), atol=5e-3)
    powers = np.exp(means @ experts.gate_weight.T + experts.gate_intercept)
    np.testing.assert_allclose(gates, powers / powers.sum(axis=1, keepdims=True), atol=2e-3)
