from dataclasses import replace
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.envs import make_atari
from saccade.saliency import ProbeSet

SHORT_GAME = {"max_frames": 400}


def collect(seed: int = 0, size: int = 6) -> ProbeSet:
    env = make_atari("Enduro", 2, render_mode="rgb_array", **SHORT_GAME)
    probes = ProbeSet.collect(env, size=size, seed=seed)
    env.close()
    return probes


def test_same_seed_same_probes_another_seed_others():
    first = collect()
    assert first.hash == collect().hash != collect(seed=1).hash
    assert len(first) == 6
    assert first.observations.shape == (6, 4, 84, 84)
    assert first.frames.shape == (6, 210, 160, 3)


def test_states_are_spread_over_the_games_phases():
    assert np.allclose(collect().phases, (np.arange(6) + 0.5) / 6, atol=0.02)


def test_whole_games_are_played_through_lost_lives():
    """Breakout's first life is lost after about 25 env steps, its game after some 150."""
    env = make_atari("Breakout", 1)
    probes = ProbeSet.collect(env, size=4, seed=0)
    env.close()
    assert probes.frames is None
    scores_changed = [(probes.observations[0, -1, :17] != observation[-1, :17]).any() for observation in probes.observations[1:]]
    assert all(scores_changed)  # lives and score stand there


def test_any_sb3_env():
    env = make_vec_env("CartPole-v1", 3)
    assert ProbeSet.collect(env, size=5, seed=3).observations.shape == (5, 4)
    assert ProbeSet.collect(env, size=5, seed=3).games.tolist() == [0, 1, 2, 0, 1]  # the games in turn
    assert ProbeSet.collect(make_vec_env("Pendulum-v1", 2), size=5).observations.shape == (5, 3)


class Taking(gym.Env):
    """Takes only what is in its action space, and ends after five steps."""

    observation_space = gym.spaces.Box(-1, 1, (3,), np.float32)

    def __init__(self, action_space: gym.spaces.Space) -> None:
        self.action_space = action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(3, np.float32), {}

    def step(self, action):
        assert self.action_space.contains(action), f"{action!r} is not in {self.action_space}"
        self.steps += 1
        return np.full(3, self.steps / 5, np.float32), 0.0, self.steps == 5, False, {}


@pytest.mark.parametrize(
    "space", [gym.spaces.MultiBinary(5), gym.spaces.MultiBinary((2, 3)), gym.spaces.MultiDiscrete([2, 3]), gym.spaces.Discrete(4)]
)
def test_random_actions_are_of_the_action_space(space):
    probes = ProbeSet.collect(DummyVecEnv([lambda: Taking(space)] * 2), size=4)
    assert probes.observations.shape == (4, 3)


def test_dict_observations_are_kept_whole(tmp_path):
    from stable_baselines3.common.envs import SimpleMultiObsEnv

    env = DummyVecEnv([lambda: SimpleMultiObsEnv(random_start=False)])
    first, again = (ProbeSet.collect(env, size=3) for _ in range(2))
    assert {key: x.shape for key, x in first.observations.items()} == {"img": (3, 64, 64, 1), "vec": (3, 5)}
    assert first.hash == again.hash
    other = replace(first, observations={**first.observations, "vec": first.observations["vec"] + 1})
    assert other.hash != first.hash
    kept = replace(first, axes={"img": "HWC", "vec": "D"})
    kept.save(tmp_path / "probes.npz")
    loaded = ProbeSet.load(tmp_path / "probes.npz")
    assert loaded.hash == first.hash
    assert loaded.axes == kept.axes
    assert {key: x.shape for key, x in loaded.pictures().items()} == {"img": (3, 1, 64, 64), "vec": (3, 5)}


def test_cached_by_hash_and_collected_anew_when_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path))
    calls = []

    def remake(**kwargs):
        calls.append(kwargs)
        return make_atari("Enduro", **SHORT_GAME, **kwargs)

    first = ProbeSet.of(remake, "enduro", size=4)
    assert ProbeSet.of(remake, "enduro", size=4).hash == first.hash
    assert len(calls) == 1
    ProbeSet.of(remake, "enduro with other rules", size=4)
    assert len(calls) == 2
    files = sorted((tmp_path / "probes").glob("*.npz"))
    assert len(files) == 2
    for file in files:
        file.write_bytes(file.read_bytes()[:500])
    assert ProbeSet.of(remake, "enduro", size=4).hash == first.hash
    assert len(calls) == 3


def test_changed_contents_do_not_pass(tmp_path):
    probes = collect(size=2)
    probes.save(tmp_path / "probes.npz")
    assert ProbeSet.load(tmp_path / "probes.npz").hash == probes.hash
    tampered = {"observations": probes.observations + 1, "hash": np.array(probes.hash)}
    np.savez(tmp_path / "tampered.npz", **tampered)
    assert ProbeSet.load(tmp_path / "tampered.npz") is None
    assert ProbeSet.load(tmp_path / "missing.npz") is None


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("SACCADE_CACHE", str(blocked))
    assert len(ProbeSet.of(partial(make_atari, "Enduro", **SHORT_GAME), "enduro", size=2)) == 2


def test_memory_and_starts_are_kept_with_the_states(tmp_path):
    memory = th.arange(12.0).view(3, 2, 2)
    probes = ProbeSet(np.zeros((3, 4), np.float32), memory=memory, starts=np.array([True, False, False]), games=np.arange(3))
    probes.save(tmp_path / "probes.npz")
    kept = ProbeSet.load(tmp_path / "probes.npz")
    assert th.equal(kept.memory, memory)
    assert kept.starts.tolist() == [True, False, False]
    assert kept.games.tolist() == [0, 1, 2]
    for damaged in (np.arange(2), np.zeros(3)):  # not of three states; no integers
        replace(probes, games=damaged).save(tmp_path / "probes.npz")
        assert ProbeSet.load(tmp_path / "probes.npz") is None
    assert kept.phases is None


def test_some_of_a_probe_set_is_a_probe_set():
    probes = ProbeSet(np.arange(12.0).reshape(3, 4), phases=np.array([0.1, 0.2, 0.3]))
    some = probes.some(np.array([2, 0]))
    assert isinstance(some, ProbeSet)
    assert some.observations[:, 0].tolist() == [8, 0]
    assert some.phases.tolist() == [0.3, 0.1]
    assert len(some) == 2


def test_frames_that_an_earlier_version_kept_as_the_env_gave_them_are_drawn(tmp_path):
    for frames in (np.full((2, 4, 6, 3), 7, np.int64), np.full((2, 4, 6), 7 / 255)):
        ProbeSet(np.zeros((2, 3), np.float32), frames).save(tmp_path / "probes.npz")
        kept = ProbeSet.load(tmp_path / "probes.npz").frames
        assert (kept.dtype, kept.shape, kept.max()) == (np.uint8, (2, 4, 6, 3), 7)
    ProbeSet(np.zeros((2, 3), np.float32), np.zeros((2, 5))).save(tmp_path / "probes.npz")
    assert ProbeSet.load(tmp_path / "probes.npz").frames is None
