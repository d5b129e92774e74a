"""Half precision where it is quicker: few processors compute bfloat16, others imitate it, ten times slower."""

from __future__ import annotations

import torch

__all__ = ["has_half", "quick_half"]


def has_half(device: str = "cpu") -> bool:
    """Whether bfloat16 is computed and not imitated."""
    return device != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def quick_half(device: str = "cpu") -> torch.autocast:
    """Autocast to bfloat16; on a processor that only imitates it, one that leaves all in float32."""
    return torch.autocast(device, torch.bfloat16, enabled=has_half(device))
