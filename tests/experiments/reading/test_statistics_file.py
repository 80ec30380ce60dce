"""Statistics of VecNormalize are read as data, and are those that SB3 reads."""

import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.envs import SimpleMultiObsEnv
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from saccade.experiments import ConfigError
from saccade.experiments.reading.statistics_file import read_statistics


def pendulum() -> DummyVecEnv:
    return DummyVecEnv([lambda: gym.make("Pendulum-v1")])


def mixed() -> DummyVecEnv:
    return DummyVecEnv([SimpleMultiObsEnv])


class OneNumber(gym.Env):
    """Observations of no axes."""

    observation_space = spaces.Box(-1, 1, (), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.float32(self.np_random.random()), {}

    def step(self, action):
        return np.float32(self.np_random.random()), 0.0, False, False, {}


def saved(env: DummyVecEnv, path, **arguments) -> None:
    """Statistics of a few steps."""
    made = VecNormalize(env, **arguments)
    made.reset()
    for _ in range(5):
        made.step([made.action_space.sample()])
    made.save(str(path))


def normalized(env: DummyVecEnv, path, trust: bool = False) -> VecNormalize:
    """An env with the statistics of a file."""
    made = read_statistics(path, trust)
    made.set_venv(env)
    return made


CASES = {
    "vectors": (pendulum, {"clip_obs": 0.5}),
    "rewards-only": (pendulum, {"norm_obs": False, "gamma": 0.9}),
    "entries": (mixed, {"norm_obs_keys": ["vec"]}),
    "one-number": (lambda: DummyVecEnv([OneNumber]), {"epsilon": 1e-3}),
}


@pytest.mark.parametrize("name", CASES)
def test_statistics_are_those_that_sb3_reads(name, tmp_path):
    make, arguments = CASES[name]
    saved(make(), tmp_path / "stats.pkl", **arguments)
    ours, theirs = normalized(make(), tmp_path / "stats.pkl"), VecNormalize.load(str(tmp_path / "stats.pkl"), make())
    trusted = normalized(make(), tmp_path / "stats.pkl", trust=True)
    assert (ours.training, ours.norm_reward, trusted.training, trusted.norm_reward) == (False,) * 4
    space = make().observation_space
    for _ in range(3):
        drawn = space.sample()
        obs = {key: drawn[key][None] for key in drawn} if isinstance(drawn, dict) else np.asarray(drawn)[None]
        seen = [env.normalize_obs(obs) for env in (ours, theirs, trusted)]
        for one in seen[1:]:
            np.testing.assert_equal(seen[0], one)
    assert (ours.gamma, ours.epsilon, ours.clip_obs) == (theirs.gamma, theirs.epsilon, theirs.clip_obs)


class Run:
    """Would write a file."""

    def __reduce__(self):
        return open, ("it-ran", "w")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps(Run()), "holds no VecNormalize; give the file that VecNormalize.save wrote"),
        (pickle.dumps({"obs_rms": Run()}), "holds no VecNormalize"),
        (b"hello", "holds no VecNormalize that can be read"),
        (b"", "holds no VecNormalize that can be read"),
    ],
)
def test_what_is_no_statistics_runs_nothing(content, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stats.pkl").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        normalized(pendulum(), tmp_path / "stats.pkl")
    assert not (tmp_path / "it-ran").exists()


def test_statistics_that_contradict_themselves(tmp_path):
    made = VecNormalize(pendulum())
    made.obs_rms.mean = np.zeros(7)
    made.save(str(tmp_path / "stats.pkl"))
    with pytest.raises(ConfigError, match=r"is damaged: its means have the shape \(7,\), its observations \(3,\)"):
        read_statistics(tmp_path / "stats.pkl")
    made = VecNormalize(mixed(), norm_obs_keys=["vec"])
    made.norm_obs_keys = ["img"]
    made.save(str(tmp_path / "stats.pkl"))
    with pytest.raises(ConfigError, match="its statistics are of other entries than its observations"):
        read_statistics(tmp_path / "stats.pkl")
    with pytest.raises(ConfigError, match="there is no file"):
        read_statistics(tmp_path / "none.pkl")
