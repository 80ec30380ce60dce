"""Two ways of doing the same work, each in a process of its own, timed in turns, so that other load hits both alike."""

import multiprocessing as mp
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import torch as th

from saccade.scripts.door import WAITING

Work = Callable[[], int]  # does a piece of work and says how many units it was
Pairs = list[tuple[float, float]]  # (ours, peer), a pair a round
PATIENCE = 10  # seconds for a side to tidy up


@dataclass(frozen=True)
class Setting:
    """
    :param game: as ``make_atari`` wants it
    :param sb3_id: the same game's gymnasium id for ``make_atari_env``
    :param device: of torch
    :param seconds: of each measurement
    :param rounds: measurements of each side
    :param threads: torch's on the CPU; None for its own choice
    :param in_a_script: whether the sides run without :data:`saccade.scripts.door.WAITING`, which doors set
    """

    game: str
    sb3_id: str
    device: str
    seconds: float
    rounds: int
    threads: int | None = None
    in_a_script: bool = False


Side = Callable[[Setting], AbstractContextManager[Work]]  # of a module, so that another process can import it


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


def in_turns(s: Setting, ours: Side, peer: Side) -> Pairs:
    """
    Units a second of both, a pair a round; each side begins every other round.

    Each side has a process to itself, as its users have: what one does to the allocator or to threads does not touch the other.

    :param s: what both are given
    :param ours: a side
    :param peer: the other
    """
    pairs = []
    with ExitStack() as stack:
        sides = [stack.enter_context(closing(_Process(side, s))) for side in (ours, peer)]
        for side in sides:
            side.answer()  # ready
        for i in range(s.rounds):
            # The two measurements of a pair follow each other at once: load that comes and goes between pairs cancels out.
            rates = {side: side.rate() for side in (sides if i % 2 == 0 else sides[::-1])}
            rate_ours, rate_peer = (rates[side] for side in sides)
            pairs.append((rate_ours, rate_peer))
            say(
                f"  round {i + 1} of {s.rounds}: ours {rate_ours:,.1f}/s, peer {rate_peer:,.1f}/s, "
                f"ratio {rate_ours / rate_peer:.3f}"
            )
    return pairs


@contextmanager
def without(variable: str) -> Iterator[None]:
    """Processes that begin meanwhile do not have a variable of the environment."""
    value = os.environ.pop(variable, None)
    try:
        yield
    finally:
        if value is not None:
            os.environ[variable] = value


class _Process:
    """A side at work in another process; it answers ``None`` when it is ready, then a rate whenever it is asked."""

    def __init__(self, side: Side, s: Setting) -> None:
        self.pipe, theirs = mp.Pipe()
        # Not forked: threads of torch do not live on in a fork.
        self.process = mp.get_context("spawn").Process(target=_serve, args=(side, s, theirs), daemon=True)
        with without(WAITING) if s.in_a_script else nullcontext():
            self.process.start()
        theirs.close()

    def rate(self) -> float:
        """Units a second in a measurement."""
        self.pipe.send("measure")
        return float(self.answer())

    def answer(self) -> Any:
        """:raises RuntimeError: if the side failed"""
        try:
            kind, value = self.pipe.recv()
        except EOFError:
            self.process.join()
            raise RuntimeError(f"a measuring process ended by itself (exit code {self.process.exitcode})") from None
        if kind == "error":
            raise RuntimeError(value)
        return value

    def close(self) -> None:
        with suppress(OSError):  # it may be gone
            self.pipe.send(None)
        self.process.join(PATIENCE)
        self.process.terminate()
        self.process.join()


def _serve(side: Side, s: Setting, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to every process; the one that asks ends the others
    try:
        if s.threads is not None:
            th.set_num_threads(s.threads)
        with side(s) as work:
            work()  # first calls allocate and choose kernels
            pipe.send(("ready", None))
            while pipe.recv():
                units, seconds = timed(work, s.seconds)
                pipe.send(("rate", units / seconds))
    except EOFError:
        pass  # the one that asks is gone
    except Exception:  # a side is any code, also a peer's: all of it goes to the process that asks, which raises it there
        pipe.send(("error", traceback.format_exc()))


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def _wait_for_device() -> None:
    if th.accelerator.is_available():
        th.accelerator.synchronize()


def counted(_: object, units: int) -> int:
    """The units of work that has just been done."""
    return units
