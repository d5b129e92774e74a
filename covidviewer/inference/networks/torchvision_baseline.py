"""Any classifier of torchvision as a baseline by name, ``torchvision:resnet18``: the same face as our own networks.

The model's graph is cut behind the last map with a grid: what comes before is the backbone, what follows the head. No
pretrained file is fetched. The cut is made on the graph of the evaluation mode, so functional dropout (DenseNet's, off
by default) is not part of it; dropout layers are.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn

from covidviewer.errors import UsageError
from covidviewer.inference.contract import CamSpec
from covidviewer.inference.networks.torchvision_import import import_torchvision

__all__ = ["Baseline", "build"]


class _Tracer(fx.Tracer):
    """Layers of torch stay whole; those of torchvision are followed, except what it marks as one operation."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return super().is_leaf_module(m, module_qualified_name) or type(m).__name__ == "StochasticDepth"


def _shapes(graph: fx.GraphModule, size: int, channels: int) -> dict[str, tuple[int, ...]]:
    """Shape of what each node gives for one picture."""
    found: dict[str, tuple[int, ...]] = {}

    class Watch(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            value = super().run_node(n)
            if isinstance(value, Tensor):
                found[n.name] = tuple(value.shape)
            return value

    with torch.no_grad():
        Watch(graph).run(torch.zeros(1, channels, size, size))
    return found


def _cut(graph: fx.GraphModule, name: str) -> tuple[fx.GraphModule, fx.GraphModule]:
    """Up to and including a node, and from it on."""
    front, back = copy.deepcopy(graph), copy.deepcopy(graph)
    for module, first in ((front, True), (back, False)):
        node = next(n for n in module.graph.nodes if n.name == name)
        if first:
            end = next(n for n in module.graph.nodes if n.op == "output")
            end.args = (node,)
        else:
            with module.graph.inserting_before(node):
                place = module.graph.placeholder("level")
            node.replace_all_uses_with(place)
        module.graph.eliminate_dead_code()
        if not first:
            for old in [n for n in module.graph.nodes if n.op == "placeholder" and n.name != place.name]:
                if old.users:
                    raise UsageError(
                        "This torchvision model needs more than its last map for its classes: no head can be cut off."
                    )
                module.graph.erase_node(old)
        module.graph.lint()
        module.recompile()
        module.delete_all_unused_submodules()
    return front, back


class Baseline(nn.Module):
    """A torchvision classifier in two parts.

    Parameters
    ----------
    name
        As torchvision calls it.
    class_names
        Order of the logits.
    in_channels
        3, or 1: then the picture is repeated.
    size
        Side at which the graph is looked at; other sizes work where the model takes them.
    """

    def __init__(self, name: str, class_names: Sequence[str], in_channels: int = 3, size: int = 224) -> None:
        super().__init__()
        model = _model(name, len(class_names))
        self.class_names = tuple(class_names)
        self.repeat = 3 // in_channels
        try:
            whole = fx.GraphModule(model.eval(), _Tracer().trace(model))
            shapes = _shapes(whole, size, 3)
        except (TypeError, ValueError, RuntimeError, fx.proxy.TraceError) as error:
            raise UsageError(f"The torchvision model {name} cannot be cut into backbone and head.") from error
        maps = [n for n, shape in shapes.items() if len(shape) == 4 and min(shape[2:]) > 1]
        if not maps:
            raise UsageError(f"The torchvision model {name} has no map with a grid.")
        self.front, self.back = _cut(whole, maps[-1])
        grid = (shapes[maps[-1]][2], shapes[maps[-1]][3])
        self.cam_spec = CamSpec(names=(maps[-1],), grids=(grid,), exact=self._pooled_linear(), method="gradcam")

    def _pooled_linear(self) -> bool:
        """Whether the head is pooling, flattening, dropout and one linear layer: then Grad-CAM is exact."""
        layers = [m for m in self.back.modules() if not any(True for _ in m.children())]
        kinds = (nn.AdaptiveAvgPool2d, nn.Dropout, nn.Linear, nn.Flatten, nn.Identity)
        calls = [n for n in self.back.graph.nodes if n.op in ("call_function", "call_method")]
        known = {"flatten", "adaptive_avg_pool2d", "mean"}
        return (
            all(isinstance(m, kinds) for m in layers)
            and sum(isinstance(m, nn.Linear) for m in layers) == 1
            and all((n.target if isinstance(n.target, str) else n.target.__name__) in known for n in calls)
        )

    def backbone(self, x: Tensor) -> dict[str, tuple[Tensor, ...]]:
        """N x in_channels x H x W, normalised, to ``"cam"``: the last map with a grid."""
        return {"cam": (self.front(x.repeat(1, self.repeat, 1, 1) if self.repeat > 1 else x),)}

    def head(self, features: Mapping[str, tuple[Tensor, ...]]) -> tuple[Tensor, Tensor]:
        """Logits N x K; the pooled map as embedding."""
        level = features["cam"][0]
        return self.back(level), level.mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Logits, N x K."""
        return self.head(self.backbone(x))[0]


def _model(name: str, count: int) -> nn.Module:
    models = import_torchvision().models
    names = models.list_models(module=models)
    if name not in names:
        raise UsageError(f"torchvision has no classifier {name}.", advice=f"There are: {', '.join(names)}.")
    # Auxiliary outputs and slow start values are of no use here.
    extra = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    found: nn.Module = models.get_model(name, weights=None, num_classes=count, **extra)
    return found


def build(name: str, class_names: Sequence[str], in_channels: int = 3, **options: float) -> Baseline:
    """A baseline; ``name`` without the prefix. Options: ``size`` (224; 299 for Inception)."""
    unknown = sorted(set(options) - {"size"})
    if unknown:
        raise ValueError(f"torchvision:{name} knows no option {unknown}; it has ['size']")
    return Baseline(name, class_names, in_channels, int(options.get("size", 299 if name == "inception_v3" else 224)))
