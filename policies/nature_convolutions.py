"""The convolutions of the Nature DQN. The fully connected layer after them is an option."""

from collections.abc import Sequence

import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, create_mlp
from torch import nn

from .layers.block_convolution import BlockConv2d
from .layers.channel_norm import ChannelNorm
from .layers.image_shape import image_shape
from .plain_numbers import check_number


class NatureConvolutions(BaseFeaturesExtractor):
    """
    Three convolutions, flattened: 32 filters of 8x8 with stride 4, 64 of 4x4 with stride 2, 64 of 3x3 with stride 1 (Mnih et
    al. 2015).

    SB3's ``NatureCNN`` ends in a layer of 512 units. In the dueling network (Wang et al. 2016) each stream has its own layer of 512
    units. So the shared trunk ends before that layer: 3,136 features of an 84x84 frame.

    :param observation_space: images (C, H, W), at least 36 pixels high and wide
    :param layer_norm: LayerNorm before each ReLU, over the channels of each pixel, as in PQN (Gallici et al. 2024)
    :param features_dim: units of a fully connected layer after the convolutions, as in SB3's ``NatureCNN``; None: no such layer
    :param padded: whether the second and third convolution also see a border of zeros, one pixel wide. Then the map of an 84x84
        frame has 10x10 places instead of 7x7
    :param strides: of the three convolutions; that of the first divides 8. Smaller ones give finer maps: ``(4, 1, 1)`` 15x15 places
        for an 84x84 frame, at several times the cost
    :ivar map_shape: (64, h, w) of the map before it is flattened, channel by channel
    :ivar map_places: where the places of the map lie on the image, along each axis: the centre of what the first place sees, and
        the distance from one to the next, in pixels from the image's edge
    :raises ValueError: if the observations are not images, or are too small, or ``features_dim`` is below 1, or ``strides`` are not
        three whole numbers
    """

    takes_layer_norm = True  # so a policy with LayerNorm asks for it

    def __init__(
        self,
        observation_space: spaces.Box,
        layer_norm: bool = False,
        features_dim: int | None = None,
        padded: bool = False,
        strides: Sequence[int] = (4, 2, 1),
    ) -> None:
        channels, height, width = image_shape(observation_space, "NatureConvolutions", least=36)
        if features_dim is not None:
            check_number("features_dim", features_dim, whole=True)
        if features_dim is not None and features_dim < 1:
            raise ValueError(f"features_dim is {features_dim}; a layer has at least 1 unit, and None means no layer")

        if (
            not isinstance(strides, Sequence)
            or len(strides) != 3
            or not all(isinstance(stride, int) and stride >= 1 for stride in strides)
            or 8 % strides[0]
        ):
            raise ValueError(f"strides are {strides!r}; they must be three whole numbers from 1 on, of which the first divides 8")

        def norm(width: int) -> list[nn.Module]:
            return [ChannelNorm(width)] if layer_norm else []

        convolutions = nn.Sequential(
            BlockConv2d(channels, 32, kernel_size=8, stride=strides[0]),
            *norm(32),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=4, stride=strides[1], padding=int(padded)),
            *norm(64),
            nn.ReLU(),
            nn.Conv2d(64, 64, kernel_size=3, stride=strides[2], padding=int(padded)),
            *norm(64),
            nn.ReLU(),
        )
        try:
            with th.no_grad():
                map_shape = convolutions(th.zeros(1, *observation_space.shape)).shape[1:]
        except RuntimeError as error:  # a map became smaller than the next kernel
            raise ValueError(f"images of {height}x{width} are too small for strides {strides!r}; give smaller strides") from error
        convolutions.append(nn.Flatten())
        width = map_shape.numel()
        super().__init__(observation_space, features_dim or width)
        self.convolutions, self.map_shape, self.map_places = convolutions, tuple(map_shape), _places(convolutions)
        layers = create_mlp(
            width, 0, [features_dim] if features_dim else [], post_linear_modules=[nn.LayerNorm] if layer_norm else None
        )
        self.linear = nn.Sequential(*layers)  # without layers it returns its input, and it saves nothing

    def forward(self, images: th.Tensor) -> th.Tensor:
        """(B, C, H, W) float to (B, features_dim)."""
        return self.linear(self.convolutions(images))


def _places(layers: nn.Sequential) -> tuple[float, float]:
    """Centre of the first place of the map that square convolutions make, and the distance of its places, in pixels."""
    start, stride = 0.5, 1.0
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            start += ((layer.kernel_size[0] - 1) / 2 - int(layer.padding[0])) * stride
            stride *= layer.stride[0]
    return start, stride
