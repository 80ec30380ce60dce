"""How many threads a training takes."""

import math
import os
import time
from contextlib import ExitStack

import torch as th
from stable_baselines3.common.callbacks import BaseCallback

from ...envs.available_cpus import available_cpus
from ..process_state import Restorable
from ..reporting import Reporter
from .other_load import OtherLoad
from .seats import process_of, seat

PAUSE = 5.0  # seconds between two looks at the others
THREADS = Restorable(th.get_num_threads, th.set_num_threads)  # the user's number comes back at the end


def fair_threads(cpus: int, trainings: int, place: int, others: float) -> int:
    """
    The number of threads of one of several trainings.

    More threads than free processors make each training many times slower: the threads of one wait for each other, and those that
    wait keep the processors from those that are waited for.

    :param cpus: processors
    :param trainings: that share them, at least 1
    :param place: of this one among them, from 0; the first ones get what is left after an even division
    :param others: processors that other programs keep busy
    :return: at least 1
    """
    free = max(cpus - round(others), 1)
    return max(free // trainings + (place < free % trainings), 1)


class ThreadShare(BaseCallback):
    """
    Gives torch as many threads as others leave free, and looks again every few seconds.

    It is a context as well: the training is counted while the block runs. Then torch has its former number of threads again.

    :param threads: fixed number; None: chosen. A number that the user has put into the variable ``OMP_NUM_THREADS`` is fixed, too
    :param on_processor: whether the networks compute on the processor; if not, the number stays as it is
    :param reporter: gets a line when the number changes
    """

    def __init__(self, threads: int | None, on_processor: bool, reporter: Reporter) -> None:
        super().__init__()
        self._threads, self._reporter = threads, reporter
        self._chooses = threads is None and on_processor and "OMP_NUM_THREADS" not in os.environ
        self._at_end = ExitStack()

    def __enter__(self) -> "ThreadShare":
        THREADS.begin()
        self._at_end.callback(THREADS.end)
        self._seats = self._at_end.enter_context(seat())
        self._load, self._last_others = OtherLoad(), math.inf
        if self._threads is not None:
            _set_threads(self._threads)
        return self

    def __exit__(self, *exception: object) -> None:
        self._at_end.close()

    def look(self) -> None:
        """See who else is there, and take what is left."""
        taken = self._seats.taken()
        others = self._load.since_last(map(process_of, taken))
        lasting, self._last_others = min(others, self._last_others), others  # a program that runs for a moment changes nothing
        cpus = available_cpus()
        threads = fair_threads(cpus, len(taken), taken.index(self._seats.own), lasting)
        if threads != th.get_num_threads():
            _set_threads(threads)
            self._reporter.say(f"threads: {threads} ({cpus} processors, {_beside(len(taken) - 1, lasting)})")
        self._looked = time.monotonic()

    def _on_training_start(self) -> None:
        if self._chooses:
            self.look()

    def _on_rollout_start(self) -> None:
        if self._chooses and time.monotonic() - self._looked > PAUSE:
            self.look()

    def _on_step(self) -> bool:
        return True


def _set_threads(number: int) -> None:
    th.set_num_threads(number)
    THREADS.seen.append(number)


def _beside(trainings: int, others: float) -> str:
    told = f"{trainings} other training{'' if trainings == 1 else 's'}"
    return told + (f" and {others:.0f} busy with other programs" if round(others) else "")
