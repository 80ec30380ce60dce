"""A replay buffer that version 0.1 pickled loads, gives the same transitions, and takes more."""

import hashlib
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch as th
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.save_util import load_from_pkl

from saccade.agents import FrameReplayBuffer

ARCHIVE = Path(__file__).parents[2] / "first_house" / "breakout-dueling-dqn.tar.xz"
PICKLE = "first_house/breakout-dueling-dqn/checkpoints/replay_buffer.pkl"
# Start of the SHA-256 of each field of all 100 transitions, as version 0.1 read its own file.
CONTENT = {
    "observations": "1bdf35ff2f81a454",
    "actions": "16e536d8d645975b",
    "next_observations": "ad16ee7902c3bd5e",
    "dones": "f73800e0b96205c1",
    "rewards": "7a12e561363385e9",
}
ALL = tuple(indices.ravel() for indices in np.mgrid[:50, :2])  # positions and envs


@pytest.fixture
def buffer(tmp_path) -> FrameReplayBuffer:
    with tarfile.open(ARCHIVE) as archive:
        archive.extract(PICKLE, tmp_path, filter="data")
    return load_from_pkl(tmp_path / PICKLE)


def test_gives_the_transitions_that_were_saved(buffer):
    assert (buffer.size(), buffer.pos, buffer.full) == (50, 10, True)
    samples = buffer.gather(*ALL)
    for name, content in CONTENT.items():
        field = getattr(samples, name).contiguous().numpy()
        assert hashlib.sha256(field.tobytes()).hexdigest().startswith(content), name


def test_takes_more_transitions_like_a_plain_buffer(buffer, atari):
    plain = ReplayBuffer(100, buffer.observation_space, buffer.action_space, "cpu", n_envs=2)
    for position in range(50):
        at = buffer.gather(np.full(2, position), np.arange(2))
        arrays = (at.observations, at.next_observations, at.actions, at.rewards.squeeze(1), at.dones.squeeze(1))
        plain.add(*(array.numpy() for array in arrays), [{}, {}])
    plain.pos = buffer.pos
    env = atari("Breakout", 2, seed=0)
    obs = env.reset()
    rng = np.random.default_rng(0)
    for step in range(80):  # more than the ring holds
        actions = rng.integers(4, size=2)
        following, rewards, dones, infos = env.step(actions)
        after = following.copy()
        for i in np.flatnonzero(dones):
            after[i] = infos[i]["terminal_observation"]
        for each in (buffer, plain):
            each.add(obs.copy(), after, actions, rewards, dones, infos)
        obs = following.copy()
        if step % 10 == 0:
            for ours, theirs in zip(sampled(buffer), sampled(plain), strict=True):
                assert th.equal(ours, theirs)


def test_saved_again_it_has_the_entries_of_version_0_1(buffer):
    entries = {
        *("frames", "actions", "rewards", "dones", "timeouts", "ages", "breaks", "endings", "wholes", "ended", "whole"),
        *("steps", "padding", "_age", "_next_obs", "_severed", "_foreign", "_misfits"),
    }
    assert entries <= buffer.__getstate__().keys()


def sampled(buffer: ReplayBuffer) -> list[th.Tensor]:
    np.random.seed(0)
    return [field for field in buffer.sample(64) if field is not None]
