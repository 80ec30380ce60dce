"""A map of all that an eye has seen, each thing in its place, for soft attention to read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from torch import nn
from torch.nn import functional as F

from ..glimpse_extractor import GlimpseExtractor, Seen
from ..nature_convolutions import NatureConvolutions
from ..retina import Paste


class MapAndWhere(nn.Module):
    """
    ReLU(map(pasted glimpses) + W where(gaze)): the glimpse network of Mnih et al. (2014), section 3, at each place of a map.

    :param convolutions: from the image with the pasted glimpses to a map, flattened channel by channel
    :param seen: what the network gets, with a paste
    :param where_dim: length of the vector for a gaze
    """

    paste: Paste

    def __init__(self, convolutions: NatureConvolutions, seen: Seen, where_dim: int) -> None:
        super().__init__()
        assert seen.paste is not None  # the extractor asks for one
        self.paste, self.convolutions = seen.paste, convolutions
        channels = convolutions.map_shape[0]
        self.where = nn.Sequential(nn.Linear(2 * seen.gazes, where_dim), nn.ReLU(), nn.Linear(where_dim, channels))
        self.from_known = nn.Linear(seen.known, channels, bias=False) if seen.known else None

    def forward(self, glimpse: th.Tensor, gaze: th.Tensor, known: th.Tensor | None = None) -> th.Tensor:
        """
        :param glimpse: (B, channels, g, g), brightness from 0 to 1
        :param gaze: (B, 2), or (B, M, 2)
        :param known: (B, known), if there is anything
        :return: (B, C * h * w), channel by channel
        """
        # Convolutions are faster in channels_last, most of all in bfloat16 on a CPU.
        pasted = self.paste(glimpse, gaze).contiguous(memory_format=th.channels_last)
        told = self.where(gaze.flatten(1))
        if self.from_known is not None:
            told = told + self.from_known(known)
        places = self.convolutions(pasted).unflatten(1, (told.shape[1], -1))
        return F.relu(places + told[:, :, None]).flatten(1)


class GlimpseMapExtractor(GlimpseExtractor):
    """
    SB3 features of the ``{"image", "gaze"}`` observations of :class:`saccade.envs.GazeWrapper`: a retina, its glimpses pasted back
    where they were seen, and the Nature DQN's convolutions over that. The features are the map of the convolutions, so that soft
    attention can weigh its places (:class:`saccade.policies.SoftGlimpseDuelingPolicy`). Where the eye was is added at every place.

    What else there may be in the observation is as for :class:`saccade.policies.GlimpseExtractor`.

    :param observation_space: Dict with a square ``"image"`` (C, H, H) of 36 pixels or more, and a ``"gaze"`` (2,), perhaps with
        ``"gazes"`` (F, 2)
    :param size: side of a glimpse in pixels
    :param scales: number of scales; None for as many as fit into the image, at most 3
    :param overview: whether the widest scale always shows the whole image, wherever the gaze is
    :param where_dim: length of the vector for a gaze
    :param layer_norm: of the convolutions alone, as for :class:`saccade.policies.NatureConvolutions`, as are the next two
    :param padded: whether the map is finer, by a border of zeros
    :param strides: of the three convolutions
    :param normalized_image: whether float images are already from 0 to 1
    :ivar map_shape: (64, h, w)
    :ivar map_places: where the places of the map lie on the image, as in :class:`saccade.policies.NatureConvolutions`
    :raises ValueError: as :class:`saccade.policies.GlimpseExtractor`, and if the image is not square or too small
    """

    takes_layer_norm = True  # so a policy with LayerNorm asks for it
    glimpse_network: MapAndWhere

    def __init__(
        self,
        observation_space: spaces.Dict,
        size: int = 21,
        scales: int | None = None,
        overview: bool = False,
        where_dim: int = 128,
        layer_norm: bool = False,
        padded: bool = False,
        strides: Sequence[int] = (4, 2, 1),
        normalized_image: bool = False,
    ) -> None:
        self._convolutions: dict[str, Any] = {"padded": padded, "strides": strides}
        super().__init__(
            observation_space, size=size, scales=scales, where_dim=where_dim, layer_norm=layer_norm, overview=overview, pasted=True,
            normalized_image=normalized_image,
        )  # fmt: skip
        convolutions = self.glimpse_network.convolutions
        self.map_shape, self.map_places = convolutions.map_shape, convolutions.map_places
        self._features_dim = convolutions.features_dim  # SB3's name for what features_dim gives

    def network_of(self, seen: Seen, network: str, what_dim: int, where_dim: int, layer_norm: bool) -> nn.Module:
        """A map, which needs neither a name nor a length."""
        image = spaces.Box(0, 255, (seen.channels, seen.side, seen.side), np.float32)
        return MapAndWhere(NatureConvolutions(image, layer_norm=layer_norm, **self._convolutions), seen, where_dim)
