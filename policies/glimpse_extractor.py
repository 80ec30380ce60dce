"""A features extractor that sees an image only through a retina."""

from typing import NamedTuple

import torch as th
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import TensorDict
from torch import nn

from .glimpse_networks import WHAT_NETWORKS, WhatAndWhere
from .plain_numbers import check_whole_numbers
from .retina import Paste, Retina

MOST_SCALES = 3  # by default
SEEN = "glimpse"  # in condensed observations
MOVE = "move"  # in observations of a gaze that moves in pixels
PROGRESS = "progress"  # what an env tells beside the image, such as how many things the agent has named


class Seen(NamedTuple):
    """
    What a glimpse network gets.

    :ivar channels: of a glimpse, or of the image that it is pasted onto
    :ivar side: of that in pixels
    :ivar gazes: M, how many gazes there are: 1, or one for each frame of a stack
    :ivar known: length of the vector that is known beside glimpse and gaze; 0 for none
    :ivar paste: pastes glimpses onto the image; None if the network reads the glimpse itself
    """

    channels: int
    side: int
    gazes: int
    known: int
    paste: Paste | None


class GlimpseExtractor(BaseFeaturesExtractor):
    """
    SB3 features of the ``{"image", "gaze"}`` observations of :class:`saccade.envs.GazeWrapper`: a retina, then a glimpse
    network that combines what is seen and where.

    With ``"gazes"`` in the observation (``GazeWrapper(memory=True)``), each frame of the stack is cropped at the gaze of its time.

    With ``"move"`` in the observation (``GazeWrapper(relative=True, pixels=...)``), the glimpse network is told the last move in
    place of the gaze. So it does the same on images of any size (:func:`saccade.policies.set_image_size`), and the retina may span
    more than the image.

    With ``"progress"`` in the observation, a vector (D,), the glimpse network reads it beside what is seen and where.

    Images are raw (uint8) or preprocessed by SB3 (0 to 1). Raw images are cropped before they are divided by 255, so the work
    does not grow with the size of the image.

    :param observation_space: Dict with an ``"image"`` (C, H, W) and a ``"gaze"`` (2,), perhaps with ``"gazes"`` (F, 2) or
        ``"move"`` (2,)
    :param features_dim: length of the features
    :param size: side of a glimpse in pixels
    :param scales: number of scales; None for as many as fit into the image, at most 3
    :param network: ``"conv"``; ``"normed_conv"``, the same with LayerNorm before each ReLU, for Q-learning; ``"fc"`` as in RAM; or
        ``"nature"`` (the Nature DQN's convolutions), which needs 36x36 pixels or more;
        ``"normed_nature"``, the same with LayerNorm
    :param what_dim: length of the vector for a glimpse; 128 in RAM
    :param where_dim: length of the vector for a gaze; 128 in RAM
    :param layer_norm: whether to normalise the vector for a glimpse; this helps with nearly empty images
    :param pasted: whether the network reads the glimpse pasted back where it was seen, onto an empty square image, so that a thing
        stays in its place while the gaze moves (:class:`saccade.policies.retina.Paste`). Its work grows with the image
    :param overview: whether the widest scale always shows the whole image, wherever the gaze is (:class:`saccade.policies.Retina`)
    :param normalized_image: whether float images are already from 0 to 1
    :raises ValueError: if the space has no image and gaze, or several gazes in one, or the retina spans more than an image of one
        size, or an overview less. (An overview may span more than the image, but less than twice its longer side.)
    """

    takes_raw = True  # images as the env gives them: converting the whole image to float first would be most of the work
    retina: Retina

    def __init__(
        self,
        observation_space: spaces.Dict,
        features_dim: int = 256,
        size: int = 12,
        scales: int | None = None,
        network: str = "conv",
        what_dim: int = 256,
        where_dim: int = 128,
        layer_norm: bool = False,
        normalized_image: bool = False,
        pasted: bool = False,
        overview: bool = False,
    ) -> None:
        check_whole_numbers(features_dim=features_dim, size=size, what_dim=what_dim, where_dim=where_dim)
        if scales is not None:
            check_whole_numbers(scales=scales)
        super().__init__(observation_space, features_dim)
        if not isinstance(observation_space, spaces.Dict) or not {"image", "gaze"} <= observation_space.spaces.keys():
            raise ValueError(
                f"glimpses need observations of 'image' and 'gaze', as saccade.envs.GazeWrapper gives them, not {observation_space}"
            )
        image, gaze = observation_space["image"], observation_space["gaze"]
        if not isinstance(image, spaces.Box) or len(image.shape) != 3:
            raise ValueError(f"glimpses need an 'image' with three axes (C, H, W), not {image}")
        if gaze.shape != (2,):
            raise ValueError(
                f"a 'gaze' is two numbers, and this one has the shape {gaze.shape}; a frame stack belongs below the gaze: "
                "GazeWrapper(FrameStackObservation(env, 4), ...), with memory=True if each frame is to keep its own gaze"
            )
        if network not in WHAT_NETWORKS:
            raise ValueError(f"unknown glimpse network {network!r}; it must be one of: {', '.join(WHAT_NETWORKS)}")
        channels, height, width = image.shape
        side = min(height, width)
        if scales is None:
            scales = max((k for k in range(1, MOST_SCALES + 1) if size << (k - 1) <= side), default=1)
        self.retina = Retina(size, scales, overview=overview)
        self.remembers = "gazes" in observation_space.spaces
        self.told = MOVE if MOVE in observation_space.spaces else "gazes" if self.remembers else "gaze"
        if size > side:
            raise ValueError(f"a glimpse has {size}x{size} pixels, more than the image of {height}x{width}; give it a smaller size")
        if overview and (self.told == MOVE or self.retina.span < max(height, width)):
            raise ValueError(
                f"overview=True needs images of one size, and a widest scale that spans them; {scales} scales of {size}x{size} "
                f"span {self.retina.span} of {height}x{width} pixels"
            )
        if overview and (self.retina.span // 2 > side or self.retina.span >= 2 * max(height, width)):
            raise ValueError(
                f"with an overview, the scales that follow the gaze may span the image's shorter side, and the overview less than "
                f"twice the longer one; {scales} scales of {size}x{size} span {self.retina.span // 2} and {self.retina.span} of "
                f"{height}x{width} pixels"
            )
        if self.retina.span > side and self.told != MOVE and not overview:
            raise ValueError(
                f"a retina of {scales} scales of {size}x{size} spans {self.retina.span} pixels, more than the image "
                f"of {height}x{width}; give it fewer scales or a smaller size"
            )
        if pasted and (self.told == MOVE or height != width):
            raise ValueError(
                f"glimpses are pasted onto square images, with a gaze that is told as a place and not as a move in pixels; these "
                f"are images of {height}x{width}, with a {self.told}"
            )
        read = side if pasted else size
        for name, smallest in {"conv": 2, "normed_conv": 2, "nature": 36, "normed_nature": 36}.items():
            if network == name and read < smallest:
                raise ValueError(
                    f"a glimpse of {read}x{read} is too small for the network {name!r}, which needs "
                    f"{smallest}x{smallest}; use network='fc'"
                )
        self.is_image = is_image_space(image, normalized_image=normalized_image)
        paste = Paste(size, scales, height, width, overview) if pasted else None
        gazes, known = self._frames(observation_space, channels), _length_of(observation_space.spaces.get(PROGRESS))
        self.knows = known > 0
        seen = Seen(channels if pasted else scales * channels, read, gazes, known, paste)
        self.glimpse_network = self.network_of(seen, network, what_dim, where_dim, layer_norm)

    def network_of(self, seen: Seen, network: str, what_dim: int, where_dim: int, layer_norm: bool) -> nn.Module:
        """
        The network of what is seen and where; a subclass may have another one.

        :param seen: what the network gets
        :param network: as for the class, as are all others
        :return: from glimpses, gazes and what is known beside them to features (B, features_dim)
        """
        what = WHAT_NETWORKS[network](seen.channels, seen.side, what_dim)
        return WhatAndWhere(what, what_dim, where_dim, self.features_dim, layer_norm, seen.gazes, seen.known, seen.paste)

    def forward(self, observations: TensorDict, raw: bool = False) -> th.Tensor:
        """
        Features of observations.

        :param observations: ``"image"`` (B, C, H, W) and ``"gaze"`` (B, 2), perhaps ``"gazes"`` (B, F, 2) or ``"move"`` (B, 2), and
            ``"progress"`` (B, D); or what :meth:`condense` gives
        :param raw: whether a floating-point image is from 0 to 255; uint8 images always are
        :return: (B, features_dim)
        """
        gaze = self.gaze_of(observations)
        seen = observations[SEEN] if SEEN in observations else self.glimpse(observations["image"], gaze, raw)
        where = observations[MOVE].detach() if self.told == MOVE else gaze
        return self.glimpse_network(seen, where, observations[PROGRESS].to(gaze.dtype) if self.knows else None)

    def condense(self, observations: TensorDict) -> TensorDict:
        """
        What :meth:`forward` needs of raw observations: the glimpse in place of the image. A learner that keeps this looks at each
        observation once, and not again in each update.

        :param observations: as for :meth:`forward`, images from 0 to 255
        """
        gaze = self.gaze_of(observations)
        known = {PROGRESS: observations[PROGRESS]} if self.knows else {}
        known |= {MOVE: observations[MOVE]} if self.told == MOVE else {}
        return {"gazes" if self.remembers else "gaze": gaze, SEEN: self.glimpse(observations["image"], gaze, raw=True), **known}

    def gaze_of(self, observations: TensorDict) -> th.Tensor:
        """
        Where the retina looks: (B, 2), or (B, F, 2) if it remembers F frames. It is a past decision, so no gradient flows into it.

        :param observations: as for :meth:`forward`
        """
        return observations["gazes" if self.remembers else "gaze"].detach()

    def glimpse(self, image: th.Tensor, gaze: th.Tensor, raw: bool = False) -> th.Tensor:
        """
        The glimpse that the network sees, (B, K * C, g, g).

        :param image: (B, C, H, W)
        :param gaze: (B, 2) for all frames, or (B, F, 2) for each of F frames, which have C / F channels
        :param raw: as for :meth:`forward`
        """
        seen = (self._each_at_its_own(image, gaze) if gaze.ndim == 3 else self.retina(image, gaze)).to(gaze.dtype)
        return seen / 255 if self.is_image and (raw or not image.is_floating_point()) else seen

    def _each_at_its_own(self, image: th.Tensor, gazes: th.Tensor) -> th.Tensor:
        """Glimpses (B, K * C, g, g) of frames that were seen at different gazes: all of the first scale, then of the next."""
        batch, frames = gazes.shape[:2]
        alone = image.reshape(batch * frames, -1, *image.shape[2:])  # (B * F, C / F, H, W)
        seen = self.retina(alone, gazes.flatten(0, 1))  # (B * F, K * C / F, g, g)
        return seen.unflatten(1, (self.retina.scales, -1)).unflatten(0, (batch, frames)).transpose(1, 2).flatten(1, 3)

    def _frames(self, observation_space: spaces.Dict, channels: int) -> int:
        """How many gazes there are."""
        if not self.remembers:
            return 1
        frames = (observation_space["gazes"].shape or (0,))[0]
        if frames < 1 or channels % frames:
            raise ValueError(
                f"{frames} gazes do not fit an image of {channels} channels; each needs as many channels as the others"
            )
        return frames


def _length_of(space: spaces.Space | None) -> int:
    """
    Of the vectors in a space; 0 if there is none.

    :raises ValueError: if they are not vectors
    """
    if space is None:
        return 0
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise ValueError(f"glimpses need a vector as {PROGRESS!r}, not {space}")
    return space.shape[0]
