"""One answer, which is asked for at the last step: what :class:`.naming.Naming` is where the agent cannot say when."""

import torch as th
from gymnasium import spaces


class LastAnswer:
    """
    What N agents say at the last step of an episode, and what they earn: 1 if it is right, else 0. Earlier actions do nothing.

    It is asked as :class:`.naming.Naming` is. No action puts the answer off, and observations are the images alone.

    :param classes: number of different answers
    :param length: steps of an episode
    :ivar most: number of answers in an episode
    :ivar action_space: the answers
    """

    most = 1
    not_yet = None

    def __init__(self, classes: int, length: int) -> None:
        self.classes, self.length = classes, length
        self.action_space = spaces.Discrete(classes)

    def observation_space(self, image: spaces.Box) -> spaces.Box:
        """The space of the images, as it is."""
        return image

    def observations(self, images: th.Tensor) -> th.Tensor:
        """The images, as they are."""
        return images

    def begin(self, answers: th.Tensor) -> None:
        """
        Start an episode in every copy.

        :param answers: (N, 1) int64, the right ones
        """
        self.answers, self._step = answers, 0

    def play(self, actions: th.Tensor) -> th.Tensor:
        """Take actions (N,), and return rewards (N,)."""
        self._step += 1
        return ((actions == self.answers[:, 0]) & (self._step == self.length)).float()

    def info(self) -> dict[str, th.Tensor]:
        """Nothing: the right answer is not a fact about a step."""
        return {}

    def meanings(self, names: dict[int, str]) -> list[str]:
        """None: the actions are only numbers."""
        return []
