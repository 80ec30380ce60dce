"""A small DoubleDQN."""

import pytest

from saccade.agents import DoubleDQN


@pytest.fixture
def double_dqn():
    """A function that makes a small, reproducible agent: ``double_dqn(policy, env, **arguments)``."""

    def make(policy, env, **arguments) -> DoubleDQN:
        defaults = {
            "buffer_size": 500,
            "learning_starts": 40,
            "batch_size": 16,
            "train_freq": 1,
            "seed": 0,
            "compile": False,
            "autocast": False,
        }
        return DoubleDQN(policy, env, **{**defaults, **arguments})

    return make
