"""Read a number of unknown length from left to right, and say where it ends."""

from pathlib import Path
from typing import Any

import torch as th

from ...arguments.plain_numbers import check_whole_numbers
from ...arguments.present_device import present_device
from ..digits import load_digits
from ..fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from ..fixed_length_game import NO_ANSWER
from ..naming.naming import Naming
from ..naming.naming_game import NamingGame, check_in_turn, numbered
from .number_canvas import MOST_DIGITS, NumberCanvas
from .photo_canvas import PhotoCanvas

END = 10  # the answer after the last digit


class HouseNumber(NamingGame):
    """
    A number of 1 to 5 digits stands in a row, in a random size, spacing, height and contrast, among clutter
    (:class:`.number_canvas.NumberCanvas`). The agent names its digits from left to right, each when it has seen enough, and then
    says that the number has ended. It does not know how many digits there are. Actions 0 to 9 name a digit, action 10 is the end,
    action 11 is "not yet" (:class:`..naming.naming.Naming`).

    The task is the one that Ba et al. (2014), section 4.2, have with photographs. ``dataset="svhn"`` shows such photographs
    (:mod:`.svhn`), with their own clutter: ``distractors`` are not drawn then.

    :param height: of the canvas in pixels
    :param width: of the canvas in pixels
    :param digits: of the longest number
    :param distractors: number of pieces of other digits on the canvas
    :param distractor_size: side of these pieces in pixels
    :param glimpses: steps per episode
    :param look_price: is subtracted from the reward for each look up to the last answer
    :param whole: whether there is one reward for all answers together, as in evaluation: 1 if all are right
    :param split: of the data set, see :func:`saccade.envs.tasks.digits.load_digits`
    :param dataset: ``"mnist"`` or ``"digits"`` for numbers that are drawn in these digits; ``"svhn"`` for photographs
    :param data: folder with the files of the data set
    :param in_turn: episode e of the env with seed s begins with digit s + in_turn * e of the split; with ``"svhn"`` it shows
        photograph s + in_turn * e, and ``info["item"]`` says which. None for random ones
    :param device: torch device that draws the canvases
    :raises ValueError: if a number is out of range
    :raises DigitsError: if the data are missing or damaged
    """

    canvas: NumberCanvas | PhotoCanvas

    def __init__(
        self,
        height: int = 110,
        width: int = 110,
        digits: int = MOST_DIGITS,
        distractors: int = 8,
        distractor_size: int = 8,
        glimpses: int = 16,
        look_price: float = 0.0,
        whole: bool = False,
        split: str = "train",
        dataset: str = "mnist",
        data: str | Path | None = None,
        in_turn: int | None = None,
        device: th.device | str = "cpu",
    ) -> None:
        device = present_device(device)
        check_whole_numbers(
            height=height,
            width=width,
            digits=digits,
            distractors=distractors,
            distractor_size=distractor_size,
            glimpses=glimpses,
        )
        check_in_turn(in_turn)
        canvas: NumberCanvas | PhotoCanvas
        if dataset == "svhn":
            canvas = PhotoCanvas(split, None if data is None else Path(data), height, width, digits, device)
        else:
            source = load_digits(dataset, split, data)
            canvas = NumberCanvas(source, height, width, digits, distractors, distractor_size, device)
        naming = Naming(END + 1, digits + 1, glimpses, look_price, whole)
        super().__init__(naming, canvas, height, width, device, in_turn)

    def draw(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        canvases, digits = self.canvas.draw(uniforms, first)
        return canvases[:, None], with_end(digits)

    def items(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> dict[str, th.Tensor]:
        chosen = self.canvas.chosen(uniforms, first)
        return {"item": chosen} if isinstance(self.canvas, PhotoCanvas) else numbered(chosen)

    def get_action_meanings(self) -> list[str]:
        """Names of the actions, in order."""
        return self.naming.meanings({END: "end"})


def with_end(digits: th.Tensor) -> th.Tensor:
    """
    Numbers with the end symbol behind their last digit.

    :param digits: (N, D) int64, -1 behind the last one
    :return: (N, D + 1), -1 behind the end
    """
    longer = th.nn.functional.pad(digits, (0, 1), value=NO_ANSWER)
    return longer.scatter(1, (digits != NO_ANSWER).sum(1, keepdim=True), END)


class HouseNumberEnv(FixedLengthEnv):
    """:class:`HouseNumber` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(HouseNumber(**arguments), render_mode)


class HouseNumberVectorEnv(FixedLengthVectorEnv):
    """:class:`HouseNumber` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, HouseNumber(**arguments), copies, render_mode)
