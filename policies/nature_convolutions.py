"""The convolutions of the Nature DQN without the fully connected layer behind them."""

import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from .block_convolution import BlockConv2d
from .channel_norm import ChannelNorm


class NatureConvolutions(BaseFeaturesExtractor):
    """
    Three convolutions, flattened: 32 of 8x8 stride 4, 64 of 4x4 stride 2, 64 of 3x3 stride 1 (Mnih et al. 2015).

    SB3's ``NatureCNN`` ends in a layer of 512 units. In the dueling network (Wang et al. 2016) that layer is what splits, one of
    512 in each stream, so the trunk ends before it: 3,136 features of an 84x84 frame.

    :param observation_space: images (C, H, W), at least 36 pixels high and wide
    :param layer_norm: LayerNorm before each ReLU, over the channels of every place (as PQN's authors do: Gallici et al. 2024)
    :raises ValueError: if the observations are no images, or too small ones
    """

    def __init__(self, observation_space: spaces.Box, layer_norm: bool = False) -> None:
        if not isinstance(observation_space, spaces.Box) or len(observation_space.shape) != 3:
            raise ValueError(
                f"NatureConvolutions sees images (C, H, W), not {observation_space}; use DuelingMlpPolicy for "
                "vectors, DuelingMultiInputPolicy for dicts"
            )
        channels, height, width = observation_space.shape
        if min(height, width) < 36:
            raise ValueError(
                f"images of {height}x{width} are too small for the Nature DQN's convolutions, which need 36x36; "
                "give another features_extractor_class"
            )

        def norm(width: int) -> list[nn.Module]:
            return [ChannelNorm(width)] if layer_norm else []

        convolutions = nn.Sequential(
            BlockConv2d(channels, 32, kernel_size=8, stride=4),
            *norm(32),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=4, stride=2),
            *norm(64),
            nn.ReLU(),
            nn.Conv2d(64, 64, kernel_size=3, stride=1),
            *norm(64),
            nn.ReLU(),
            nn.Flatten(),
        )
        with th.no_grad():
            features_dim = convolutions(th.zeros(1, *observation_space.shape)).shape[1]
        super().__init__(observation_space, features_dim)
        self.convolutions = convolutions

    def forward(self, images: th.Tensor) -> th.Tensor:
        """(B, C, H, W) float to (B, features_dim)."""
        return self.convolutions(images)
