"""How much arithmetic a network does."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv
from torch.utils.flop_counter import FlopCounterMode

from ...saliency.readers.head_reader import eye_of


def multiply_adds(forward: Callable[[], object]) -> int:
    """
    Multiply-adds of the convolutions and matrix products in a forward pass, with those of an LSTM.

    :param forward: the pass
    """
    counter = FlopCounterMode(display=False)
    # The LSTMs of oneDNN and cuDNN are single operations that the counter does not know; without them they are matrix products.
    with th.no_grad(), _without_onednn(), th.backends.cudnn.flags(enabled=False), counter:
        forward()
    return counter.get_total_flops() // 2


def multiply_adds_of_a_look(policy: BasePolicy, env: VecEnv) -> int:
    """
    Multiply-adds of one step of a policy with a gaze.

    :param policy: any with a retina
    :param env: a single one; is reset
    """
    eye, observations = eye_of(policy), env.reset()
    obs: Any = policy.obs_to_tensor(observations)[0]  # type: ignore[arg-type]
    return multiply_adds(partial(eye.look, obs, eye.start(1), th.ones(1, device=policy.device)))


def multiply_adds_and_looks(policy: BasePolicy, env: VecEnv) -> tuple[int, int]:
    """
    Multiply-adds of one look, and how many looks an episode of one of the suite's tasks has.

    :param policy: any with a retina
    :param env: a single one; is closed
    """
    try:
        return multiply_adds_of_a_look(policy, env), int(env.get_attr("episode_length")[0])
    finally:
        env.close()


@contextmanager
def _without_onednn() -> Iterator[None]:
    """Only the switch is silenced, not the pass: filters of warnings are those of the whole process."""
    switched = th.backends.mkldnn.flags(enabled=False)
    _silenced(switched.__enter__)
    try:
        yield
    finally:
        _silenced(lambda: switched.__exit__(None, None, None))


def _silenced(switch: Callable[[], object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about another vendor's GPUs
        switch()
