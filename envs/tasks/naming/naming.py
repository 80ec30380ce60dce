"""Naming things one after the other, each when the agent has seen enough: the action "not yet", and what is right."""

import math

import numpy as np
import torch as th
from gymnasium import spaces

from ...arguments.plain_numbers import check_numbers
from ..fixed_length_game import NO_ANSWER

IMAGE, PROGRESS = "image", "progress"  # entries of the observations


class Naming:
    """
    Which things N agents have named, and what they earn.

    Actions 0 to ``classes`` - 1 are answers, the last action is "not yet". An answer names the next thing. It is right if it is
    that thing, whatever was said before. The reward is 1 for a right answer as long as no answer was wrong, else 0 (the cut at the
    first mistake is that of Ba et al. 2014, "Multiple object recognition with visual attention", section 3.3). When all things
    have been named, the remaining steps are idle: nothing is asked, and no action has an effect.

    :param classes: number of different answers
    :param most: largest number of things in an episode
    :param length: steps of an episode, so there are ``length`` looks at most
    :param look_price: is subtracted from the reward at each step up to the last answer
    :param whole: whether there is one reward for all things together: 1 at the last answer if all answers are right
    :ivar not_yet: the action that puts the answer off
    :ivar action_space: the answers, then "not yet"
    :raises ValueError: if the episode is too short to name all things, or the price is not a number from 0 on
    """

    def __init__(self, classes: int, most: int, length: int, look_price: float = 0.0, whole: bool = False) -> None:
        if length < most:
            raise ValueError(f"glimpses is {length}; an episode needs at least {most}, one for each answer")
        check_numbers(look_price=look_price)
        if not 0 <= look_price < math.inf:
            raise ValueError(f"look_price is {look_price!r}; it must be a finite number of at least 0")
        self.classes, self.most, self.length, self.look_price, self.whole = classes, most, length, look_price, whole
        self.not_yet = classes
        self.action_space = spaces.Discrete(classes + 1)

    def observation_space(self, image: spaces.Box) -> spaces.Dict:
        """
        Images, and how far the agent is.

        :param image: space of the images
        :return: ``"image"``; ``"progress"`` (``most`` + 2,): how many things have been named, one-hot, and the share of the looks
            that is left. A recurrent policy does not see its own actions, so it could not know this by itself
        """
        return spaces.Dict({IMAGE: image, PROGRESS: spaces.Box(0.0, 1.0, (self.most + 2,), np.float32)})

    def observations(self, images: th.Tensor) -> dict[str, th.Tensor]:
        """What the agents see, of images (N, C, H, W)."""
        return {IMAGE: images, PROGRESS: self.progress()}

    def begin(self, answers: th.Tensor) -> None:
        """
        Start an episode in every copy.

        :param answers: (N, ``most``) int64, the right answers in their order, then -1
        """
        nobody = th.zeros(len(answers), dtype=th.int64, device=answers.device)
        self.answers, self.things = answers, (answers != NO_ANSWER).sum(1)
        self.named, self.right, self.looks, self.mistakes = nobody, nobody, nobody, nobody
        self._step = 0

    def play(self, actions: th.Tensor) -> th.Tensor:
        """Take actions (N,), and return rewards (N,)."""
        asked = self.asked()
        open_ = asked != NO_ANSWER
        answered = open_ & (actions != self.not_yet)
        right = answered & (actions == asked)
        faultless = right & (self.mistakes == 0)
        if self.whole:
            faultless &= self.named + 1 == self.things
        self.named, self.right = self.named + answered.long(), self.right + right.long()
        self.mistakes = self.mistakes + (answered & ~right).long()
        self.looks = self.looks + open_.long()
        self._step += 1
        return faultless.float() - self.look_price * open_.float()

    def asked(self) -> th.Tensor:
        """The right answer of the next thing, (N,); -1 where all things have been named."""
        padded = th.nn.functional.pad(self.answers, (0, 1), value=NO_ANSWER)
        return padded.gather(1, self.named[:, None]).squeeze(1)

    def progress(self) -> th.Tensor:
        """What the observation tells, (N, ``most`` + 2) float32."""
        counted = th.nn.functional.one_hot(self.named, self.most + 1).float()
        left = th.full_like(counted[:, :1], 1 - self._step / self.length)
        return th.cat([counted, left], dim=1)

    def info(self) -> dict[str, th.Tensor]:
        """
        Facts about the current step, (N,) each.

        :return: ``answer``, the right action if the agent answers now, -1 if all things have been named; ``things`` in the episode;
            how many of them have been ``named``, and how many of the answers were ``right``, also after a wrong one; ``looks`` up
            to the last answer, that at the answer included
        """
        return {"answer": self.asked(), **{name: getattr(self, name) for name in ("things", "named", "right", "looks")}}

    def meanings(self, names: dict[int, str]) -> list[str]:
        """
        Names of the actions, in order.

        :param names: of answers that are not numbers
        """
        return [*(names.get(i, str(i)) for i in range(self.classes)), "not yet"]
