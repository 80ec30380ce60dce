"""How many processors this process may really use."""

import os
from pathlib import Path

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def available_cpus(quota_file: Path = CGROUP_QUOTA) -> int:
    """
    Processors this process may use: its affinity mask, capped by a container's CPU quota.

    ``os.cpu_count`` and ALE's ``num_threads=0`` know of neither and start far too many threads in a container.

    :param quota_file: cgroup v2 file ``"<quota> <period>"``, in microseconds, quota ``max`` for none
    :return: at least 1
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = quota_file.read_text().split()
        if quota != "max":
            cpus = min(cpus, int(quota) // int(period))
    except (OSError, ValueError, ZeroDivisionError):
        pass  # no cgroup v2 here: the mask is all there is
    return max(cpus, 1)
