"""Small envs with known steps, for tests of ``GymnasiumVecEnv``."""

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv

from saccade.envs import GymnasiumVecEnv

N_ENVS = 3
SAME_STEP = {"autoreset_mode": AutoresetMode.SAME_STEP}
MODES = ("sync", "async")


class Walk(gym.Env):
    """A walk on a line. Episodes are terminated, truncated or both, and infos are of every kind."""

    observation_space = spaces.Dict(
        {
            "place": spaces.Box(-100, 100, (2,), np.float32),
            "picture": spaces.Box(0, 255, (40, 36, 3), np.uint8),
            "steps": spaces.Discrete(100),
        }
    )
    action_space = spaces.Discrete(2)
    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, flat=False, render_mode=None):
        self.flat = flat
        self.render_mode = render_mode
        self.speed = 1.0
        if flat:
            self.observation_space = self.observation_space["place"]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = np.zeros(2, dtype=np.float32)
        self.steps = 0
        self.length = int(self.np_random.integers(3, 12))
        return self._observation(), {"length": self.length, "start": "home", "options": str(options)}

    def step(self, action):
        self.steps += 1
        self.place = self.place + np.float32(self.speed) * np.array([1, 2 * action - 1], dtype=np.float32)
        info = {"doubled": 2 * self.steps, "place": self.place.astype(np.float64).repeat(2)[:N_ENVS], "_note": "a note"}
        if self.steps % 2 == 0:
            info |= {"even": True, "nested": {"half": self.steps / 2, "name": f"step {self.steps}"}, "listed": [1] * N_ENVS}
        over = self.steps >= self.length
        terminated, truncated = over and self.length % 3 != 0, over and self.length % 3 != 1
        return self._observation(), float(self.place[1]), terminated, truncated, info

    def render(self):
        return self._picture()

    def travelled(self, times, plus=0.0):
        return times * float(self.place[0]) + plus

    def _picture(self):
        return np.full((40, 36, 3), self.steps, dtype=np.uint8)

    def _observation(self):
        return self.place if self.flat else {"place": self.place, "picture": self._picture(), "steps": self.steps}


class BatchedWalk(VectorEnv):
    """A natively batched env. Each env counts to its length, in one array that every step returns again."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012
    render_mode = "rgb_array"

    def __init__(self, lengths=(2, 3, 5), nested=False):
        self.num_envs = len(lengths)
        self.lengths = np.array(lengths)
        self.nested = nested
        self.speed = 1.0
        box = spaces.Box(0, 255, (2,), np.uint8)
        self.single_observation_space = spaces.Dict({"count": box}) if nested else box
        self.single_action_space = spaces.Discrete(2)
        self.observation_space = gym.vector.utils.batch_space(self.single_observation_space, self.num_envs)
        self.action_space = gym.vector.utils.batch_space(self.single_action_space, self.num_envs)

    def reset(self, *, seed=None, options=None):
        self.counts = np.zeros(self.num_envs, dtype=np.int64)
        lucky = np.full(self.num_envs, 7)
        return self._observations(), {"count": self.counts.copy(), "lucky": lucky, "version": "one for all"}

    def step(self, actions):
        self.counts += 1
        rewards = self.speed * actions
        over = self.counts >= self.lengths
        info = {}
        if over.any():
            info = {"final_obs": self._observations(), "_final_obs": over, "won": 10 * self.counts, "_won": over}
            self.counts[over] = 0
        return self._observations(), rewards, over, np.zeros_like(over), info | {"count": self.counts.copy()}

    def render(self):
        return tuple(np.full((4, 4, 3), count, dtype=np.uint8) for count in self.counts)

    def each_count(self):
        return [int(count) for count in self.counts]

    def total(self, plus=0):
        return int(self.counts.sum()) + plus

    def _observations(self):
        observations = np.stack([self.counts, self.counts], axis=1).astype(np.uint8)
        return {"count": observations} if self.nested else observations


def cartpoles(mode, n_envs=N_ENVS, wrapper=None, **kwargs):
    """CartPoles truncated after 12 steps, so that with random actions some episodes terminate and some are truncated."""
    env = gym.make_vec("CartPole-v1", n_envs, mode, vector_kwargs=SAME_STEP, max_episode_steps=12, **kwargs)
    return GymnasiumVecEnv(env if wrapper is None else wrapper(env))


def one_cartpole():
    return gym.make("CartPole-v1", max_episode_steps=12)


def walks(mode, make_one=Walk, n_envs=N_ENVS):
    return GymnasiumVecEnv({"sync": SyncVectorEnv, "async": AsyncVectorEnv}[mode]([make_one] * n_envs, **SAME_STEP))


def assert_same(ours, theirs, where=""):
    """All entries of dicts, lists and arrays are equal, and so are dtypes."""
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), where
        for key, value in theirs.items():
            assert_same(ours[key], value, f"{where}[{key!r}]")
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    elif isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype, where
        np.testing.assert_array_equal(ours, theirs, err_msg=where)
    else:
        assert ours == theirs, where


def assert_plays_as(ours, theirs, steps=150, seed=11):
    """Both play the same steps with the same seeds and actions. Returns the infos of all ended episodes."""
    assert ours.num_envs == theirs.num_envs
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    assert ours.seed(seed) == theirs.seed(seed)
    assert_same(ours.reset(), theirs.reset(), "first observations")
    assert_same(ours.reset_infos, theirs.reset_infos, "first reset_infos")
    rng = np.random.default_rng(seed)
    ended = []
    for t in range(steps):
        actions = rng.integers(0, 2, ours.num_envs)
        our_step, their_step = ours.step(actions), theirs.step(actions)
        for name, a, b in zip(("observations", "rewards", "dones", "infos"), our_step, their_step, strict=True):
            assert_same(a, b, f"{name} of step {t}")
        assert_same(ours.reset_infos, theirs.reset_infos, f"reset_infos of step {t}")
        ended += [info for info in our_step[3] if "terminal_observation" in info]
    return ended
