"""Say which symbol was shown so many steps ago: a task whose memory is known."""

from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces

from .fixed_length_envs import FixedLengthEnv, FixedLengthGame, FixedLengthVectorEnv, check_whole_numbers

NONE = -1  # there is no right answer


class CopyRecall(FixedLengthGame):
    """
    Every step shows one of a few symbols, each as likely; reward 1 if the action is the symbol of ``delay`` steps ago, else 0.

    The action of step t is the one taken on seeing frame t; with ``delay=0`` it is to say what is seen. In the first ``delay``
    steps nothing is right and there is no reward. Perfect play gets ``length - delay``, random play the ``symbols``-th part of it.
    As the right answer depends on one earlier frame only, it is known where the sequential Jacobian of a policy that has learnt
    the task must be large: ``delay`` steps back. (Jaeger 2001, "Short term memory in echo state networks", recalls a delayed
    input; here it is one of a few symbols, and there is a reward instead of a target.)

    A symbol is a bright bar over the picture's height, at one of so many places from left to right; after the last step the
    picture is dark. ``info["answer"]`` is the right answer to what is seen now, or -1. It is not called ``"label"``, which is one
    answer for a whole episode, as in :class:`saccade.envs.tasks.cluttered_mnist.ClutteredMNIST`.

    :param delay: steps from a symbol to its answer
    :param symbols: how many there are
    :param length: steps an episode
    :param size: side of the picture in pixels
    :param device: of torch, where it is played
    :raises ValueError: if the numbers do not fit each other
    """

    def __init__(self, delay: int = 3, symbols: int = 4, length: int = 24, size: int = 8, device: th.device | str = "cpu") -> None:
        check_whole_numbers(delay=delay, symbols=symbols, length=length, size=size)
        if not 0 <= delay < length:
            raise ValueError(f"delay is {delay} and length {length}; delay must be at least 0 and below length")
        if not 2 <= symbols <= size:
            raise ValueError(f"symbols is {symbols} and size {size}; symbols must be from 2 to size, a column for each")
        self.delay, self.symbols, self.size = delay, symbols, size
        self.observation_space = spaces.Box(0, 255, (1, size, size), np.uint8)
        self.action_space = spaces.Discrete(symbols)
        self.length, self.draws, self.device = length, length, th.device(device)
        pictures = th.arange(symbols + 1, device=self.device)[:, None]  # of the symbols, and a dark one
        bars = th.arange(size, device=self.device) * symbols // size == pictures
        self._pictures = (255 * bars.byte())[:, None, None].expand(-1, 1, size, size)

    def begin(self, uniforms: th.Tensor, seeds: th.Tensor, episodes: th.Tensor) -> None:
        self._shown = (uniforms * self.symbols).long()
        self._step = 0

    def play(self, actions: th.Tensor, last: bool) -> th.Tensor:
        rewards = (actions == self._answer()).float()
        self._step += 1
        return rewards

    def images(self) -> th.Tensor:
        if self._step == self.length:
            return self._pictures[-1:].expand(len(self._shown), -1, -1, -1)
        return self._pictures[self._shown[:, self._step]]

    def info(self) -> dict[str, th.Tensor]:
        return {"answer": self._answer()}

    def _answer(self) -> th.Tensor:
        """The right answers now, (N,)."""
        if not self.delay <= self._step < self.length:
            return th.full_like(self._shown[:, 0], NONE)
        return self._shown[:, self._step - self.delay]


class CopyRecallEnv(FixedLengthEnv):
    """:class:`CopyRecall` as ``gym.make`` gives it."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(CopyRecall(**arguments))


class CopyRecallVectorEnv(FixedLengthVectorEnv):
    """:class:`CopyRecall` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, **arguments: Any) -> None:
        super().__init__(num_envs, CopyRecall(**arguments), copies)
