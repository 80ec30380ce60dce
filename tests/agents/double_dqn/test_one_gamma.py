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


@pytest.mark.parametrize("kwargs", [{"n_steps": 3}, {"n_steps": 3, "gamma": 0.8}])
def test_a_loaded_model_may_get_another_one(tmp_path, kwargs):
    before = model(gamma=0.8, replay_buffer_kwargs=kwargs)
    before.save(tmp_path / "model")
    before.save_replay_buffer(tmp_path / "buffer")
    assert DoubleDQN.load(tmp_path / "model").replay_buffer.gamma == 0.8
    loaded = DoubleDQN.load(tmp_path / "model", gamma=0.7)
    assert loaded.replay_buffer.gamma == loaded.gamma == 0.7
    loaded.load_replay_buffer(tmp_path / "buffer")  # its file has the old one
    assert loaded.replay_buffer.gamma == 0.7
    loaded.save(tmp_path / "model")
    assert DoubleDQN.load(tmp_path / "model").replay_buffer.gamma == 0.7


@pytest.mark.filterwarnings("ignore:.n_steps=3. is ignored")  # SB3 says it of every loaded model with several steps
def test_sb3s_own_buffer_gets_the_one_that_a_loaded_model_gets(tmp_path):
    DoubleDQN("MlpPolicy", "CartPole-v1", device="cpu", buffer_size=10, n_steps=3).save(tmp_path / "model")
    assert DoubleDQN.load(tmp_path / "model", gamma=0.7).replay_buffer.gamma == 0.7
