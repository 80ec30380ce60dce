"""One rule for get_attr, set_attr and env_method: the single envs go first, then the layers of the vector env from outside."""

import gymnasium as gym
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorWrapper

from saccade.envs import GymnasiumVecEnv


class Inner(gym.Wrapper):
    """Has a level of its own."""

    level = 1

    def raised(self, by: int) -> int:
        return self.level + by


class Outer(VectorWrapper):
    """A layer of the vector env with a mood, and with a level that the single envs hide."""

    mood, level = "calm", 100

    def cheered(self, word: str) -> str:
        return f"{word}, {self.mood}"


def made(kind, n_envs: int = 3) -> GymnasiumVecEnv:
    envs = [lambda: Inner(gym.make("CartPole-v1"))] * n_envs
    return GymnasiumVecEnv(Outer(kind(envs, autoreset_mode=AutoresetMode.SAME_STEP)))


@pytest.fixture(params=[SyncVectorEnv, AsyncVectorEnv])
def env(request):
    env = made(request.param)
    yield env
    env.close()


def test_what_a_layer_has_is_got_set_and_called_there(env):
    assert env.get_attr("mood") == ["calm"] * 3
    assert env.env_method("cheered", "hi") == ["hi, calm"] * 3
    env.set_attr("mood", "glad")
    assert env.env.mood == "glad"
    assert env.get_attr("mood") == ["glad"] * 3
    assert env.env_method("cheered", "hi") == ["hi, glad"] * 3


def test_a_layer_belongs_to_all_envs(env):
    with pytest.raises(ValueError, match="cannot set 'mood' on envs \\[1\\] alone"):
        env.set_attr("mood", "glad", indices=1)
    with pytest.raises(ValueError, match="cannot call 'cheered' on envs \\[0\\] alone"):
        env.env_method("cheered", "hi", indices=[0])


def test_single_envs_go_before_the_layers(env):
    env.set_attr("level", 7, indices=[1])
    assert env.get_attr("level") == [1, 7, 1]
    assert env.env_method("raised", 2) == [3, 9, 3]
    assert env.env.level == 100  # not touched


def test_a_new_attribute_goes_to_the_single_envs(env):
    env.set_attr("note", 5, indices=[2])
    assert env.get_attr("note", indices=[2]) == [5]
    env.set_attr("note", 6)  # one of the envs has it, so all get it
    assert env.get_attr("note") == [6] * 3


def test_what_nobody_has():
    env = made(SyncVectorEnv)
    with pytest.raises(AttributeError):
        env.get_attr("colour")
    with pytest.raises(AttributeError):
        env.env_method("painted")
