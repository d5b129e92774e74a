"""A toy network that answers at once, its weights and manifest, and chests in memory."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from covidviewer.dicom.catalog import Frame, Kind, PixelFormat, Stack
from covidviewer.imaging.volume import Volume
from covidviewer.inference.contract import CamSpec

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
TOY = "toy_of_the_tests"


def chest(rows: int = 256, columns: int = 320, lungs: bool = True, bright: bool = False) -> NDArray[np.int16]:
    """An axial slice in HU: air, a body, two lungs; ``bright`` fills a part of one with consolidation."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    hu = np.full((rows, columns), -1000.0)
    hu[(x / 0.9) ** 2 + (y / 0.8) ** 2 < 1] = 40
    if lungs:
        for side in (-0.42, 0.42):
            hu[((x - side) / 0.27) ** 2 + (y / 0.5) ** 2 < 1] = -850
    if bright:
        hu[((x - 0.42) / 0.2) ** 2 + ((y - 0.2) / 0.2) ** 2 < 1] = 30
    noise = np.random.default_rng(rows * columns).normal(0, 12, hu.shape)
    return (hu + noise).round().astype(np.int16)


def make_stack(
    count: int = 40, rows: int = 256, columns: int = 320, spacing: tuple[float, float] = (1.25, 1.0), **changes: Any
) -> Stack:
    """A chest CT that passes the input check without a caution, 2.5 mm apart."""
    fmt = PixelFormat("1.2.840.10008.1.2.1", rows, columns, 16, 16, 15, True)
    frames = tuple(
        Frame(
            Path(f"slice{i:03}.dcm"),
            f"1.2.3.{i}",
            1,
            fmt,
            position=(0.0, 0.0, 2.5 * i),
            orientation=AXIAL,
            spacing=spacing,
            rescale_given=True,
            image_type=("ORIGINAL", "PRIMARY", "AXIAL"),
        )
        for i in range(count)
    )
    affine = np.eye(4)
    base = Stack(
        "series-1",
        Kind.CT,
        "CT",
        "Thorax",
        "1.2.3",
        "1.2",
        frames,
        positions_mm=np.arange(count) * 2.5,
        spacing_mm=(2.5, *spacing),
        affine=affine,
        uniform=True,
        thickness=2.5,
        patient_position="HFS",
        sop_class="1.2.840.10008.5.1.4.1.1.2",
    )
    return replace(base, **changes)


def make_volume(stack: Stack, filled: bool = True, lungs: Callable[[int], bool] = lambda i: True) -> Volume:
    """Its values: every third slice holds a consolidation."""
    slices = [chest(stack.rows, stack.columns, lungs(i), bright=i % 3 == 0) for i in range(len(stack.frames))]
    volume = Volume(np.stack(slices), stack.affine, stack.spacing_mm, "HU")
    volume.filled[:] = filled
    return volume


def _toy_module() -> types.ModuleType:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

    class Toy(nn.Module):
        """Four by four means of the input, weighted; the head pools and is linear, as the contract wants it."""

        def __init__(self, class_names: tuple[str, ...], in_channels: int = 3) -> None:
            super().__init__()
            self.class_names = tuple(class_names)
            self.cam_spec = CamSpec(("level",), ((56, 56),), exact=True, method="cam")
            self.weight = nn.Parameter(torch.zeros(len(class_names), in_channels))
            self.bias = nn.Parameter(torch.zeros(len(class_names)))

        def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
            return {"cam": (functional.avg_pool2d(x, 4),)}

        def head(self, features: dict[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
            embedding = features["cam"][0].mean(dim=(2, 3))
            return functional.linear(embedding, self.weight, self.bias), embedding

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.backbone(x))[0]

        def class_maps(self, features: dict[str, tuple[Tensor, ...]]) -> Tensor:
            level = features["cam"][0]
            area = level.shape[2] * level.shape[3]
            return functional.conv2d(level, self.weight[:, :, None, None]) / area

        def coarse_maps(self, features: dict[str, tuple[Tensor, ...]]) -> Tensor:
            return functional.avg_pool2d(self.class_maps(features), 8) * 64

    module = types.ModuleType(TOY)
    module.build = Toy  # type: ignore[attr-defined]
    return module


MANIFEST = """schema = 1
[[weights]]
id = "toy.ct_v1"
network = "{network}"
file = "toy.ct_v1.safetensors"
sha256 = "{sha}"
modality = "CT"
classes = ["covid", "noncovid"]
positive = "covid"
temperature = 2.0
data_origin = "none: a toy"
default = true
[weights.input]
crop = "{crop}"
mean = [0.5, 0.5, 0.5]
std = [0.25, 0.25, 0.25]
[weights.operating_point]
threshold = 0.5
rule = "made up"
source = "a toy"
[weights.cam_scale]
fine = {{ covid = 0.002, noncovid = 0.002 }}
coarse = {{ covid = 0.1, noncovid = 0.1 }}
"""


@pytest.fixture
def toy_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights with one toy network, known to the registry; the cache is a folder of its own."""
    import torch
    from safetensors.torch import save_file

    from covidviewer.inference import registry
    from covidviewer.inference.loading import sha256_of

    monkeypatch.setitem(sys.modules, TOY, _toy_module())
    monkeypatch.setitem(registry.NETWORKS, TOY, f"{TOY}:build")
    folder = tmp_path / "weights"
    folder.mkdir()
    path = folder / "toy.ct_v1.safetensors"
    weight = torch.tensor([[2.0, 2.0, 2.0], [-2.0, -2.0, -2.0]], dtype=torch.float16)
    save_file({"weight": weight, "bias": torch.tensor([3.0, 0.0], dtype=torch.float16)}, path)
    text = MANIFEST.format(network=TOY, sha=sha256_of(path), crop="body")
    (folder / "manifest.toml").write_text(text, "utf-8")
    monkeypatch.setenv("COVIDVIEWER_WEIGHTS", str(folder))
    monkeypatch.setenv("COVIDVIEWER_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def on_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with neither OpenVINO nor a graphics card: torch on the processor."""
    from covidviewer.inference import device

    monkeypatch.setattr(device, "has_openvino", lambda: False)
    monkeypatch.setattr(device, "torch_build", lambda: "")


@pytest.fixture
def slice_of_chest() -> Callable[..., NDArray[np.int16]]:
    return chest


@pytest.fixture
def stack_of() -> Callable[..., Stack]:
    return make_stack


@pytest.fixture
def volume_of() -> Callable[..., Volume]:
    return make_volume
