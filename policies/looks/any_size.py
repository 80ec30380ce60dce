"""Policies with a retina and a gaze that moves in pixels: their weights fit images of any size."""

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy

from ..glimpse_extractor import MOVE
from ..retina import Retina

IMAGE = "image"
KEPT_IN = ("observation_space", "_observation_space")  # attributes of SB3's policies, networks and features extractors


def set_image_size(policy: BasePolicy, space: spaces.Space) -> None:
    """
    Let a policy take images of another size. Its weights stay as they are.

    SB3 checks each observation by the space that the policy was made with. Only the retina reads the image, and it reads as much of
    a large one as of a small one. So another space of the same kind takes the old one's place.

    :param policy: changed in place
    :param space: of the env, :class:`saccade.envs.GazeWrapper` with ``relative=True`` and ``pixels``
    :raises ValueError: if the policy does not fit this space; nothing is changed then
    """
    kept = policy.observation_space
    if kept == space:
        return
    _check(kept, space)
    assert isinstance(space, spaces.Dict)  # it has been checked
    height, width = space[IMAGE].shape[1:]  # type: ignore[index]
    finest = max((module.size for module in policy.modules() if isinstance(module, Retina)), default=0)
    if finest > min(height, width):
        raise ValueError(f"its glimpses have {finest}x{finest} pixels, more than images of {height}x{width}")
    for module in policy.modules():
        for name in KEPT_IN:
            if getattr(module, name, None) == kept:
                setattr(module, name, space)


def _check(kept: spaces.Space, space: spaces.Space) -> None:
    """:raises ValueError: if the spaces differ in more than the size of the image, or the size matters"""
    pair = (kept, space)
    if not all(isinstance(each, spaces.Dict) and {IMAGE, "gaze"} <= each.spaces.keys() for each in pair):
        raise ValueError(f"it was trained with {kept}, but the env has {space}")
    ours, theirs = (each.spaces for each in pair if isinstance(each, spaces.Dict))
    if MOVE not in ours:
        raise ValueError(
            "it was trained with a gaze in parts of the image, so a move is another one on images of another size; only agents "
            f"whose gaze moves in pixels (gaze_kwargs relative=True, pixels=...) take {_size(theirs)} after {_size(ours)}"
        )
    same = ours.keys() == theirs.keys() and all(ours[name] == theirs[name] for name in ours if name != IMAGE)
    if not (same and _kind(ours[IMAGE]) == _kind(theirs[IMAGE])):
        raise ValueError(f"it was trained with {kept}, but the env has {space}; only the height and width of images may differ")


def _size(entries: dict[str, spaces.Space]) -> str:
    return "images of " + "x".join(map(str, (entries[IMAGE].shape or ())[1:]))


def _kind(image: spaces.Space) -> object:
    """All of an image space but height and width."""
    if not isinstance(image, spaces.Box) or len(image.shape) != 3:
        return image
    return image.shape[0], image.dtype, float(np.min(image.low)), float(np.max(image.high))
