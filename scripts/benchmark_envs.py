"""Speed of the envs alone, under random actions, ours beside others'."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack, VecTransposeImage

from benchmark_timing import Pairs, Stopwatch, Work
from saccade.envs import make_atari
from saccade.envs.available_cpus import available_cpus

SEED = 0
N_ENVS = 8
STEPS_AT_ONCE = 100  # of all envs, between two looks at the clock


@dataclass(frozen=True)
class Setting:
    """
    :param game: as ``make_atari`` wants it
    :param sb3_id: the same game's gymnasium id for ``make_atari_env``
    :param device: of torch
    :param stopwatch: times both sides
    """

    game: str
    sb3_id: str
    device: str
    stopwatch: Stopwatch


def env_vs_sb3(s: Setting) -> Pairs:
    with closing(make_atari(s.game, N_ENVS, SEED)) as ours, closing(sb3_atari(s, N_ENVS)) as peer:
        ours.reset()
        peer.reset()
        return s.stopwatch.alternate(random_steps(ours, ours.action_space), random_steps(peer, peer.action_space))


def env_vs_ale(s: Setting) -> Pairs:
    with closing(make_atari(s.game, N_ENVS, SEED)) as ours, closing(make_atari(s.game, N_ENVS).env.unwrapped) as peer:
        ours.reset()
        peer.reset(seed=SEED)
        return s.stopwatch.alternate(random_steps(ours, ours.action_space), random_steps(peer, ours.action_space))


def env_vs_envpool(s: Setting) -> Pairs:
    import envpool  # in no extra of ours: the row is there for those who have it

    name = s.sb3_id.removesuffix("NoFrameskip-v4") + "-v5"
    peer = envpool.make_gymnasium(name, num_envs=N_ENVS, seed=SEED, num_threads=available_cpus(), episodic_life=True,
                                  reward_clip=True)
    with closing(make_atari(s.game, N_ENVS, SEED)) as ours, closing(peer):
        ours.reset()
        peer.reset()
        return s.stopwatch.alternate(random_steps(ours, ours.action_space), random_steps(peer, peer.action_space, N_ENVS))


def sb3_atari(s: Setting, n_envs: int) -> VecEnv:
    """SB3's own Atari envs, with the frame stack and the order of axes that its CNN wants."""
    return VecTransposeImage(VecFrameStack(make_atari_env(s.sb3_id, n_envs=n_envs, seed=SEED), 4))


def random_steps(env: Any, action_space: Any, n_envs: int | None = None) -> Work:
    """Env steps of an env that has been reset: anything vectorised with ``step``."""
    actions = np.random.default_rng(SEED).integers(action_space.n, size=(STEPS_AT_ONCE, n_envs or env.num_envs))

    def step() -> int:
        for batch in actions:
            env.step(batch)
        return actions.size

    return step
