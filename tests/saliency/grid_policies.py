"""Policies whose observations are not (C, H, W) images of SB3, with convolutions that put the axes in order themselves."""

from collections.abc import Callable, Sequence

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

ORDERS: dict[str, Callable[[th.Tensor], th.Tensor]] = {
    "CHW": lambda x: x,
    "HWC": lambda x: x.permute(0, 3, 1, 2),
    "HWC turned": lambda x: x.transpose(1, 3),
    "THWC": lambda x: x.permute(0, 1, 4, 2, 3).flatten(1, 2),
    "TCHW": lambda x: x.flatten(1, 2),
    "TCHW frame by frame": lambda x: x.flatten(0, 1),
    "HW": lambda x: x[:, None],
}


class Ordered(BaseFeaturesExtractor):
    """One convolution over what an order makes of an observation."""

    def __init__(self, space: spaces.Box, order: str) -> None:
        super().__init__(space, 6)
        self.order = ORDERS[order]
        seen = self.order(th.zeros(1, *space.shape))
        self.frames = seen.shape[0]
        self.look = nn.Conv2d(seen.shape[1], 6, 3, padding=1)

    def forward(self, x: th.Tensor) -> th.Tensor:
        found = self.look(self.order(x)).tanh()
        weight = th.linspace(0.1, 1, found[0, 0].numel(), device=x.device).view(found.shape[2:])  # places are not all alike
        return (found * weight).mean(dim=(2, 3)).view(len(x), self.frames, -1).mean(1)


def grid_policy(space: spaces.Box, order: str, seed: int = 0) -> ActorCriticPolicy:
    """An actor-critic over three actions."""
    th.manual_seed(seed)
    return ActorCriticPolicy(
        space,
        spaces.Discrete(3),
        lambda _: 1e-3,
        net_arch=[],
        features_extractor_class=Ordered,
        features_extractor_kwargs={"order": order},
        ortho_init=False,
    )


def flat_policy(space: spaces.Space, net_arch: Sequence[int] = (4,)) -> ActorCriticPolicy:
    """Without convolutions."""
    return ActorCriticPolicy(space, spaces.Discrete(2), lambda _: 1e-3, net_arch=list(net_arch))


def box(*shape: int, dtype: type = np.float32) -> spaces.Box:
    """From 0 to 1."""
    return spaces.Box(0, 1, shape, dtype)
