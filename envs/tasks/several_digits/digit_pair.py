"""Two digits among clutter: name both, or their sum."""

from pathlib import Path
from typing import Any

import torch as th

from ...arguments.plain_numbers import check_whole_numbers
from ...arguments.present_device import present_device
from ..digit_canvas import DigitCanvas
from ..digits import load_digits
from ..fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from ..naming.naming import Naming
from ..naming.naming_game import NamingGame, check_in_turn, numbered

DIGITS = 2
LARGEST_SUM = 18


class DigitPair(NamingGame):
    """
    Two digits stand on a canvas, one in its left and one in its right half. The agent names the left one, then the right one, each
    when it has seen enough. Actions 0 to 9 name a digit, action 10 is "not yet" (:class:`..naming.naming.Naming`).

    The task is that of Ba et al. (2014), section 4.1, who ask for the pair of digits in one answer.

    :param size: side of the canvas in pixels, at least 56
    :param distractors: number of pieces of other digits on the canvas
    :param distractor_size: side of these pieces in pixels
    :param glimpses: steps per episode
    :param look_price: is subtracted from the reward for each look up to the last answer
    :param whole: whether there is one reward for all answers together, as in evaluation: 1 if all are right
    :param split: of the data set, see :func:`saccade.envs.tasks.digits.load_digits`
    :param dataset: ``"mnist"`` or ``"digits"``
    :param data: folder with MNIST's files
    :param in_turn: episode e of the env with seed s shows digit s + in_turn * e of the split on the left. None for random digits
    :param device: torch device that draws the canvases
    :param spill: pixels by which digits and clutter may lie over the edge of the canvas
    :raises ValueError: if a number is out of range
    :raises DigitsError: if the data are missing or damaged
    """

    canvas: DigitCanvas
    together = False  # whether one answer is for both digits

    def __init__(
        self,
        size: int = 100,
        distractors: int = 8,
        distractor_size: int = 8,
        glimpses: int = 8,
        look_price: float = 0.0,
        whole: bool = False,
        split: str = "train",
        dataset: str = "mnist",
        data: str | Path | None = None,
        in_turn: int | None = None,
        device: th.device | str = "cpu",
        spill: int = 0,
    ) -> None:
        device = present_device(device)
        check_whole_numbers(size=size, distractors=distractors, distractor_size=distractor_size, glimpses=glimpses, spill=spill)
        check_in_turn(in_turn)
        classes, things = (LARGEST_SUM + 1, 1) if self.together else (10, DIGITS)
        naming = Naming(classes, things, glimpses, look_price, whole)
        canvas = DigitCanvas(load_digits(dataset, split, data), size, distractors, distractor_size, DIGITS, device, spill)
        super().__init__(naming, canvas, size, size, device, in_turn)

    def draw(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        canvases, numbers, _ = self.canvas.draw(uniforms, first)
        both = th.stack([numbers // 10, numbers % 10], dim=1)
        return canvases[:, None], both.sum(1, keepdim=True) if self.together else both

    def items(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> dict[str, th.Tensor]:
        return numbered(self.canvas.chosen(uniforms, first))


class DigitSum(DigitPair):
    """
    The canvases of :class:`DigitPair`, and one answer: the sum of both digits, 0 to 18. Action 19 is "not yet". It is the addition
    task of Ba et al. (2014), section 4.1. ``info["label"]`` is the sum. The arguments are those of :class:`DigitPair`.
    """

    together = True

    def info(self) -> dict[str, th.Tensor]:
        return {"label": self.naming.answers[:, 0], **super().info()}


class DigitPairEnv(FixedLengthEnv):
    """:class:`DigitPair` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(DigitPair(**arguments), render_mode)


class DigitPairVectorEnv(FixedLengthVectorEnv):
    """:class:`DigitPair` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, DigitPair(**arguments), copies, render_mode)


class DigitSumEnv(FixedLengthEnv):
    """:class:`DigitSum` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(DigitSum(**arguments), render_mode)


class DigitSumVectorEnv(FixedLengthVectorEnv):
    """:class:`DigitSum` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, DigitSum(**arguments), copies, render_mode)
