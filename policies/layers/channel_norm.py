"""LayerNorm over the channels of each pixel."""

import torch as th
from torch import nn


class ChannelNorm(nn.LayerNorm):
    """
    Normalizes each pixel's channels to mean 0 and variance 1, then scales and shifts each channel (Ba et al. 2016, over the last
    axis of an image (B, H, W, C)).

    :param channels: C
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels)

    def forward(self, images: th.Tensor) -> th.Tensor:
        """(B, C, H, W) to (B, C, H, W); without a copy if the images are in channels_last format."""
        return super().forward(images.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
