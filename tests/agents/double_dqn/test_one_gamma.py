"""The discount factor of returns over several steps is that of the values after them."""

import pytest
from gymnasium import spaces
from stable_baselines3.common.buffers import ReplayBuffer

from saccade.agents import DoubleDQN, FrameReplayBuffer
from saccade.experiments import AGENTS, ConfigError, RunConfig
from saccade.experiments.setup.models import build_model


class Buffer(ReplayBuffer):
    """SB3's, which keeps the discount factor that it gets."""

    def __init__(self, *args, n_steps: int = 1, gamma: float = 0.5, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.gamma = gamma


def model(**arguments) -> DoubleDQN:
    return DoubleDQN("MlpPolicy", "CartPole-v1", device="cpu", buffer_size=10, replay_buffer_class=Buffer, **arguments)


def test_the_buffer_gets_it_where_nothing_else_is_said():
    kwargs = {"n_steps": 3}
    assert model(gamma=0.8, replay_buffer_kwargs=kwargs).replay_buffer.gamma == 0.8
    assert kwargs == {"n_steps": 3}
    assert model(gamma=0.8, replay_buffer_kwargs={"n_steps": 3, "gamma": 0.8}).replay_buffer.gamma == 0.8


def test_two_different_ones_are_refused():
    with pytest.raises(ValueError, match=r"gamma is 0.99, but replay_buffer_kwargs has gamma 0.9; they are one number"):
        model(replay_buffer_kwargs={"n_steps": 3, "gamma": 0.9})


def test_a_hyperparameter_file_with_two_is_a_users_mistake(atari):
    changes = {"buffer_size": 200, "replay_buffer_kwargs": {"n_steps": 3, "gamma": 0.9}}
    fitted = RunConfig(env="Breakout", agent="dueling-dqn", set=changes, n_envs=2).fitted
    with pytest.raises(ConfigError, match="they are one number"):
        build_model(AGENTS["dueling-dqn"], fitted, atari("Breakout", 2), 0, "cpu")
    assert FrameReplayBuffer(9, spaces.Box(0, 255, (4, 8, 8), "uint8"), spaces.Discrete(2), n_steps=3).gamma == 0.99
