"""Speed of saliency maps beside captum, and what maps cost a training."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from benchmark_envs import N_ENVS, SEED, random_steps
from benchmark_learners import LEARN_AT_ONCE, LEARNING_STARTS, double_dqn, learn
from benchmark_timing import Pairs, Setting, Work, counted, say, timed
from saccade.envs import make_atari
from saccade.saliency import SaliencyCallback, heads, value_advantage_jacobian

OBSERVATIONS = 64  # that get maps
HEADS = ("value", "advantage")
LONG_SECONDS = 600.0  # of each of the two runs that show what the callback costs


@contextmanager
def our_maps(s: Setting) -> Iterator[Work]:
    policy, observations = policy_and_observations(s)
    theirs = captum_maps(policy, observations, OBSERVATIONS)()
    for ours, expected in zip(value_advantage_jacobian(policy, observations), theirs, strict=True):
        assert isinstance(ours, th.Tensor)
        assert ours.any()
        th.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5 * float(ours.abs().max()))
    say(f"  both give the same {len(HEADS) * OBSERVATIONS} maps")
    yield lambda: counted(value_advantage_jacobian(policy, observations), len(HEADS) * OBSERVATIONS)


@contextmanager
def captums_maps(s: Setting, batch: int) -> Iterator[Work]:
    maps = captum_maps(*policy_and_observations(s), batch)
    yield lambda: counted(maps(), len(HEADS) * OBSERVATIONS)


def policy_and_observations(s: Setting) -> tuple[BasePolicy, np.ndarray]:
    """The same in every process."""
    with closing(make_atari(s.game, N_ENVS, SEED)) as env:
        policy = double_dqn(s, env).policy
        observations = played(env, OBSERVATIONS)
    policy.set_training_mode(False)
    return policy, observations


def captum_maps(policy: BasePolicy, observations: np.ndarray, batch: int) -> Callable[[], list[th.Tensor]]:
    """Maps of the heads by captum, so many observations at once."""
    from captum.attr import Saliency  # among the dev extras: the other rows do without

    methods = [Saliency(heads(policy)[head]) for head in HEADS]

    def maps() -> list[th.Tensor]:
        parts: list[list[th.Tensor]] = [[] for _ in HEADS]
        for some in np.split(observations, OBSERVATIONS // batch):
            inputs = th.as_tensor(some, dtype=th.float32, device=policy.device).requires_grad_()
            for part, method in zip(parts, methods, strict=True):
                part.append(method.attribute(inputs, abs=False))
        return [th.cat(part) for part in parts]

    return maps


def saliency_callback(s: Setting) -> Pairs:
    """Seconds that the callback adds, and seconds of the same training without it."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        stack.enter_context(patch.dict(os.environ, SACCADE_CACHE=folder))  # the probe set is part of the cost
        plain, watched = (
            double_dqn(s, stack.enter_context(closing(make_atari(s.game, N_ENVS, SEED)))) for _ in range(2)
        )
        for model in (plain, watched):
            learn(model, LEARNING_STARTS + LEARN_AT_ONCE)
        # The run with the callback lies between the halves of the one without: a drift of the machine's speed cancels out.
        half, first = timed(lambda: learn(plain, LEARN_AT_ONCE), LONG_SECONDS / 2)
        say(f"  {half:,} env steps without the callback: {first:.1f} s")
        callback = SaliencyCallback(Path(folder, "saliency"))
        _, with_callback = timed(lambda: learn(watched, 2 * half, callback))
        say(f"  {2 * half:,} with it: {with_callback:.1f} s, {callback.events} events, by its own count "
            f"{callback.budget.used():.2%} of the time")
        _, second = timed(lambda: learn(plain, half))
        say(f"  {half:,} without: {second:.1f} s")
    return [(with_callback - first - second, first + second)]


def played(env: VecEnv, count: int) -> np.ndarray:
    """Observations (count, ...) of random play, a step of all envs every so often."""
    env.reset()
    play_on, batches = random_steps(env, env.action_space), []
    for _ in range(count // env.num_envs):
        play_on()
        batches.append(np.array(env.step(np.zeros(env.num_envs, dtype=np.int64))[0]))
    return np.concatenate(batches)
