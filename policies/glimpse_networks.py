"""Glimpse networks: one vector for what is seen and where."""

from collections.abc import Callable

import numpy as np
import torch as th
from gymnasium import spaces
from torch import nn
from torch.nn import functional as F

from .layers.channel_norm import ChannelNorm
from .nature_convolutions import NatureConvolutions
from .retina import Paste

WhatNetwork = Callable[[int, int, int], nn.Module]


class WhatAndWhere(nn.Module):
    """
    ReLU(W_1 what(glimpse) + W_2 where(gaze)), the glimpse network of Mnih et al. (2014), section 3.

    :param what: network from glimpses (B, channels, g, g) to (B, what_dim)
    :param what_dim: length of the vector for a glimpse
    :param where_dim: length of the vector for a gaze
    :param out_dim: length of the result
    :param layer_norm: whether to normalise the vector for a glimpse, so that a few dim pixels count as much as many bright ones
    :param gazes: M, how many gazes there are: 1, or one for each frame of a stack
    :param known_dim: length of a vector that is known beside glimpse and gaze, such as what has been answered so far; 0 for none
    :param paste: pastes glimpses back onto the image; then ``what`` is a network of images (B, C, H, W)
    """

    def __init__(
        self,
        what: nn.Module,
        what_dim: int,
        where_dim: int,
        out_dim: int,
        layer_norm: bool = False,
        gazes: int = 1,
        known_dim: int = 0,
        paste: Paste | None = None,
    ) -> None:
        super().__init__()
        self.paste = paste
        self.what = nn.Sequential(what, nn.LayerNorm(what_dim)) if layer_norm else what
        self.where = nn.Sequential(nn.Linear(2 * gazes, where_dim), nn.ReLU())
        self.from_what = nn.Linear(what_dim, out_dim)
        self.from_where = nn.Linear(where_dim, out_dim)
        self.from_known = nn.Linear(known_dim, out_dim, bias=False) if known_dim else None

    def forward(self, glimpse: th.Tensor, gaze: th.Tensor, known: th.Tensor | None = None) -> th.Tensor:
        """
        :param glimpse: (B, channels, g, g), brightness from 0 to 1
        :param gaze: (B, 2), or (B, M, 2)
        :param known: (B, known_dim), if there is anything
        :return: (B, out_dim)
        """
        # Convolutions and pooling are faster in channels_last, most of all in bfloat16 on a CPU.
        seen = glimpse if self.paste is None else self.paste(glimpse, gaze)
        seen = seen.contiguous(memory_format=th.channels_last)
        joined = self.from_what(self.what(seen)) + self.from_where(self.where(gaze.flatten(1)))
        return F.relu(joined if self.from_known is None else joined + self.from_known(known))


class PixelByPixel(nn.Module):
    """(B, C, H, W) as vectors (B, H * W * C), in the memory order of channels_last images, so that nothing is copied."""

    def forward(self, image: th.Tensor) -> th.Tensor:
        return image.permute(0, 2, 3, 1).flatten(1)


def fully_connected(channels: int, size: int, what_dim: int) -> nn.Module:
    """The network of RAM: one hidden layer on all pixels."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size**2, what_dim), nn.ReLU())


def convolutional(channels: int, size: int, what_dim: int, norm: bool = False) -> nn.Module:
    """
    Two layers of 3x3 filters with max pooling in between, for glimpses of at least 2x2 pixels.

    :param channels: of a glimpse
    :param size: its side in pixels
    :param what_dim: length of the result
    :param norm: LayerNorm before each ReLU, over the channels of each pixel, as in PQN (Gallici et al. 2024)
    """
    pooled = size // 2

    def before_relu(layer: type[nn.LayerNorm], width: int) -> list[nn.Module]:
        return [layer(width)] if norm else []

    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, padding=1),
        *before_relu(ChannelNorm, 32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        *before_relu(ChannelNorm, 64),
        nn.ReLU(),
        PixelByPixel(),
        nn.Linear(64 * pooled**2, what_dim),
        *before_relu(nn.LayerNorm, what_dim),
        nn.ReLU(),
    )


def normed_convolutional(channels: int, size: int, what_dim: int) -> nn.Module:
    """:func:`convolutional` with LayerNorm: Q-learning without a target network needs it."""
    return convolutional(channels, size, what_dim, norm=True)


def nature(channels: int, size: int, what_dim: int, norm: bool = False) -> nn.Module:
    """
    The Nature DQN's network, for glimpses of at least 36x36 pixels, such as a whole Atari screen.

    :param channels: as for :func:`convolutional`, as are all others
    """
    convolutions = NatureConvolutions(spaces.Box(0, 255, (channels, size, size), np.float32), layer_norm=norm)
    last = [nn.LayerNorm(what_dim)] if norm else []
    return nn.Sequential(convolutions, nn.Linear(convolutions.features_dim, what_dim), *last, nn.ReLU())


def normed_nature(channels: int, size: int, what_dim: int) -> nn.Module:
    """:func:`nature` with LayerNorm, as in PQN."""
    return nature(channels, size, what_dim, norm=True)


WHAT_NETWORKS: dict[str, WhatNetwork] = {
    "conv": convolutional,
    "normed_conv": normed_convolutional,
    "fc": fully_connected,
    "nature": nature,
    "normed_nature": normed_nature,
}
