"""Runs as processes of this machine."""

import os
import subprocess
from collections.abc import Collection
from dataclasses import replace

import torch as th

from ...envs.available_cpus import available_cpus
from .child import Task, start, stop
from .machines import ROUNDING, Machine, Share

VISIBLE = "CUDA_VISIBLE_DEVICES"


class LocalProcesses:
    """
    An executor whose runs are processes beside this one. GPUs are given out by share; a run sees only its own.

    :param machine: what runs may have; default: the processors and the GPUs that this process may use
    """

    def __init__(self, machine: Machine | None = None) -> None:
        self._machine = machine or Machine(available_cpus(), th.cuda.device_count())
        listed = [one for one in os.environ.get(VISIBLE, "").split(",") if one]
        gpus = int(self._machine.gpus)
        self._gpus = listed if len(listed) == gpus else [str(number) for number in range(gpus)]  # by their names for CUDA
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._taken: dict[str, dict[str, float]] = {}  # share of each GPU that a run has

    def machines(self) -> list[Machine]:
        """This one."""
        return [self._machine]

    def start(self, name: str, task: Task, share: Share) -> None:
        """Start a process."""
        if share.gpus:
            self._taken[name] = self._free_gpus(share.gpus)
            task = replace(task, variables={**task.variables, VISIBLE: ",".join(self._taken[name])})
        try:
            self._processes[name] = start(task)
        except OSError:
            self._taken.pop(name, None)
            raise

    def ended(self) -> list[tuple[str, int | None]]:
        """Those that have ended, with their exit codes; minus the signal for one that was killed."""
        found = [(name, process.returncode) for name, process in self._processes.items() if process.poll() is not None]
        for name, _ in found:
            del self._processes[name]
            self._taken.pop(name, None)
        return [*found]

    def stop(self, names: Collection[str], now: bool) -> None:
        """Send SIGTERM, or kill and wait."""
        stopped = [self._processes[name] for name in names if name in self._processes]
        for process in stopped:
            stop(process, now)
        for process in stopped if now else ():
            process.wait()

    def _free_gpus(self, wanted: float) -> dict[str, float]:
        """GPUs with room: one for a share of up to 1, else several whole ones."""
        used = {gpu: sum(taken.get(gpu, 0) for taken in self._taken.values()) for gpu in self._gpus}
        each = min(wanted, 1.0)
        free = [gpu for gpu in self._gpus if used[gpu] + each <= 1 + ROUNDING]
        fullest = sorted(free, key=lambda gpu: -used[gpu])  # so that whole ones stay free
        return dict.fromkeys(fullest[: max(int(wanted), 1)], each)
