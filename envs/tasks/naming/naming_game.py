"""A game that shows one picture for a number of looks, in which one thing is named, or several, one after the other."""

from abc import abstractmethod
from typing import Protocol

import numpy as np
import torch as th
from gymnasium import spaces

from ...arguments.plain_numbers import check_whole_numbers
from ..fixed_length_game import ImageGame
from .last_answer import LastAnswer
from .naming import Naming


class Canvas(Protocol):
    """
    Draws the pictures.

    :ivar draws: random numbers per picture
    :ivar labels: of the data set, one for each of its items
    """

    draws: int
    labels: th.Tensor

    def objects(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> dict[str, th.Tensor]:
        """Where things are on the pictures, (N, H, W) bool each; asked as :meth:`NamingGame.draw` is."""


class NamingGame(ImageGame):
    """
    The same picture is shown for ``length`` steps. :class:`Naming` or :class:`LastAnswer` says what the actions do.

    :param naming: what has been named; or the one answer, at the last step
    :param canvas: draws the pictures
    :param height: of the pictures in pixels, as is ``width``
    :param device: torch device of the game
    :param in_turn: episode e of the env with seed s begins with digit s + in_turn * e of the split; None for random digits.
        (Of seeds from 2**63 on s is the signed number of their 64 bits.)
    :ivar n_classes: number of different answers
    :ivar n_answers: largest number of answers in an episode
    """

    in_turn: int | None = None

    def __init__(
        self,
        naming: Naming | LastAnswer,
        canvas: Canvas,
        height: int,
        width: int,
        device: th.device,
        in_turn: int | None = None,
    ) -> None:
        self.naming, self.canvas, self.in_turn = naming, canvas, in_turn
        self.observation_space = naming.observation_space(spaces.Box(0, 255, (1, height, width), np.uint8))
        self.action_space, self.not_yet = naming.action_space, naming.not_yet
        self.length, self.draws, self.n_items, self.device = naming.length, canvas.draws, len(canvas.labels), device

    @property
    def n_classes(self) -> int:
        return self.naming.classes

    @property
    def n_answers(self) -> int:
        return self.naming.most

    @abstractmethod
    def draw(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        """
        Pictures, and what is on them.

        :param uniforms: (N, draws) in [0, 1), which determine the pictures
        :param first: index of the first digit of each picture, (N,) int64; None for random ones
        :return: (N, 1, H, W) uint8; right answers (N, ``n_answers``) int64 in their order, then -1
        """

    @abstractmethod
    def items(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> dict[str, th.Tensor]:
        """
        Which digits of the data set are on the pictures, for the info.

        :param uniforms: as for :meth:`draw`, as is ``first``
        :return: ``item_1`` and so on, (N,) int64; -1 for none
        """

    def begin(self, uniforms: th.Tensor, seeds: th.Tensor, episodes: th.Tensor) -> None:
        first = None if self.in_turn is None else seeds + self.in_turn * episodes
        self._images, answers = self.draw(uniforms, first)
        self._drawn_from, self._items = (uniforms, first), self.items(uniforms, first)
        self.naming.begin(answers)

    def play(self, actions: th.Tensor, last: bool) -> th.Tensor:
        return self.naming.play(actions)

    def images(self) -> th.Tensor:
        return self._images

    def observations(self) -> th.Tensor | dict[str, th.Tensor]:
        return self.naming.observations(self._images)

    def info(self) -> dict[str, th.Tensor]:
        return {**self.naming.info(), **self._items}

    def objects(self) -> dict[str, th.Tensor]:
        return self.canvas.objects(*self._drawn_from)

    def get_action_meanings(self) -> list[str]:
        """Names of the actions, in order; none if they are only numbers."""
        return self.naming.meanings({})


def check_in_turn(in_turn: int | None) -> None:
    """
    :param in_turn: as a user gave it; None for random digits
    :raises ValueError: if it is not a whole number of at least 1
    """
    if in_turn is not None:
        check_whole_numbers(in_turn=in_turn)
        if in_turn < 1:
            raise ValueError(f"in_turn is {in_turn}; it must be at least 1")


def numbered(chosen: th.Tensor) -> dict[str, th.Tensor]:
    """
    Which digits are on the canvases, as the info has them.

    :param chosen: (N, digits) their places in the data set; -1 for none
    """
    return {f"item_{i + 1}": each for i, each in enumerate(chosen.unbind(1))}
