"""The Hadamax encoder, for agents that have a GPU."""

import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from .layers.hadamax_block import HadamaxBlock
from .layers.image_shape import image_shape

BLOCKS = ((32, 8, 4, 4), (64, 4, 2, 2), (64, 3, 3, 1))  # filters, kernel, window of the maximum, its stride


class HadamaxConvolutions(BaseFeaturesExtractor):
    """
    The Hadamax encoder in place of the Nature DQN's convolutions (Kooi et al. 2025, arXiv 2505.15345).

    Each of three blocks multiplies two convolutions and takes the largest of neighbouring places: 32 filters of 8x8 and windows of
    4x4, 64 of 4x4 and 2x2, 64 of 3x3 and 3x3 with stride 1. The authors report that PQN scores far more with it on Atari. It has
    about 20 times the multiply-adds of the Nature DQN's convolutions, because it convolves at every pixel. That is too much for
    training on a processor.

    Deviations: the layer of 512 units that follows in the paper is left to the policy. In a dueling network each stream has its
    own. Where a side is not a multiple of 4 the border of the windows is below and to the right.

    It takes the place of the convolutions in any policy: ``policy_kwargs={"features_extractor_class": HadamaxConvolutions}``.

    :param observation_space: images (C, H, W), at least 8 pixels high and wide
    :param layer_norm: LayerNorm before each GELU, over the channels of each pixel, as in the paper;
        :class:`saccade.agents.PQN` with a dueling policy turns it on
    :ivar map_shape: (64, h, w) of the map before it is flattened, channel by channel; 11x11 places for an 84x84 frame
    :ivar map_places: where the places of the map lie on the image, along each axis: the centre of what the first place sees, and
        the distance from one to the next, in pixels from the image's edge
    :raises ValueError: if the observations are not images, or are too small
    """

    takes_layer_norm = True  # so a policy with LayerNorm asks for it

    def __init__(self, observation_space: spaces.Box, layer_norm: bool = False) -> None:
        channels, _, _ = image_shape(observation_space, "HadamaxConvolutions", least=8)
        layers = nn.Sequential()
        start, distance = 0.5, 1.0
        for filters, kernel, pool, stride in BLOCKS:
            block = HadamaxBlock(channels, filters, kernel, pool, stride, layer_norm)
            layers.append(block)
            start, distance, channels = start + block.centre * distance, distance * stride, filters
        with th.no_grad():
            map_shape = layers(th.zeros(1, *observation_space.shape)).shape[1:]
        super().__init__(observation_space, map_shape.numel())
        self.convolutions, self.map_shape, self.map_places = layers.append(nn.Flatten()), tuple(map_shape), (start, distance)

    def forward(self, images: th.Tensor) -> th.Tensor:
        """(B, C, H, W) float to (B, features_dim)."""
        return self.convolutions(images)
