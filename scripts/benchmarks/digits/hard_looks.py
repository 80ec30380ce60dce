"""Hard glimpses at canvases without an env, to be timed beside networks that get whole canvases."""

from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from torch import nn

from saccade.envs.gaze import Gaze
from saccade.policies import GlimpsePolicy
from saccade.policies.gaze_distribution import GazeDistribution

PIXELS = 32  # that an action of 1 moves the gaze


class HardLooks(nn.Module):
    """
    A glimpse policy whose gaze moves in pixels, as a network: from canvases to the answer after each look, without exploration.

    The first look is at the centre. The env does the same in more steps (``GazeWrapper(relative=True, first="center")``).

    :param policy: with a continuous gaze
    :param looks: T
    """

    def __init__(self, policy: GlimpsePolicy, looks: int) -> None:
        super().__init__()
        self.policy, self.looks = policy, looks

    def forward(self, canvases: th.Tensor) -> th.Tensor:
        """
        :param canvases: (B, 1, size, size) uint8
        :return: logits (T, B, classes)
        """
        count, device = len(canvases), canvases.device
        unit = 2 * PIXELS / th.tensor(canvases.shape[:1:-1], device=device)  # half images along x and y
        gaze, move = th.zeros(count, 2, device=device), th.zeros(count, 2, device=device)
        states, starts, answers = self.policy.start_states(count), th.zeros(count, device=device), []
        for _ in range(self.looks):
            seen: Any = {"image": canvases, "gaze": gaze, "move": move}
            distribution: GazeDistribution
            distribution, states = self.policy.get_distribution(seen, states, starts)
            answers.append(distribution.action.logits)
            after = (gaze + distribution.mode()[:, 1:].clamp(-1, 1) * unit).clamp(-1, 1)
            gaze, move = after, (after - gaze) / unit
        return th.stack(answers)


def hard_looks(size: int, classes: int, looks: int, glimpse: int = 12, scales: int = 4) -> HardLooks:
    """
    A new policy of the suite's default layers.

    :param size: side of the canvases
    :param classes: of the answer
    :param looks: T
    :param glimpse: side of a glimpse
    :param scales: of the retina
    """
    image = spaces.Box(0, 255, (1, size, size), np.uint8)
    gaze = Gaze(spaces.Discrete(classes), image, relative=True, pixels=PIXELS, first="center")
    retina = {"size": glimpse, "scales": scales}
    policy = GlimpsePolicy(gaze.observation_space, gaze.action_space, lambda _: 1e-3, features_extractor_kwargs=retina)
    policy.set_training_mode(False)
    return HardLooks(policy, looks)
