import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.envs import GazeWrapper, GymnasiumVecEnv
from saccade.envs.actions_from_zero import ActionsFromZero, counted_from_zero
from saccade.experiments.model_envs.model_env import ModelEnv


class Counting(gym.Env):
    """Keeps the actions that it gets, and refuses those that are not its own."""

    def __init__(self, actions: spaces.Space, shape: tuple[int, ...] = (2,)) -> None:
        self.action_space = actions
        self.observation_space = spaces.Box(0, 255, shape, np.uint8 if len(shape) == 3 else np.float32)
        self.taken: list = []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(self.observation_space.shape, self.observation_space.dtype), {}

    def step(self, action):
        assert self.action_space.contains(action), action
        self.taken.append(action)
        return np.zeros(self.observation_space.shape, self.observation_space.dtype), 0.0, len(self.taken) % 5 == 0, False, {}


SPACES = [
    spaces.Discrete(3, start=1),
    spaces.Discrete(4, start=-2),
    spaces.MultiDiscrete([2, 3], start=[5, -1]),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_the_same_number_of_actions_from_zero(space):
    shifted, start = counted_from_zero(space)
    assert not np.any(shifted.start)
    assert np.all(np.asarray(start) == space.start)
    assert shifted.dtype == space.dtype
    for _ in range(20):
        assert space.contains(shifted.sample() + start)


@pytest.mark.parametrize("space", [spaces.Discrete(3), spaces.MultiDiscrete([2, 3]), spaces.Box(0, 1, (2,)), spaces.MultiBinary(3)])
def test_other_spaces_stay_as_they_are(space):
    assert counted_from_zero(space) == (space, 0)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_sb3_plays_every_action_and_no_other(space):
    """Through the adapter of vector envs, and through the wrapper of single ones."""
    for wrapped in (
        GymnasiumVecEnv(SyncVectorEnv([lambda: Counting(space)], autoreset_mode=AutoresetMode.SAME_STEP)),
        DummyVecEnv([lambda: ActionsFromZero(Counting(space))]),
    ):
        A2C("MlpPolicy", wrapped, n_steps=8, seed=0, device="cpu").learn(64)
        (taken,) = wrapped.get_attr("taken")
        low = np.min([np.asarray(action) for action in taken], axis=0)
        assert (low == space.start).all()


def test_a_gaze_does_not_move_the_actions():
    env = GazeWrapper(Counting(spaces.Discrete(3, start=1), (40, 40, 1)), tiles=2)
    env.reset(seed=0)
    for action in ([0, 3], [2, 0]):
        env.step(np.array(action))
    assert [int(action) for action in env.unwrapped.taken] == [1, 3]


def test_a_model_plays_as_it_was_trained():
    """One that counts from 0 is shifted. One of SB3's own, which ignores `start`, sends what it sent in training."""
    gym.register("Counting-v0", lambda render_mode=None: Counting(spaces.Discrete(3, start=1)))
    try:
        ours = PPO("MlpPolicy", DummyVecEnv([lambda: ActionsFromZero(Counting(spaces.Discrete(3, start=1)))]), device="cpu")
        env = ModelEnv.for_policy(ours.policy, "Counting-v0", {}, {}).make(1, 0, None)
        env.reset()
        env.step(np.array([2]))
        assert [int(action) for action in env.get_attr("taken")[0]] == [3]
        raw = PPO("MlpPolicy", DummyVecEnv([lambda: Counting(spaces.Discrete(3, start=1))]), device="cpu")
        assert ModelEnv.for_policy(raw.policy, "Counting-v0", {}, {}).make(1, 0, None).action_space == spaces.Discrete(3, start=1)
    finally:
        del gym.registry["Counting-v0"]
