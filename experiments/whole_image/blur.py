"""A blur as the first layer of a network, as a rival of a retina, which blurs too."""

import math

import torch as th
from torch import nn
from torch.nn import functional as F

WIDTH = 3  # standard deviations on each side


class GaussianBlur(nn.Module):
    """
    A Gaussian blur with black beyond the edge. It has no weights, and gradients flow through it.

    :param deviation: standard deviation in pixels, above 0
    """

    def __init__(self, deviation: float) -> None:
        super().__init__()
        reach = math.ceil(WIDTH * deviation)
        places = th.arange(-reach, reach + 1, dtype=th.float64)
        weights = th.exp(-(places**2) / (2 * deviation**2))
        # Not in the state of the network: it is known from the deviation.
        self.register_buffer("weights", (weights / weights.sum()).float(), persistent=False)

    def forward(self, images: th.Tensor) -> th.Tensor:
        """
        :param images: (N, 1, H, W)
        :return: of the same shape
        """
        weights, reach = self.get_buffer("weights").to(images.dtype), (len(self.get_buffer("weights")) - 1) // 2
        rows = F.conv2d(images, weights.view(1, 1, -1, 1), padding=(reach, 0))
        return F.conv2d(rows, weights.view(1, 1, 1, -1), padding=(0, reach))
