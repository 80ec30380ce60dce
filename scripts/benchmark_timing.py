"""Two ways of doing the same work, timed in turns, so that whatever else the machine does hits both alike."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch as th

Work = Callable[[], int]  # does a piece of work and says how many units it was
Pairs = list[tuple[float, float]]  # (ours, peer), a pair a round


def timed(work: Work, seconds: float = 0.0) -> tuple[int, float]:
    """
    Repeat work for so long, once at least.

    :param work: what to do
    :param seconds: after which no new piece is begun
    :return: units done, and the seconds they took
    """
    _wait_for_device()
    units, start = 0, time.perf_counter()
    while units == 0 or time.perf_counter() - start < seconds:
        units += work()
    _wait_for_device()
    return units, time.perf_counter() - start


@dataclass(frozen=True)
class Stopwatch:
    """
    :param seconds: of each measurement
    :param rounds: measurements of each side
    """

    seconds: float
    rounds: int

    def alternate(self, ours: Work, peer: Work) -> Pairs:
        """Units a second of both, a pair a round; each side begins every other round."""
        for work in (ours, peer):
            work()  # first calls allocate and choose kernels
        pairs = []
        for i in range(self.rounds):
            # The two measurements of a pair follow each other at once: load that comes and goes between pairs cancels out.
            if i % 2:
                rate_peer, rate_ours = self._rate(peer), self._rate(ours)
            else:
                rate_ours, rate_peer = self._rate(ours), self._rate(peer)
            pairs.append((rate_ours, rate_peer))
            say(f"  round {i + 1} of {self.rounds}: ours {rate_ours:,.1f}/s, peer {rate_peer:,.1f}/s, "
                f"ratio {rate_ours / rate_peer:.3f}")
        return pairs

    def _rate(self, work: Work) -> float:
        units, seconds = timed(work, self.seconds)
        return units / seconds


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def _wait_for_device() -> None:
    if th.accelerator.is_available():
        th.accelerator.synchronize()


def counted(_: object, units: int) -> int:
    """The units of work that has just been done."""
    return units
