"""Classify the digit among the clutter, after a number of glimpses."""

from pathlib import Path
from typing import Any

import torch as th

from ..arguments.plain_numbers import check_whole_numbers
from ..arguments.present_device import present_device
from .digit_canvas import DigitCanvas
from .digits import load_digits
from .fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from .naming.last_answer import LastAnswer
from .naming.naming import Naming
from .naming.naming_game import NamingGame, numbered


class ClutteredMNIST(NamingGame):
    """
    The same canvas is shown for ``glimpses`` steps. The action at the last step is the answer: reward 1 if it is the label, else 0.

    Earlier actions do nothing. In a :class:`saccade.envs.VectorGazeWrapper` they choose where to look. Every episode has a new
    canvas. ``info["label"]`` has the right answer. With ``in_turn``, ``info["item"]`` says which digit of the split it was, because
    errors on several canvases of one digit are not independent. With several digits ``info["item_1"]`` and so on do.

    With ``stop`` the agent says when it has seen enough: the last action is "not yet", the first other action is the answer, and
    the steps after it are idle. Observations are then dicts (:class:`saccade.envs.tasks.naming.naming.Naming`).

    :param size: side of the canvas in pixels
    :param distractors: number of pieces of other digits on the canvas
    :param distractor_size: side of these pieces in pixels
    :param digits: number of digits on the canvas; the answer is the number that they form, one of ``10 ** digits``
    :param glimpses: steps per episode
    :param split: of the data set, for digits and distractors; see :func:`saccade.envs.tasks.digits.load_digits`
    :param dataset: ``"mnist"`` or ``"digits"``, see :func:`saccade.envs.tasks.digits.load_digits`
    :param data: folder with MNIST's files
    :param in_turn: episode e of the env with seed s shows digit s + in_turn * e. With ``in_turn`` envs and consecutive seeds, all
        digits come equally often. None for random digits
    :param device: torch device that draws the canvases
    :param spill: pixels by which digits and clutter may lie over the edge of the canvas, so that even 28x28 canvases vary
    :param smallest: side of the smallest canvas, if each has a size of its own, from this to ``size``; smaller ones lie in the
        middle of black. None for one size
    :param stop: whether the agent answers when it has seen enough, and not at the last step
    :param look_price: with ``stop``, is subtracted from the reward for each look up to the answer
    :raises ValueError: if a number is out of range
    :raises DigitsError: if the data are missing or damaged
    """

    canvas: DigitCanvas

    def __init__(
        self,
        size: int = 60,
        distractors: int = 4,
        distractor_size: int = 8,
        digits: int = 1,
        glimpses: int = 8,
        split: str = "train",
        dataset: str = "mnist",
        data: str | Path | None = None,
        in_turn: int | None = None,
        device: th.device | str = "cpu",
        spill: int = 0,
        smallest: int | None = None,
        stop: bool = False,
        look_price: float = 0.0,
    ) -> None:
        device = present_device(device)
        check_whole_numbers(
            size=size,
            distractors=distractors,
            distractor_size=distractor_size,
            digits=digits,
            glimpses=glimpses,
            spill=spill,
            **({} if in_turn is None else {"in_turn": in_turn}),
            **({} if smallest is None else {"smallest": smallest}),
        )
        if glimpses < 1:
            raise ValueError(f"glimpses is {glimpses}; an episode needs at least 1")
        if not 1 <= digits <= 3:
            raise ValueError(f"digits is {digits}; it must be 1, 2 or 3")
        if in_turn is not None and (in_turn < 1 or digits > 1):
            raise ValueError(f"in_turn is {in_turn}; it must be at least 1, and is for canvases with one digit")
        if look_price and not stop:
            raise ValueError("look_price needs stop=True; without it every episode has all its looks")
        chosen = load_digits(dataset, split, data)
        canvas = DigitCanvas(chosen, size, distractors, distractor_size, digits, device, spill, smallest)
        naming = Naming(10**digits, 1, glimpses, look_price) if stop else LastAnswer(10**digits, glimpses)
        super().__init__(naming, canvas, size, size, device, in_turn)

    @property
    def labels(self) -> th.Tensor:
        """The right answers, (N,) int64."""
        return self.naming.answers[:, 0]

    def draw(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        """
        Canvases and their labels.

        :param uniforms: (N, draws) in [0, 1), which determine the canvases
        :param first: index of the first digit of each canvas, (N,) int64; None for random ones
        :return: (N, 1, size, size) uint8, (N, 1) int64
        """
        canvases, labels, _ = self.canvas.draw(uniforms, first)
        return canvases[:, None], labels[:, None]

    def items(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> dict[str, th.Tensor]:
        chosen = self.canvas.chosen(uniforms, first)
        if self.canvas.n_digits > 1:
            return numbered(chosen)
        return {} if first is None else {"item": chosen[:, 0]}

    def info(self) -> dict[str, th.Tensor]:
        return {"label": self.labels, **super().info()}


class ClutteredMNISTEnv(FixedLengthEnv):
    """:class:`ClutteredMNIST` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(ClutteredMNIST(**arguments), render_mode)


class ClutteredMNISTVectorEnv(FixedLengthVectorEnv):
    """:class:`ClutteredMNIST` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, ClutteredMNIST(**arguments), copies, render_mode)
