"""Sets up a checkout: virtual environment, system libraries of Qt on Debian, pinned packages. Standard library only.

``make setup`` runs it. Settings come from the environment:

TORCH=none      the viewer alone, no networks (about 0.65 GB less than with them)
TORCH_INDEX=URL an index with CPU builds of torch, where the ordinary one would give the CUDA build
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV", ROOT / ".venv"))
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "covidviewer-setup"

#: What Qt's offscreen and xcb plugins load on Debian 12 and Ubuntu 22.04, and a font to draw text with.
DEBIAN = [
    *("libegl1", "libgl1", "libglib2.0-0", "libfontconfig1", "libfreetype6", "libxkbcommon0", "libdbus-1-3"),
    *("fonts-dejavu-core", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-image0"),
    *("libxcb-render-util0", "libxcb-shape0", "libxcb-xkb1", "libxkbcommon-x11-0", "libx11-xcb1"),
]


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(c) for c in command], check=True, text=True, **options)  # type: ignore[call-overload]


def digest() -> str:
    """Changes when a new setup is needed."""
    parts = [(ROOT / n).read_bytes() for n in ("pyproject.toml", "constraints.txt", "tools/setup.py")]
    parts.append(os.environ.get("TORCH", "").encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def missing_debian() -> list[str]:
    """Packages of `DEBIAN` that are not installed; empty elsewhere than on Debian."""
    if not shutil.which("dpkg-query"):
        return []
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *DEBIAN],
        text=True,
        capture_output=True,
        check=False,
    ).stdout
    have = {line.split()[0].removesuffix("t64") for line in shown.splitlines() if line.endswith(" installed")}
    return [name for name in DEBIAN if name not in have]


def system_libraries() -> None:
    missing = missing_debian()
    if not missing:
        return
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
            say(f"these system libraries of Qt are missing; please run: sudo apt-get install {' '.join(missing)}")
            return
        command = ["sudo", "-n", *command]
    say(f"installing {len(missing)} system libraries of Qt")
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    try:
        run(*command[: command.index("apt-get")], "apt-get", "update", "-qq", **quiet)
        run(*command, **quiet)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        say(f"that failed ({error}); Qt may not start until they are there: {' '.join(missing)}")


def warn_of_size(pip: list[str]) -> None:
    """Say before it happens when the index would give the CUDA build of torch."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [*pip, "install", "--dry-run", "-q", "--report", str(report), "-c", "constraints.txt", "torch"],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if done.returncode or not report.exists():
            return
        names = [item["metadata"]["name"] for item in json.loads(report.read_text())["install"]]
    heavy = [n for n in names if n.startswith(("nvidia-", "cuda-", "triton"))]
    if heavy:
        say(
            f"the package index gives the CUDA build of torch: {len(heavy)} more packages, about 3 GB to download and "
            "6 GB on disk. Ctrl+C now to avoid it, then: TORCH_INDEX=<an index with CPU builds> make setup, "
            "or TORCH=none make setup for the viewer without networks."
        )


def main() -> int:
    if STAMP.exists() and STAMP.read_text() == digest():
        return 0
    if sys.version_info < (3, 11):  # noqa: UP036  this file runs on whatever python3 is
        say(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; call make PYTHON=python3.11 ...")
        return 2
    system_libraries()
    if not PYTHON.exists():
        say(f"making the virtual environment {VENV.name}")
        venv.create(VENV, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    torch = os.environ.get("TORCH", "")
    extras = "test,lint" if torch == "none" else "ai,train,test,lint,bench"
    if torch != "none":
        index = os.environ.get("TORCH_INDEX")
        if index:
            run(*pip, "install", "-q", "-c", "constraints.txt", "--index-url", index, "torch", cwd=ROOT)
        else:
            warn_of_size(pip)
    say("installing packages (about 2.7 GB on disk with the CPU build of torch)")
    run(*pip, "install", "-q", "-c", "constraints.txt", "-e", f".[{extras}]", cwd=ROOT)
    STAMP.write_text(digest())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
