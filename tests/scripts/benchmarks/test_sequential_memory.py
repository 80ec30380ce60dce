"""How much a process grows at its peak: its own growth, and the end of a process that cannot measure it."""

import multiprocessing as mp
from multiprocessing.connection import Connection

import numpy as np
import pytest

from saccade.scripts.benchmarks import saliency
from saccade.scripts.benchmarks.timing import Setting

SIZE = 300_000_000  # bytes


def grow(pipe: Connection) -> None:
    before = saliency.peak_memory()
    np.ones(SIZE // 8)
    pipe.send(saliency.peak_memory() - before)


def test_growth_is_of_the_process_itself_and_not_of_the_one_that_started_it():
    """What the kernel calls ``ru_maxrss`` begins with what the parent had: then a smaller child does not grow at all."""
    large = np.ones(4 * SIZE // 8)
    pipe, theirs = mp.Pipe()
    process = mp.get_context("spawn").Process(target=grow, args=(theirs,))
    process.start()
    theirs.close()
    grown = pipe.recv()
    process.join()
    assert large.all()
    assert grown == pytest.approx(SIZE, rel=0.1)


def test_a_process_that_fails_is_told_and_not_waited_for():
    setting = Setting("No Such Game", "NoSuchGameNoFrameskip-v4", "cpu", 0.0, 1)
    with pytest.raises(RuntimeError, match=r"ended by itself \(exit code 1\)"):
        saliency.sequential_memory(setting)
