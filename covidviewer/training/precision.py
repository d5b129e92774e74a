"""Half precision where it is quicker: few processors compute bfloat16, others imitate it, ten times slower."""

from __future__ import annotations

import torch

__all__ = ["quick_half"]


def quick_half(device: str = "cpu") -> torch.autocast:
    """Autocast to bfloat16; on a processor that only imitates it, one that leaves all in float32."""
    native = device != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(device, torch.bfloat16, enabled=native)
