"""Fixtures of the envs' tests."""

import pytest

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
