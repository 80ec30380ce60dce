"""How many processors this process may use."""

import os
from pathlib import Path

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def available_cpus(quota_file: Path = CGROUP_QUOTA) -> int:
    """
    Number of processors in the affinity mask of this process, capped by the CPU quota of its container.

    ``os.cpu_count`` and ALE's ``num_threads=0`` ignore both, so in a container they start far too many threads.

    :param quota_file: cgroup v2 file with ``"<quota> <period>"`` in microseconds; the quota is ``max`` if there is none
    :return: at least 1
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = quota_file.read_text(encoding="utf-8").split()
        if quota != "max":
            cpus = min(cpus, int(quota) // int(period))
    except (OSError, ValueError, ZeroDivisionError):
        pass  # no cgroup v2 here: only the mask counts
    return max(cpus, 1)
