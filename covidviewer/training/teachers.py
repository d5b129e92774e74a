"""Teachers with ImageNet filters: the lower three stages of ResNet-50 v2 (pre-activation), frozen.

Layout and file: the README of the pretrained folder (``resnet50v2_imagenet_stages1to3.safetensors``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["PreActivationBottleneck", "ResNet50V2Lower", "load_floats", "load_teacher"]

TEACHER_FILE = "resnet50v2_imagenet_stages1to3.safetensors"
TRUNK_FILE = "resnet50v1_imagenet_stem_layer1_layer2.safetensors"


class PreActivationBottleneck(nn.Module):
    """Batch norm and ReLU before each convolution; the sum is left as it is (arXiv 1603.05027)."""

    def __init__(self, channels_in: int, width: int, stride: int, project: bool) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels_in)
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.downsample = nn.Conv2d(channels_in, 4 * width, 1, stride, bias=False) if project else None

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x 4 width x H/stride x W/stride, signed."""
        y = functional.relu(self.bn1(x))
        shortcut = x if self.downsample is None else self.downsample(y)
        y = functional.relu(self.bn2(self.conv1(y)))
        y = functional.relu(self.bn3(self.conv2(y)))
        result: Tensor = self.conv3(y) + shortcut
        return result


class ResNet50V2Lower(nn.Module):
    """Stem and stages 1 to 3; 1024 channels at stride 16."""

    def __init__(self) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(3)
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        channels = 64
        stages = []
        for index, (width, count) in enumerate(((64, 3), (128, 4), (256, 6)), start=1):
            blocks = []
            for number in range(count):
                stride = 2 if number == 0 and index > 1 else 1
                blocks.append(PreActivationBottleneck(channels, width, stride, number == 0))
                channels = 4 * width
            stages.append(nn.Sequential(*blocks))
        self.layer1, self.layer2, self.layer3 = stages
        self.bn_out = nn.BatchNorm2d(channels)

    def stage2(self, x: Tensor) -> Tensor:
        """Signed output of stage 2, 512 channels at stride 8."""
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(self.bn0(x)))), 3, 2, 1)
        result: Tensor = self.layer2(self.layer1(x))
        return result

    def statistics(self, x: Tensor) -> Tensor:
        """What the linear teacher reads, N x 4096.

        Of the last map mean, maximum and deviation of each of 1024 channels; of stage 2's map (512 channels,
        after the batch norm that reads it) mean and maximum.
        """
        middle = self.stage2(x)
        last = functional.relu(self.bn_out(self.layer3(middle))).float()
        low = functional.relu(cast(Any, self.layer3[0]).bn1(middle)).float()
        parts = [last.mean((2, 3)), last.amax((2, 3)), last.flatten(2).std(2), low.mean((2, 3)), low.amax((2, 3))]
        return torch.cat(parts, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Activated map of stage 3, N x 1024 x H/16 x W/16."""
        return functional.relu(self.bn_out(self.layer3(self.stage2(x))))


def load_floats(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file as float32."""
    from safetensors.torch import load_file

    return {name: value.float() for name, value in load_file(path).items()}


def load_teacher(folder: Path) -> ResNet50V2Lower:
    """The teacher, filled, in evaluation mode, without gradients."""
    teacher = ResNet50V2Lower()
    missing, unexpected = teacher.load_state_dict(load_floats(folder / TEACHER_FILE), strict=False)
    wrong = [name for name in missing if not name.endswith("num_batches_tracked")] + list(unexpected)
    if wrong:
        raise ValueError(f"{TEACHER_FILE} does not fit: {', '.join(wrong[:5])}")
    teacher.eval().requires_grad_(False)
    teacher.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return teacher
