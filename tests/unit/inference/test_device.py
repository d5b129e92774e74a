"""Which device: by what the probe says, what fits, and what is left when memory is out."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from covidviewer.errors import Cancelled, DeviceError
from covidviewer.inference import device
from covidviewer.inference.device import Cuda, DevicePlan, choose, kernels_fit, step_down
from covidviewer.inference.results import Choice

CARD = Cuda("Card", (8, 6), int(20e9), int(24e9), bfloat16=True)
GOOD = {
    "name": "Card",
    "capability": [8, 6],
    "free": 20_000_000_000,
    "total": 24_000_000_000,
    "architectures": ["sm_80", "sm_90"],
    "bfloat16": True,
}


@pytest.fixture(autouse=True)
def both_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_openvino", lambda: True)
    monkeypatch.setattr(device, "torch_build", lambda: "13.0")


@pytest.mark.parametrize(
    ("capability", "architectures", "fits"),
    [
        ((8, 0), ["sm_80"], True),
        ((8, 6), ["sm_80"], True),
        ((8, 6), ["sm_89"], False),
        ((12, 0), ["sm_80", "sm_90"], False),
        ((12, 0), ["sm_90", "compute_90"], True),
        ((7, 0), ["sm_75", "compute_90"], False),
        ((9, 0), ["sm_90a"], True),
        ((12, 0), ["sm_120"], True),
        ((8, 0), [], False),
    ],
)
def test_kernels_fit_a_card(capability: tuple[int, int], architectures: list[str], fits: bool) -> None:
    assert kernels_fit(capability, architectures) is fits


def test_a_card_is_used_where_it_is_usable() -> None:
    plan = choose(Choice(), CARD)
    assert (plan.device, plan.engine, plan.precision, plan.batch) == ("cuda", "torch", "float16", 32)
    assert choose(Choice(precision="float32"), CARD).precision == "float32"
    assert choose(Choice(device="cpu"), CARD, cpu_bfloat16=False).device == "cpu"


def test_a_card_without_bfloat16_computes_in_float32() -> None:
    old = Cuda("Old", (6, 1), int(8e9), int(8e9))
    assert choose(Choice(), old).precision == "float32"
    assert choose(Choice(), Cuda("Turing", (7, 5), int(8e9), int(8e9))).precision == "float16"
    asked = choose(Choice(precision="bfloat16"), old)
    assert asked.precision == "float32"
    assert "no bfloat16" in asked.notices[0].text


def test_little_memory_means_smaller_batches_and_is_said() -> None:
    plan = choose(Choice(), Cuda("Small", (8, 6), int(1.6e9), int(4e9), bfloat16=True))
    assert plan.batch == 8
    assert plan.notices[0].code == "A01"
    assert "1.6 GB free" in plan.notices[0].text


def test_the_processor_uses_bfloat16_only_where_it_has_it() -> None:
    none = Cuda(reason="No NVIDIA graphics driver is installed.")
    assert choose(Choice(), none, cpu_bfloat16=True).precision == "bfloat16"
    assert choose(Choice(), none, cpu_bfloat16=False).precision == "float32"
    assert choose(Choice(precision="float32"), none, cpu_bfloat16=True).precision == "float32"
    asked = choose(Choice(precision="bfloat16"), none, cpu_bfloat16=False)
    assert "no bfloat16" in asked.notices[0].text


def test_why_a_card_is_not_used_is_said_only_where_it_matters() -> None:
    none = Cuda(reason="No NVIDIA graphics driver is installed.")
    assert choose(Choice(), none, cpu_bfloat16=False).notices == ()
    assert choose(Choice(device="cuda"), none, cpu_bfloat16=False).notices[0].text == none.reason
    stuck = Cuda(reason="The graphics driver did not answer.", code="A04")
    assert choose(Choice(), stuck, cpu_bfloat16=False).notices[0].code == "A04"


def test_without_openvino_torch_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_openvino", lambda: False)
    plan = choose(Choice(), Cuda(reason="none"))
    assert (plan.engine, plan.precision) == ("torch", "float32")
    monkeypatch.setattr(device, "torch_build", lambda: None)
    with pytest.raises(DeviceError, match="pip install"):
        choose(Choice(), Cuda(reason="none"))


@pytest.mark.parametrize("choice", [Choice(device="tpu"), Choice(precision="int4")])
def test_what_we_do_not_know_is_refused(choice: Choice) -> None:
    with pytest.raises(DeviceError, match="There are"):
        choose(choice, CARD)


def test_the_ladder_of_a_card() -> None:
    plan: DevicePlan | None = DevicePlan("cuda", "torch", "float32", 32)
    seen = []
    while plan is not None and plan.device == "cuda":
        plan = step_down(plan, Choice())
        assert plan is not None
        seen.append((plan.device, plan.precision, plan.batch, plan.notices[0].code))
    assert [x[:3] for x in seen[:3]] == [
        ("cuda", "float32", 16),
        ("cuda", "float32", 8),
        ("cuda", "float16", 8),
    ]
    assert seen[3][0] == "cpu"
    assert [x[3] for x in seen] == ["A01", "A01", "A01", "A02"]


def test_the_ladder_of_the_processor_ends() -> None:
    plan: DevicePlan | None = DevicePlan("cpu", "openvino", "float32", 8)
    sizes = []
    while plan is not None:
        plan = step_down(plan, Choice())
        sizes.append(plan.batch if plan else None)
    assert sizes == [4, 2, 1, None]


def answering(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """A child that does what a driver may do."""
    real = subprocess.Popen
    monkeypatch.setattr(device, "_driver_present", lambda: True)

    def popen(command: list[str], **options: Any) -> Any:
        return real([sys.executable, "-S", "-c", code], **options)

    monkeypatch.setattr(subprocess, "Popen", popen)


def test_the_probe_believes_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, f"print('noise'); print({__import__('json').dumps(GOOD)!r})")
    found = device.probe_cuda()
    assert found.usable
    assert (found.name, found.capability, found.memory_free) == ("Card", (8, 6), 20_000_000_000)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('print(\'{"error": "no usable device"}\')', "no usable device"),
        ("raise SystemExit(3)", "could not be asked"),
        ("print('no json')", "could not be asked"),
    ],
)
def test_a_probe_that_fails_is_a_reason(monkeypatch: pytest.MonkeyPatch, code: str, said: str) -> None:
    answering(monkeypatch, code)
    found = device.probe_cuda()
    assert not found.usable
    assert said in found.reason


def test_a_card_too_new_for_the_kernels_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, f"print({__import__('json').dumps({**GOOD, 'capability': [12, 0]})!r})")
    found = device.probe_cuda()
    assert found.code == "A03"
    assert "(12.0)" in found.reason


def test_a_driver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "import time; time.sleep(60)")
    began = time.monotonic()
    found = device.probe_cuda(seconds=0.3)
    assert found.code == "A04"
    assert time.monotonic() - began < 10


def test_the_probe_can_be_called_off(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(Cancelled):
        device.probe_cuda(cancelled=lambda: True)


def test_no_child_is_started_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a child was started"))
    monkeypatch.setattr(device, "_driver_present", lambda: False)
    assert "driver" in device.probe_cuda().reason
    monkeypatch.setattr(device, "torch_build", lambda: "")
    assert "built for the processor" in device.probe_cuda().reason


def test_the_build_of_torch_is_known_without_importing_it() -> None:
    code = (
        "import sys; from covidviewer.inference.device import torch_build;"
        "print(torch_build()); print('torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")
    import torch

    assert found[0] == (torch.version.cuda or "")
    assert found[1] == "False"
