"""bfloat16 only where the processor computes it."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from covidviewer.training import precision  # noqa: E402


@pytest.mark.parametrize("native", [True, False])
def test_a_product_is_in_half_only_where_that_is_native(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: native)
    a = torch.ones(2, 2)
    with precision.quick_half():
        product = a @ a
    assert product.dtype == (torch.bfloat16 if native else torch.float32)
