"""Name the symbol that was shown a few steps ago: a task that needs a known memory."""

from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces

from ..arguments.plain_numbers import check_whole_numbers
from ..arguments.present_device import present_device
from .fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from .fixed_length_game import NO_ANSWER, ImageGame

MOST_STEPS = 1_000_000  # of an episode, whose symbols are all drawn at its start: 8 MB for each copy


class CopyRecall(ImageGame):
    """
    Every step shows a random symbol; all are equally likely. The reward is 1 if the action names the symbol of ``delay`` steps ago,
    else 0.

    The action of step t follows frame t, so with ``delay=0`` it names the symbol on the screen. In the first ``delay`` steps no
    action is right and there is no reward. Perfect play gets ``length - delay``; random play gets that divided by ``symbols``.

    The right answer depends on a single earlier frame. So it is known where the sequential Jacobian of a trained policy must be
    large: ``delay`` steps back. (The task follows Jaeger 2001, "Short term memory in echo state networks", where a network
    recalls a delayed input. Here the input is a symbol, and there is a reward instead of a target.)

    A symbol is a bright bar as high as the picture; its horizontal place says which symbol it is. After the last step the
    picture is dark. ``info["answer"]`` is the right answer to the current frame, or -1. It is not called ``"label"``, because a
    label is one answer for a whole episode, as in :class:`saccade.envs.tasks.cluttered_mnist.ClutteredMNIST`.

    :param delay: steps from a symbol to its answer
    :param symbols: number of symbols
    :param length: steps per episode, at most 1,000,000
    :param size: side of the picture in pixels
    :param device: torch device of the game
    :raises ValueError: if a number is out of range
    """

    def __init__(self, delay: int = 3, symbols: int = 4, length: int = 24, size: int = 8, device: th.device | str = "cpu") -> None:
        device = present_device(device)
        check_whole_numbers(delay=delay, symbols=symbols, length=length, size=size)
        if not 0 <= delay < length:
            raise ValueError(f"delay is {delay} and length {length}; delay must be at least 0 and below length")
        if length > MOST_STEPS:
            raise ValueError(f"length is {length}; it must be at most {MOST_STEPS}")
        if not 2 <= symbols <= size:
            raise ValueError(f"symbols is {symbols} and size {size}; symbols must be from 2 to size, a column for each")
        self.delay, self.symbols, self.size = delay, symbols, size
        self.observation_space = spaces.Box(0, 255, (1, size, size), np.uint8)
        self.action_space = spaces.Discrete(symbols)
        self.length, self.draws, self.device = length, length, device
        pictures = th.arange(symbols + 1, device=self.device)[:, None]  # one per symbol, and a dark one
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
        """The right answers to the current frame, (N,)."""
        if not self.delay <= self._step < self.length:
            return th.full_like(self._shown[:, 0], NO_ANSWER)
        return self._shown[:, self._step - self.delay]


class CopyRecallEnv(FixedLengthEnv):
    """:class:`CopyRecall` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(CopyRecall(**arguments), render_mode)


class CopyRecallVectorEnv(FixedLengthVectorEnv):
    """:class:`CopyRecall` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, CopyRecall(**arguments), copies, render_mode)
