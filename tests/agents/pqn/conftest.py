"""A small PQN."""

import pytest

from saccade.agents import PQN


@pytest.fixture
def pqn(cartpole):
    """A function that makes a small, reproducible agent: ``pqn(policy, env, **arguments)``, by default on 4 CartPoles."""

    def make(policy="MlpPolicy", env=None, **arguments) -> PQN:
        defaults = {"n_steps": 8, "batch_size": 16, "seed": 0, "compile": False, "autocast": False}
        return PQN(policy, env or cartpole(4), **{**defaults, **arguments})

    return make
