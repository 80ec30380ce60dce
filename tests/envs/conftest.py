"""Fixtures of the envs' tests."""


import pytest
import torch

from saccade.envs import GymnasiumVecEnv, make_atari


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


@pytest.fixture
def one_torch_thread():
    """Threads that wait for each other take most of the time of such small batches on a busy machine."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)
