"""Speed and memory of replay, ours beside SB3's."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.vec_env import VecEnv

from saccade.agents import FrameReplayBuffer
from saccade.envs import make_atari
from saccade.scripts.benchmarks.envs import N_ENVS, SEED
from saccade.scripts.benchmarks.learners import BUFFER_SIZE
from saccade.scripts.benchmarks.timing import Pairs, Setting, Work, counted

BATCH = 256  # transitions drawn at a time
MILLION = 1_000_000


@contextmanager
def draws(s: Setting, buffer_class: type[ReplayBuffer]) -> Iterator[Work]:
    """Transitions drawn from a full buffer."""
    with closing(make_atari(s.game, N_ENVS, SEED)) as env:
        buffer = buffer_class(BUFFER_SIZE, env.observation_space, env.action_space, device=s.device, n_envs=N_ENVS)
        fill(env, buffer)
    yield lambda: counted(buffer.sample(BATCH), BATCH)


def replay_memory(s: Setting) -> Pairs:
    with closing(make_atari(s.game, N_ENVS)) as env:
        spaces = env.observation_space, env.action_space
    # On the CPU the memory is not taken before it is written to. SB3's would still warn, so its size is that of one row.
    ours = FrameReplayBuffer(MILLION, *spaces, device="cpu", n_envs=N_ENVS)
    row = ReplayBuffer(N_ENVS, *spaces, device="cpu", n_envs=N_ENVS)
    bytes_a_row = sum(array.nbytes for array in vars(row).values() if isinstance(array, np.ndarray))
    return [(ours.nbytes / 1e9, bytes_a_row / N_ENVS * MILLION / 1e9)]


def fill(env: VecEnv, buffer: ReplayBuffer) -> None:
    """Random play, always the same, until the buffer is full."""
    rng = np.random.default_rng(SEED)
    observations = env.reset()
    while not buffer.full:
        actions = rng.integers(env.action_space.n, size=env.num_envs)  # type: ignore[attr-defined]
        following, rewards, dones, infos = env.step(actions)
        last = np.array(following)
        for i in np.flatnonzero(dones):
            last[i] = infos[i]["terminal_observation"]
        buffer.add(observations, last, actions, rewards, dones, infos)  # type: ignore[arg-type]
        observations = following
