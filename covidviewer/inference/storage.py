"""How weight files hold tensors: half precision, or 8 bits per output channel with a scale of their own.

An 8-bit tensor ``name`` lies beside ``name.scale``, one float32 a row (output channel); the weight is their product.
Half of the bytes of float16, and at most half a step of error, where a step is the largest weight of the row / 127.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from covidviewer.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SCALE", "STORAGES", "eight_bit_scales", "halved", "quantised", "restored"]

#: What a writer may ask for.
STORAGES = ("float16", "int8")
#: What follows the name of an 8-bit tensor in the name of its scale.
SCALE = ".scale"
#: Below this a tensor stays float16: it saves few bytes, and first and last layers, whose rounding costs most, are
#: the small ones (the stem of a ResNet has 9408 values).
FEWEST_ROWS, FEWEST_VALUES = 16, 16384
_STEPS = 127


def halved(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Every floating tensor as float16, the rest as it is.

    Raises
    ------
    ValueError
        A value is not finite in float16 (running variances may be too large).
    """
    result = {k: (v.half() if v.is_floating_point() else v) for k, v in state.items()}
    _finite(result)
    return result


def eight_bit_scales(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Step of each row of the tensors that 8-bit storage would round: the row's largest weight / 127, float32."""
    # A row of zeros needs some step; any serves.
    return {
        name: (value.float().flatten(1).abs().amax(dim=1) / _STEPS).clamp_min(1e-20)
        for name, value in state.items()
        if value.is_floating_point() and _worth(name, value)
    }


def quantised(state: Mapping[str, Tensor], scales: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
    """Weights of convolutions and linear layers as int8 and ``.scale``; vectors float32; other tensors float16.

    Parameters
    ----------
    state
        Of a network: float tensors of any precision. Quantised is what is named ``weight``, has two or more axes, at
        least 16 rows and 16384 values. Vectors (biases, batch norms) stay float32: they are few, and set levels.
    scales
        Steps to round to, by name (`covidviewer.training.compensate` fixes them first); else `eight_bit_scales`.

    Raises
    ------
    ValueError
        A value is not finite.
    """
    result: dict[str, Tensor] = {}
    scales = eight_bit_scales(state) if scales is None else scales
    for name, value in state.items():
        if not value.is_floating_point():
            result[name] = value
        elif name in scales:
            steps = (value.float().flatten(1) / scales[name][:, None]).round().clamp(-_STEPS, _STEPS)
            result[name] = steps.char().reshape(value.shape)
            result[name + SCALE] = scales[name]
        else:
            result[name] = value.float() if value.ndim < 2 else value.half()
    _finite(result)
    return result


def restored(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A file's tensors as a network takes them: float32, counters as they are.

    Raises
    ------
    WeightsError
        An 8-bit tensor has no scale, or one that does not fit it.
    """
    import torch

    result: dict[str, Tensor] = {}
    for name, value in state.items():
        if name.endswith(SCALE) and _is_steps(state.get(name.removesuffix(SCALE))):
            continue
        if not _is_steps(value):
            result[name] = value.to(torch.float32) if value.is_floating_point() else value
            continue
        scale = state.get(name + SCALE)
        if scale is None:
            raise WeightsError(f"The 8-bit weights {name} have no scale in the file; they cannot be read.")
        usable = scale.is_floating_point() and scale.ndim == 1 and value.ndim > 1 and len(scale) == len(value)
        if not usable or not bool((torch.isfinite(scale) & (scale > 0)).all()):
            raise WeightsError(f"The scale of the 8-bit weights {name} does not fit them.")
        result[name] = value.float() * scale.float().reshape(-1, *[1] * (value.ndim - 1))
    return result


def _is_steps(value: Tensor | None) -> bool:
    import torch

    return value is not None and value.dtype == torch.int8


def _worth(name: str, value: Tensor) -> bool:
    weight = name == "weight" or name.endswith(".weight")
    return weight and value.ndim > 1 and value.shape[0] >= FEWEST_ROWS and value.numel() >= FEWEST_VALUES


def _finite(state: Mapping[str, Tensor]) -> None:
    import torch

    wrong = [k for k, v in state.items() if v.is_floating_point() and not bool(torch.isfinite(v).all())]
    if wrong:
        raise ValueError(f"not finite as stored: {', '.join(wrong)}")
