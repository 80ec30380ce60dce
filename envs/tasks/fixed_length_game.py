"""Games whose episodes all have the same length, many copies at once, and what they show to agents and to people."""

from abc import ABC, abstractmethod

import numpy as np
import torch as th
from gymnasium import spaces

SHOWN = 160  # pixels; smaller pictures are enlarged
NO_ANSWER = -1  # in place of an answer where nothing is asked, or no answer is right


class FixedLengthGame(ABC):
    """
    N copies of a game, played in lock-step. All episodes have the same number of steps. The random numbers of an episode
    determine it.

    :ivar observation_space: of one copy, such as uint8 images (C, H, W) or float vectors (D,)
    :ivar action_space: of one copy
    :ivar length: steps per episode
    :ivar draws: random numbers per episode
    :ivar device: torch device of the game
    :ivar n_items: number of things that an episode can be about, such as the digits of a data set; None if there is no such number
    :ivar not_yet: the action that puts the answer off, the last one; None if there is no such action
    """

    observation_space: spaces.Box | spaces.Dict
    action_space: spaces.Discrete
    length: int
    draws: int
    device: th.device
    n_items: int | None = None
    not_yet: int | None = None

    @abstractmethod
    def begin(self, uniforms: th.Tensor, seeds: th.Tensor, episodes: th.Tensor) -> None:
        """
        Start an episode in every copy.

        :param uniforms: (N, draws) in [0, 1)
        :param seeds: (N,) of the copies
        :param episodes: (N,) how many episodes each copy has played since it was seeded
        """

    @abstractmethod
    def play(self, actions: th.Tensor, last: bool) -> th.Tensor:
        """Take actions (N,), counted from 0, and return rewards (N,); ``last`` is True at the last step of an episode."""

    @abstractmethod
    def observations(self) -> th.Tensor | dict[str, th.Tensor]:
        """Current observations, (N, *shape of the space) in the type of the space, or a dict of them."""

    @abstractmethod
    def pictures(self) -> np.ndarray:
        """The current states for people, (N, h, w, 3) uint8."""

    def info(self) -> dict[str, th.Tensor]:
        """Facts about the current step, (N,) each, for the env's info."""
        return {}

    def get_action_meanings(self) -> list[str]:
        """Names of the actions, in order; none if they are only numbers."""
        return []

    def objects(self) -> dict[str, th.Tensor]:
        """Where the named things of the current images are, (N, H, W) bool each; a game without things to name has none."""
        return {}


class ImageGame(FixedLengthGame):
    """A game that shows images. People see the same images, enlarged."""

    @abstractmethod
    def images(self) -> th.Tensor:
        """Current images, (N, C, H, W) uint8."""

    def observations(self) -> th.Tensor | dict[str, th.Tensor]:
        return self.images()

    def pictures(self) -> np.ndarray:
        return enlarged(self.images().cpu().numpy())


def enlarged(images: np.ndarray) -> np.ndarray:
    """
    Pictures for people.

    :param images: (N, C, H, W) uint8, grey or colours
    :return: (N, h, w, 3) uint8; every pixel became a square of the same whole side, so that the longer side has 160 pixels or a few
        more, or what it had if that is more
    """
    side = -(-SHOWN // max(images.shape[2:]))
    coloured = np.broadcast_to(images.transpose(0, 2, 3, 1), (len(images), *images.shape[2:], 3))
    return coloured.repeat(side, axis=1).repeat(side, axis=2)
