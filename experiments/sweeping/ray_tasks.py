"""Runs as tasks of a Ray cluster. The processes that Ray starts only watch over a run, which is a process of its own."""

import os
import shutil
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...saliency.errors import first_line
from ...saliency.whole_file import write_text
from ..errors import SweepError
from . import child
from .child import NOT_SHARED, NOW, STOP, STOPPED_FIRST, Task, run_elsewhere, sees
from .cluster_address import check_listens
from .machines import Machine, Share
from .scheduling import LOST

PATIENCE = 60.0  # seconds for each node to say whether it sees the folder
KILLED_WITHIN = 5.0  # seconds, of runs that end at once
PASSED_ON = ("SACCADE_", "WANDB_", "PYTHONPATH")  # beginnings of variables that runs get on every node
KEPT_HERE = ("WANDB_API_KEY",)  # log in on each node


class RayTasks:
    """
    An executor on a Ray cluster: the one at an address, else the one of ``RAY_ADDRESS`` or of this machine, else a new one here.

    All nodes must see the folder of the sweep under the same path. A run whose node or worker dies is reported as lost; started
    again, it goes on from its run folder.

    :param folder: of the sweep, absolute
    :param mark: file in it by which nodes recognise it
    :param stops: folder in it for files that tell runs to stop
    :param address: of the cluster
    :raises SweepError: if Ray is not installed or the cluster cannot be reached
    """

    def __init__(self, folder: Path, mark: Path, stops: Path, address: str | None = None) -> None:
        self._ray = _ray()
        self._folder, self._mark, self._stops = folder, mark, stops
        self._began = not self._ray.is_initialized()
        if self._began:
            self._connect(address)
        self._ray.cloudpickle.register_pickle_by_value(child)  # workers do not load our packages
        self._run = self._ray.remote(run_elsewhere)
        self._look = self._ray.remote(sees)
        self._nodes: list[dict[str, Any]] = []
        self._asked_at = -1.0
        self._names: dict[Any, str] = {}  # of the runs, by reference of their task
        self._sizes: dict[str, tuple[Path, int]] = {}  # of the logs before their runs were handed in

    def _connect(self, address: str | None) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # we hide GPUs ourselves, and Ray warns about it
        given = address or os.environ.get("RAY_ADDRESS")
        if given:
            check_listens(given)
        try:
            if not given:
                self._ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
            else:
                self._ray.init(address=given, log_to_driver=False, logging_level="error")
        except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
            raise SweepError(f"the Ray cluster {given or ''} cannot be reached: {first_line(error)}") from error

    def check_shared(self, token: str) -> None:
        """
        Check that each node sees the folder.

        :param token: what the mark holds
        :raises SweepError: if one does not
        """
        on_node = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        asked = {
            self._look.options(num_cpus=0, scheduling_strategy=on_node(node["NodeID"], soft=False)).remote(
                str(self._mark), token
            ): node
            for node in self._alive()
        }
        ready, _ = self._ray.wait(list(asked), num_returns=len(asked), timeout=PATIENCE)
        for reference in asked:
            try:
                seen = reference not in ready or self._ray.get(reference)
            except self._ray.exceptions.RayError:  # the node has just gone, or is busy: its runs look again
                seen = True
            if not seen:
                raise not_shared(self._folder, str(asked[reference]["NodeManagerAddress"]))

    def machines(self) -> list[Machine]:
        """The nodes that are alive, as of a second ago at most."""
        found = [node["Resources"] for node in self._alive()]
        return [Machine(resources.get("CPU", 0), resources.get("GPU", 0)) for resources in found]

    def start(self, name: str, task: Task, share: Share) -> None:
        """Hand a run in. Ray starts it where there is room."""
        log, stop_file = Path(task.log), self._stops / name
        stop_file.unlink(missing_ok=True)
        self._sizes[name] = log, _size(log)
        passed = {key: value for key, value in os.environ.items() if key.startswith(PASSED_ON) and key not in KEPT_HERE}
        task = replace(task, variables={**passed, **task.variables})
        options = {"num_cpus": share.cpus, "num_gpus": share.gpus, "max_retries": 0, "name": name}
        mark = (str(self._mark), self._mark.read_text(encoding="utf-8"), str(stop_file))
        self._names[self._run.options(**options).remote(task, *mark)] = name

    def ended(self) -> list[tuple[str, int | None]]:
        """
        Those that have ended.

        :raises SweepError: if a node does not see the folder
        """
        if not self._names:
            return []
        ready, _ = self._ray.wait(list(self._names), num_returns=len(self._names), timeout=0)
        found: list[tuple[str, int | None]] = []
        for reference in ready:
            name = self._names.pop(reference)
            try:
                code = self._ray.get(reference)
            except self._ray.exceptions.TaskCancelledError:
                code = 0  # nothing was started
            except self._ray.exceptions.RayTaskError:  # raised by our own code on the node
                raise
            except self._ray.exceptions.RayError:  # of its worker, its node, or the memory of the node
                code = LOST
            if code == NOT_SHARED:
                raise not_shared(self._folder, "a node")
            found.append((name, 0 if code == STOPPED_FIRST else code))
        return found

    def stop(self, names: Collection[str], now: bool) -> None:
        """Runs that wait for room are taken back; the others read their files."""
        stopped = [reference for reference, name in self._names.items() if name in names]
        for reference in stopped:
            name = self._names[reference]
            self._stops.mkdir(exist_ok=True)
            write_text(self._stops / name, NOW if now else STOP)
            log, before = self._sizes[name]
            if _size(log) == before:
                self._ray.cancel(reference)
        if now and stopped:
            self._ray.wait(stopped, num_returns=len(stopped), timeout=KILLED_WITHIN)

    def close(self) -> None:
        """Leave the cluster, if this has joined it. What is still running there ends with it."""
        if self._began:
            self._ray.shutdown()
        shutil.rmtree(self._stops, ignore_errors=True)

    def _alive(self) -> list[dict[str, Any]]:
        if time.monotonic() - self._asked_at > 1:
            self._nodes, self._asked_at = [node for node in self._ray.nodes() if node["Alive"]], time.monotonic()
        return self._nodes


def not_shared(folder: Path, node: str) -> SweepError:
    """What to say of a node that does not see the folder of the sweep."""
    return SweepError(
        f"{node} does not see {folder}: a sweep on several nodes needs storage that all of them share, under one path; "
        "choose an output there"
    )


def _ray() -> Any:
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise SweepError("Ray is not installed; pip install 'saccade-rl[sweep]', or leave --executor ray out") from error
    return ray


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
