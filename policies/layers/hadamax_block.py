"""Two convolutions side by side, their product, and the largest of neighbouring places."""

import torch as th
from torch import nn

from .channel_norm import ChannelNorm


class HadamaxBlock(nn.Module):
    """
    A block of the Hadamax encoder (Kooi et al. 2025): ``max_pool(gelu(norm(conv(x))) * gelu(norm(conv'(x))))``.

    The convolutions have stride 1 and see a border of zeros, so that their maps are as large as the image. Of an even kernel the
    border is one pixel wider below and to the right. GELU is the tanh approximation, and weights begin as Glorot's normal ones, as
    in the authors' code.

    :param in_channels: channels of the images
    :param out_channels: filters of each convolution
    :param kernel_size: side of their windows
    :param pool: side of the window of which the largest value stays
    :param stride: of that window; ``pool``, or 1 for an odd ``pool``. With 1 the map keeps its size
    :param layer_norm: whether there is a LayerNorm over the channels of each pixel before each GELU
    :ivar centre: where the first place of the result lies in the image: the centre of its window, in pixels
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, pool: int, stride: int, layer_norm: bool = False
    ) -> None:
        super().__init__()
        before = (kernel_size - 1) // 2
        after = kernel_size - 1 - before
        self.border = nn.ZeroPad2d((before, after, before, after))
        self.branches = nn.ModuleList(self._branch(in_channels, out_channels, kernel_size, layer_norm) for _ in range(2))
        # Places that are left over at the lower and right edge count as well: ceil_mode.
        self.pool = nn.MaxPool2d(pool, stride, padding=0 if stride == pool else pool // 2, ceil_mode=stride == pool)
        self.centre = (after - before) / 2 + (0 if stride == 1 else (pool - 1) / 2)

    @staticmethod
    def _branch(in_channels: int, out_channels: int, kernel_size: int, layer_norm: bool) -> nn.Sequential:
        convolution = nn.Conv2d(in_channels, out_channels, kernel_size)
        nn.init.xavier_normal_(convolution.weight)
        nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
        return nn.Sequential(convolution, *([ChannelNorm(out_channels)] if layer_norm else []), nn.GELU(approximate="tanh"))

    def forward(self, images: th.Tensor) -> th.Tensor:
        """(B, C, H, W) to (B, out_channels, ceil(H / stride), ceil(W / stride))."""
        one, other = self.branches
        images = self.border(images)
        return self.pool(one(images) * other(images))
