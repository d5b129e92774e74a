"""Which devices there are, which one to use, and what to do when one is full. Imports neither torch nor OpenVINO.

CUDA is looked at in a child process with a time limit: a driver that hangs after standby must not hang the viewer.
Where torch has no CUDA build or the machine no driver, no child is started at all.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from covidviewer.errors import Cancelled, DeviceError
from covidviewer.inference.results import Choice

#: Seconds that the graphics driver may take to answer.
PROBE_SECONDS = 15.0
CPU_BATCH = 8
CUDA_BATCH = 32
#: Graphics memory for the widest shipped network: context and weights, and each image of a batch, in bytes.
CUDA_FIXED = 1.0e9
CUDA_PER_IMAGE = 6.0e7


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the reader should know about the device; ``code`` as in the table of messages (UX 11)."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Cuda:
    """What the probe found. ``reason`` says why the card is not used, "" when it can be.

    memory_free, memory_total : bytes. capability : (major, minor).
    """

    name: str = ""
    capability: tuple[int, int] = (0, 0)
    memory_free: int = 0
    memory_total: int = 0
    bfloat16: bool = False
    reason: str = ""
    code: str = ""

    @property
    def usable(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """What to run on. device : "cpu" or "cuda"; engine : "openvino" or "torch"; batch : slices in a unit.

    steps : how often the plan was lowered already (see `step_down`).
    """

    device: str
    engine: str
    precision: str
    batch: int
    notices: tuple[Notice, ...] = ()
    steps: int = 0


def torch_build() -> str | None:
    """CUDA version that torch was built for, "" for a CPU build, None without torch. Does not import it."""
    spec = find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        text = Path(spec.submodule_search_locations[0], "version.py").read_text("utf-8")
    except OSError:
        return ""
    found = re.search(r"^cuda\b[^=]*=\s*['\"]([\d.]+)['\"]", text, re.MULTILINE)
    return found.group(1) if found else ""


def has_openvino() -> bool:
    """Whether OpenVINO is installed. Does not import it."""
    return find_spec("openvino") is not None


def _driver_present() -> bool:
    if sys.platform == "win32":
        return Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvcuda.dll").exists()
    return any(Path(p).exists() for p in ("/dev/nvidiactl", "/dev/nvidia0", "/proc/driver/nvidia/version", "/dev/dxg"))


def probe_cuda(seconds: float = PROBE_SECONDS, cancelled: Callable[[], bool] | None = None) -> Cuda:
    """Ask for the graphics card.

    Parameters
    ----------
    seconds
        Time limit for the child.
    cancelled
        Looked at while it runs; True ends it, and `Cancelled` is raised.

    Returns
    -------
    Cuda
        With a reason where it cannot be used.
    """
    build = torch_build()
    if build is None:
        return Cuda(reason="PyTorch is not installed.")
    if not build:
        return Cuda(reason="This PyTorch is built for the processor alone.")
    if not _driver_present():
        return Cuda(reason="No NVIDIA graphics driver is installed.")
    command = [sys.executable, "-m", "covidviewer.inference.device"]
    try:
        return _judged(json.loads(_answer(command, seconds, cancelled).strip().splitlines()[-1]))
    except subprocess.TimeoutExpired:
        text = "The graphics driver did not answer in 15 s (often after standby). Using the processor."
        return Cuda(reason=text, code="A04")
    except (OSError, ValueError, IndexError, KeyError):
        return Cuda(reason="The graphics card could not be asked. Using the processor.", code="A04")


def _answer(command: list[str], seconds: float, cancelled: Callable[[], bool] | None) -> str:
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    quiet = subprocess.DEVNULL
    end = time.monotonic() + seconds
    with subprocess.Popen(command, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, creationflags=flags) as child:
        while True:
            try:
                output, _ = child.communicate(timeout=0.1)
                return output.decode()
            except subprocess.TimeoutExpired:
                called_off = cancelled is not None and cancelled()
                if called_off or time.monotonic() > end:
                    child.kill()
                    if called_off:
                        raise Cancelled() from None
                    raise


def _judged(answer: dict[str, object]) -> Cuda:
    if answer.get("error"):
        return Cuda(reason=f"CUDA cannot be used here ({answer['error']}).")
    major, minor = (int(v) for v in answer["capability"])  # type: ignore[attr-defined]
    card = Cuda(
        name=str(answer["name"]),
        capability=(major, minor),
        memory_free=int(str(answer["free"])),
        memory_total=int(str(answer["total"])),
        bfloat16=bool(answer["bfloat16"]),
    )
    architectures = [str(a) for a in answer["architectures"]]  # type: ignore[attr-defined]
    if not kernels_fit((major, minor), architectures):
        text = f"This graphics card ({major}.{minor}) does not fit the installed CUDA kernels. Using the processor."
        return replace(card, reason=text, code="A03")
    return card


def kernels_fit(capability: tuple[int, int], architectures: Sequence[str]) -> bool:
    """Whether a build can run on a card.

    Compiled kernels (``sm_86``) run on cards of the same major number with the same or a higher minor one;
    intermediate code (``compute_90``) on any later card.
    """
    major, minor = capability
    for name in architectures:
        found = re.fullmatch(r"(sm|compute)_(\d+)(\d)[a-z]?", name)
        if not found:
            continue
        kind, m, n = found.group(1), int(found.group(2)), int(found.group(3))
        if (kind == "sm" and m == major and n <= minor) or (kind == "compute" and (m, n) <= (major, minor)):
            return True
    return False


def choose(choice: Choice, cuda: Cuda | None = None, cpu_bfloat16: bool | None = None) -> DevicePlan:
    """What to run on, for what the reader chose.

    Parameters
    ----------
    choice
        Device and precision, each may be "auto".
    cuda
        What the probe found; probed here when None and wanted.
    cpu_bfloat16
        Whether the processor computes in bfloat16; asked of OpenVINO when None and wanted.

    Raises
    ------
    DeviceError
        Neither torch nor OpenVINO is installed, or the device or the precision is none that we know.
    """
    if choice.device not in ("auto", "cpu", "cuda"):
        raise DeviceError(f"There is no device called {choice.device}.", advice="There are: auto, cpu, cuda.")
    if choice.precision not in ("auto", "float32", "bfloat16"):
        raise DeviceError(
            f"There is no precision called {choice.precision}.", advice="There are: auto, float32, bfloat16."
        )
    if torch_build() is None and not has_openvino():
        raise DeviceError(
            "The second reading needs PyTorch and OpenVINO, which are not installed.",
            advice='Install them with: pip install "covidviewer[ai]".',
        )
    notices: list[Notice] = []
    if choice.device != "cpu":
        card = probe_cuda() if cuda is None else cuda
        if card.usable:
            return _cuda_plan(choice, card)
        if choice.device == "cuda" or card.code:
            notices.append(Notice(card.reason, card.code))
    return _cpu_plan(choice, cpu_bfloat16, notices)


def _cuda_plan(choice: Choice, card: Cuda) -> DevicePlan:
    precision = choice.precision
    notices: list[Notice] = []
    if precision == "auto":
        # Three more bits than bfloat16, and activations stay far below its limit. Not measured on a card.
        precision = "float16" if card.capability >= (7, 0) else "float32"
    elif precision == "bfloat16" and not card.bfloat16:
        notices.append(Notice("This graphics card has no bfloat16; float32 is used."))
        precision = "float32"
    batch = CUDA_BATCH
    while batch > 1 and card.memory_free < CUDA_FIXED + batch * CUDA_PER_IMAGE:
        batch //= 2
    if batch < CUDA_BATCH:
        need, free = (CUDA_FIXED + CUDA_BATCH * CUDA_PER_IMAGE) / 1e9, card.memory_free / 1e9
        text = f"Graphics memory is not enough (needs {need:.1f} GB, {free:.1f} GB free)."
        notices.append(Notice(f"{text} Continuing with smaller batches.", "A01"))
    return DevicePlan("cuda", "torch", precision, batch, tuple(notices))


def _cpu_plan(choice: Choice, bfloat16: bool | None, notices: Sequence[Notice] = (), steps: int = 0) -> DevicePlan:
    found = list(notices)
    if not has_openvino():
        if choice.precision == "bfloat16":
            found.append(Notice("Without OpenVINO the processor computes in float32."))
        return DevicePlan("cpu", "torch", "float32", CPU_BATCH, tuple(found), steps)
    precision = "float32"
    if choice.precision != "float32":
        if bfloat16 is None:
            from covidviewer.inference.engines.openvino_engine import supports_bfloat16

            bfloat16 = supports_bfloat16()
        if bfloat16:
            precision = "bfloat16"
        elif choice.precision == "bfloat16":
            found.append(Notice("This processor has no bfloat16; float32 is used."))
    return DevicePlan("cpu", "openvino", precision, CPU_BATCH, tuple(found), steps)


def step_down(plan: DevicePlan, choice: Choice) -> DevicePlan | None:
    """The next rung after "out of memory": batch halved twice, lower precision, the processor, batch 1; then None.

    The notice of each step says what happens; the first plan comes back with the next run (no restart).
    """
    steps = plan.steps + 1
    if plan.device == "cpu":
        if plan.batch <= 1:
            return None
        text = "Memory is not enough. Continuing with smaller batches."
        return replace(plan, batch=plan.batch // 2, notices=(Notice(text, "A01"),), steps=steps)
    if plan.steps < 2 and plan.batch > 1:
        text = f"Graphics memory is not enough. Continuing with smaller batches ({plan.batch // 2})."
        return replace(plan, batch=plan.batch // 2, notices=(Notice(text, "A01"),), steps=steps)
    if plan.precision == "float32" and choice.precision == "auto":
        text = "Graphics memory is not enough. Continuing in half precision."
        return replace(plan, precision="float16", notices=(Notice(text, "A01"),), steps=max(steps, 3))
    text = "Graphics memory is not enough. Continuing on the processor, which takes longer."
    return _cpu_plan(choice, None, (Notice(text, "A02"),), max(steps, 4))


def fall_back(choice: Choice) -> DevicePlan:
    """The processor, after the graphics card failed in some other way than by being full."""
    text = "The graphics card failed. Continuing on the processor, which takes longer."
    return _cpu_plan(choice, None, (Notice(text, "A02"),), 4)


def _child() -> None:
    """What the probe's child prints: one line of JSON."""
    answer: dict[str, object] = {}
    try:
        import torch

        if not torch.cuda.is_available():
            answer["error"] = "no usable device"
        else:
            properties = torch.cuda.get_device_properties(0)
            free, total = torch.cuda.mem_get_info(0)
            answer = {
                "name": properties.name,
                "capability": [properties.major, properties.minor],
                "free": free,
                "total": total,
                "architectures": torch.cuda.get_arch_list(),
                "bfloat16": properties.major >= 8,
            }
            torch.ones(8, 8, device="cuda").matmul(torch.ones(8, 8, device="cuda")).cpu()
    except (ImportError, OSError, RuntimeError) as error:
        # A card without kernels fails in the product; what was learnt before decides the message.
        if "architectures" not in answer:
            answer["error"] = type(error).__name__
    print(json.dumps(answer))


if __name__ == "__main__":
    _child()
