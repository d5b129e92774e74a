"""A network of three small layers without batch norm, in the form that the registry wants."""

from __future__ import annotations

import torch
from torch import nn

from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks.pooled_head import class_maps, pooled_logits


class ToyNet(nn.Module):
    def __init__(self, class_names, in_channels=3, width=8):
        super().__init__()
        self.class_names = tuple(class_names)
        self.cam_spec = CamSpec(("last",), ((8, 8),), True, "cam")
        self.first = nn.Conv2d(in_channels, width, 3, 2, 1)
        self.second = nn.Conv2d(width, width, 3, 2, 1)
        self.fc = nn.Linear(width, len(self.class_names))

    def backbone(self, x):
        return {"cam": (torch.relu(self.second(torch.relu(self.first(x)))),)}

    def head(self, features):
        return pooled_logits(features["cam"][0], self.fc)

    def forward(self, x):
        return self.head(self.backbone(x))[0]

    def class_maps(self, features):
        return class_maps(features["cam"][0], self.fc)

    coarse_maps = class_maps


def build(class_names, in_channels=3, **options):
    return ToyNet(class_names, in_channels, **options)
