"""
Where the named things of a game are on its screen: pure functions of RGB frames, one file a game.

The room lies in ``saliency`` and not in ``envs``. A finder reads a picture, whoever made it: a frame of our env, of RL Zoo's, or of
a file. The tasks of ``envs`` know their things themselves and say them by ``objects``, so nothing is found in their pictures.
"""

from collections.abc import Callable

import numpy as np

from .breakout import breakout
from .enduro import enduro
from .freeway import freeway
from .pong import pong

Objects = dict[str, np.ndarray]  # {name: (B, H, W) bool}
Finder = Callable[[np.ndarray], Objects]

FINDERS: dict[str, Finder] = {  # by the name of ALE's ROM
    "breakout": breakout,
    "enduro": enduro,
    "freeway": freeway,
    "pong": pong,
}
SCREEN = (210, 160)  # of these games, in pixels


def find_objects(game: str, frames: np.ndarray | None) -> Objects | None:
    """
    The things on the screens of a game.

    :param game: name of ALE's ROM, such as ``enduro``
    :param frames: (B, 210, 160, 3) uint8 RGB, or None
    :return: {name: (B, 210, 160) bool}, the pixels in which the thing is drawn; None if there is no finder for the game, or the
        frames are not screens of ALE's own size
    """
    finder = FINDERS.get(game)
    if finder is None or frames is None or frames.shape[1:] != (*SCREEN, 3):
        return None
    return finder(frames)
