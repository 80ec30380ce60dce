"""Where and with what a result came about: the commit, the machine, the versions."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch as th
from stable_baselines3.common.utils import get_device

from ..envs.available_cpus import available_cpus

HERE = Path(__file__).resolve()


def installed(package: str) -> str | None:
    """Its version, or None if it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def commit(checkout: Path | None = None) -> str | None:
    """
    A checkout's commit, with ``+dirty`` where tracked files differ from it.

    :param checkout: a folder in it; None for that of saccade
    :return: None outside git, and where saccade is installed in a folder of another project
    """
    asked = [("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no")]
    if checkout is None:
        asked.append(("ls-files", "--error-unmatch", HERE.name))
    git = ("git", "--no-optional-locks", "-C", str(checkout or HERE.parent))
    try:
        head, changes, *_ = (
            subprocess.run([*git, *command], capture_output=True, text=True, check=True).stdout.strip() for command in asked
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+dirty" if changes else "")


def hardware(device: str) -> dict[str, Any]:
    """CPU model, processors this process may use, how busy they are already, and the device and threads of torch."""
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [
            line.split(":", 1)[1].strip()
            for line in cpuinfo.read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ]
        cpu = models[0] if models else cpu
    on = get_device(device)
    return {
        "cpu": cpu,
        "cores": available_cpus(),
        "load": os.getloadavg()[0],
        "torch_threads": th.get_num_threads(),
        "device": th.cuda.get_device_name(on) if on.type == "cuda" else on.type,
    }
