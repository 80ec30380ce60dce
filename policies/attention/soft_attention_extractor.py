"""Soft attention as features of any SB3 policy."""

from collections.abc import Mapping
from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, create_mlp
from torch import nn

from ..nature_convolutions import NatureConvolutions
from ..plain_numbers import check_number, check_whole_numbers
from .feature_map import map_of, places_of
from .soft_attention import KeysAndValues, SoftQueries


class SoftAttentionExtractor(BaseFeaturesExtractor):
    """
    SB3 features of images, read through soft attention: convolutions, the answers to K learned queries, then one layer of units.

    It goes into any policy of SB3, sb3-contrib and the suite that takes images, such as those of stock ``PPO`` and ``DQN``:
    ``policy_kwargs={"features_extractor_class": SoftAttentionExtractor}``. All heads behind it read the image through the same
    queries. In :class:`saccade.policies.SoftAttentionDuelingPolicy` the value and the advantages have queries of their own.

    :param observation_space: images (C, H, W)
    :param features_dim: units of the layer after the answers, as in SB3's ``NatureCNN``
    :param queries: K
    :param keys: length of a key
    :param values: length of a value
    :param waves: of the spatial basis along each axis; 0 for none
    :param sharpness: of a new query (:func:`saccade.policies.attention.soft_attention.soft_weights`); None for S3TA's weights
    :param masked: whether the layer reads the map dimmed by the weights (:class:`SoftQueries`), not weighted means
    :param layer_norm: LayerNorm before each ReLU, as in PQN. The dueling policies ask for it where they have it themselves
    :param convolutions_class: a features extractor with a ``map_shape`` (channels, h, w)
    :param convolutions_kwargs: its keyword arguments; ``{"padded": True}`` or smaller ``strides`` give finer maps
    :raises ValueError: if a number is out of range, or there is no map
    """

    takes_layer_norm = True  # so a policy with LayerNorm asks for it

    def __init__(
        self,
        observation_space: spaces.Space,
        features_dim: int = 512,
        *,
        queries: int = 4,
        keys: int = 8,
        values: int = 120,
        waves: int = 8,
        sharpness: float | None = None,
        masked: bool = False,
        layer_norm: bool = False,
        convolutions_class: type[BaseFeaturesExtractor] = NatureConvolutions,
        convolutions_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        check_number("features_dim", features_dim, least=1, whole=True)
        check_whole_numbers(keys=keys, values=values)  # the rest is checked by the queries
        super().__init__(observation_space, features_dim)
        normed = {"layer_norm": True} if layer_norm else {}
        self.convolutions = convolutions_class(observation_space, **{**normed, **(convolutions_kwargs or {})})
        channels, self.grid = map_of(self.convolutions)
        self.read = SoftQueries(keys, values, self.grid, queries, waves, sharpness, masked)
        self.look = KeysAndValues(channels, keys, values)
        norm: list[type[nn.Module]] | None = [nn.LayerNorm] if layer_norm else None
        self.linear = nn.Sequential(*create_mlp(self.read.answer_dim, 0, [features_dim], post_linear_modules=norm))

    @property
    def map_places(self) -> tuple[float, float] | None:
        """Where the map's places lie on the image, as in :class:`NatureConvolutions`; None if the convolutions do not say it."""
        return places_of(self.convolutions)

    def forward(self, images: th.Tensor) -> th.Tensor:
        """(B, C, H, W) float, as SB3 preprocesses it, to (B, features_dim)."""
        answers: th.Tensor = self.linear(self.read(self.look(self.convolutions(images))))
        return answers

    def attention(self, images: th.Tensor) -> th.Tensor:
        """
        Where the queries look.

        :param images: as for :meth:`forward`
        :return: (B, K, h, w), with sum 1 over the places
        """
        return self.read.weights(self.look(self.convolutions(images))).view(len(images), -1, *self.grid)
