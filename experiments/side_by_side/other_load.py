"""How many processors programs other than trainings keep busy."""

import time
from collections.abc import Iterable

import psutil

from ...envs.available_cpus import available_cpus

IDLE = ("idle", "iowait")  # of the system's times; Linux has both
COUNTED_TWICE = ("guest", "guest_nice")  # Linux has them in user and nice as well


class OtherLoad:
    """Reads the system's clocks, and says what others have used between two readings."""

    def __init__(self) -> None:
        self._before = (time.monotonic(), _busy_seconds(), dict[int, float]())

    def since_last(self, trainings: Iterable[int]) -> float:
        """
        Mean number of processors that others have kept busy since this was called last.

        :param trainings: numbers of the processes of trainings, which do not count; neither do their children. One that was not
            among them the last time has used nothing before
        :return: at least 0; 0 where this process may use only a part of the machine's processors, because the load of the other
            part takes nothing from it
        """
        used = {number: _used_seconds(number) for number in set(trainings)}
        now, busy = time.monotonic(), _busy_seconds()
        (then, busy_then, used_then), self._before = self._before, (now, busy, used)
        if available_cpus() < (psutil.cpu_count() or 1) or now <= then:
            return 0.0
        own = sum(seconds - used_then.get(number, seconds) for number, seconds in used.items())
        return max(busy - busy_then - own, 0.0) / (now - then)


def _busy_seconds() -> float:
    times = psutil.cpu_times()._asdict()
    return float(sum(seconds for name, seconds in times.items() if name not in (*IDLE, *COUNTED_TWICE)))


def _used_seconds(number: int) -> float:
    """Seconds that a process and its children have computed; 0 for one that has ended."""
    seconds = 0.0
    try:
        process = psutil.Process(number)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return seconds
    for member in family:
        try:
            seconds += sum(member.cpu_times()[:4])  # its own, and those of children that have ended
        except psutil.Error:
            continue
    return seconds
