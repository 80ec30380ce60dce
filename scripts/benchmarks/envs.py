"""Speed of the envs alone, under random actions: ours and others'."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack, VecTransposeImage

from saccade.envs import make_atari
from saccade.envs.available_cpus import available_cpus
from saccade.scripts.benchmarks.timing import Setting, Work

SEED = 0
N_ENVS = 8
STEPS_AT_ONCE = 100  # of all envs, between two looks at the clock


@contextmanager
def our_envs(s: Setting, n_envs: int = N_ENVS) -> Iterator[Work]:
    with closing(make_atari(s.game, n_envs, SEED)) as env:
        env.reset()
        yield random_steps(env, env.action_space)


@contextmanager
def sb3_envs(s: Setting) -> Iterator[Work]:
    with closing(sb3_atari(s, N_ENVS)) as env:
        env.reset()
        yield random_steps(env, env.action_space)


@contextmanager
def ale_envs(s: Setting) -> Iterator[Work]:
    """The vector env inside ours, without what ours adds."""
    with closing(make_atari(s.game, N_ENVS)) as ours, closing(ours.env.unwrapped) as env:
        env.reset(seed=SEED)
        yield random_steps(env, ours.action_space)


@contextmanager
def envpool_envs(s: Setting) -> Iterator[Work]:
    import envpool  # in no extra of ours: the row is there for those who have it

    name = s.sb3_id.removesuffix("NoFrameskip-v4") + "-v5"
    with closing(
        envpool.make_gymnasium(name, num_envs=N_ENVS, seed=SEED, num_threads=available_cpus(), episodic_life=True, reward_clip=True)
    ) as env:
        env.reset()
        yield random_steps(env, env.action_space, N_ENVS)


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
