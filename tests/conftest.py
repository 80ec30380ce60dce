"""Fixtures of all folders."""

import pytest
import torch as th

from saccade.envs import GymnasiumVecEnv, make_atari


@pytest.fixture
def one_torch_thread():
    """Small batches on one thread: with more, torch's threads mostly wait for each other on a busy machine."""
    n_threads = th.get_num_threads()
    th.set_num_threads(1)
    yield
    th.set_num_threads(n_threads)


@pytest.fixture
def atari():
    """``make_atari`` whose envs are closed after the test."""
    made = []

    def make(*args, **kwargs) -> GymnasiumVecEnv:
        made.append(make_atari(*args, **kwargs))
        return made[-1]

    yield make
    for env in made:
        env.close()
