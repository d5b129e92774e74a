"""torchvision through one module, where its library loads and where it does not; any classifier as a baseline."""

from __future__ import annotations

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from importlib.metadata import PackageNotFoundError, version  # noqa: E402

from covidviewer.errors import UsageError  # noqa: E402
from covidviewer.inference import registry  # noqa: E402

try:
    version("torchvision")
except PackageNotFoundError:
    pytest.skip("torchvision is not installed", allow_module_level=True)


def said(program: str) -> str:
    """What a program prints in a fresh interpreter: imports of this process would hide the difference."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


_USE = """
from covidviewer.inference.networks.torchvision_import import declared, import_torchvision
vision = import_torchvision()
import torch
network = vision.models.get_model("resnet18", weights=None, num_classes=2).eval()
print(declared(), tuple(network(torch.zeros(1, 3, 64, 64)).shape))
"""


def test_where_a_plain_import_fails_the_operators_are_declared():
    plain = said(
        "import torch\ntry:\n    import torchvision\n    print('loads')\n"
        "except RuntimeError as error:\n    print('nms' in str(error))"
    )
    if plain == "loads":
        pytest.skip("torchvision's library loads here; the other test covers that")
    assert plain == "True"
    assert said(_USE) == "True (1, 2)"


def test_where_a_plain_import_works_nothing_is_declared():
    # Stand-ins for what the compiled library would have brought.
    ready = (
        "import torch\nlibrary = torch.library.Library('torchvision', 'FRAGMENT')\n"
        "from covidviewer.inference.networks.torchvision_import import SCHEMAS\n"
        "for schema in SCHEMAS:\n    library.define(schema)\n"
    )
    assert said(ready + _USE) == "False (1, 2)"


def test_a_missing_package_is_said_in_words():
    program = (
        "import sys\nsys.modules['torchvision'] = None\n"
        "from covidviewer.inference.networks.torchvision_import import import_torchvision\n"
        "try:\n    import_torchvision()\nexcept Exception as error:\n    print(type(error).__name__, error.advice)"
    )
    assert said(program).startswith("DeviceError Install it with")


@pytest.mark.parametrize(
    ("name", "parameters", "channels", "exact"),
    [
        ("resnet18", 11_176_512 + 2 * 513, 512, True),  # torchvision's own count without its classifier
        ("densenet121", 6_953_856 + 2 * 1025, 1024, True),
        ("mobilenet_v3_small", 1_519_906, 576, False),
    ],
)
def test_a_baseline_is_cut_behind_its_last_map(name, parameters, channels, exact):
    torch.manual_seed(0)
    network = registry.builder(f"torchvision:{name}")(("a", "b")).eval()
    assert sum(p.numel() for p in network.parameters()) == parameters
    x = torch.randn(2, 3, 96, 96)
    with torch.no_grad():
        features = network.backbone(x)
        logits, embedding = network.head(features)
        assert torch.equal(network(x), logits)
    assert features["cam"][0].shape == (2, channels, 3, 3)
    assert embedding.shape == (2, channels)
    assert network.cam_spec.exact is exact


def test_a_baseline_answers_as_the_whole_model_and_learns():
    from covidviewer.inference.networks.torchvision_import import import_torchvision

    torch.manual_seed(0)
    whole = import_torchvision().models.get_model("resnet18", weights=None, num_classes=2).eval()
    network = registry.builder("torchvision:resnet18")(("a", "b"), in_channels=1).eval()
    state = {
        f"front.{k}" if f"front.{k}" in network.state_dict() else f"back.{k}": v for k, v in whole.state_dict().items()
    }
    network.load_state_dict(state, strict=True)
    grey = torch.randn(2, 1, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(network(grey), whole(grey.repeat(1, 3, 1, 1)))
    network.train()(torch.randn(4, 1, 64, 64)).sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_grad_cam_of_a_baseline():
    from covidviewer.inference.explain import gradcam

    torch.manual_seed(1)
    network = registry.builder("torchvision:resnet18")(("a", "b")).eval()
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        logit = network(x)[:, 1]
    bias = float(network.state_dict()["back.fc.bias"][1])
    found = gradcam.explain(network, x, 1)["fine"].sum(axis=(1, 2))
    assert abs(found - (logit.numpy() - bias)).max() < 1e-3


def test_what_is_no_classifier_or_cannot_be_cut_is_refused():
    assert registry.known("torchvision:resnet18")
    assert not registry.known("torchvision:")
    with pytest.raises(UsageError, match="no classifier resnet19"):
        registry.builder("torchvision:resnet19")(("a", "b"))
    with pytest.raises(ValueError, match="knows no option"):
        registry.builder("torchvision:resnet18")(("a", "b"), width=3)
