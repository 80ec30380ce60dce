"""A gaze that goes where an agent with a full view depends most on the image."""

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy

from .errors import UnknownPolicyError
from .methods.derivatives import head_jacobians
from .readers.entries import pictured, sees_images
from .readers.head import head_names, shown_heads
from .readers.head_reader import head_reader
from .statistics.map_statistics import magnitude

OF_ACTIONS = ("advantage", "q", "action")  # heads that say what to do


class JacobianGaze:
    """
    A control for agents that choose where to look: ``GazeWrapper(forced=JacobianGaze(policy))``.

    The eye goes to the tile around which a head of the policy depends most on the image: |d head / d image|, summed over the
    channels, blurred with a Gaussian whose standard deviation is half a tile, at the centre of each tile. Where the derivative is
    zero everywhere, it goes to the centre of the image.

    The policy gets the newest image before the eye looks at it. A learned gaze is chosen one step earlier, so this control knows
    more.

    :param policy: of an agent that sees the whole image, without a memory
    :param head: that is followed, such as ``"value"``; by default the one that says what to do
    :param tiles: (rows, columns), one number for both
    :raises UnknownPolicyError: if the policy does not see the whole image, has a memory, or has no such heads
    :raises UnknownHeadError: if there is no head of that name
    :raises ValueError: if there are no tiles
    """

    def __init__(self, policy: BasePolicy, head: str | None = None, tiles: int | tuple[int, int] = 7) -> None:
        reader, space = head_reader(policy), policy.observation_space
        three_axes = isinstance(space, spaces.Box) and len(space.shape) == 3
        if reader.recurrent or not reader.sees_whole_image or not three_axes or not sees_images(policy):
            raise UnknownPolicyError(
                f"a gaze follows an agent that sees the whole image and has no memory, not a {type(policy).__name__} on {space}"
            )
        rows, columns = (tiles, tiles) if isinstance(tiles, int) else tiles
        if rows < 1 or columns < 1:
            raise ValueError(f"tiles are {rows}x{columns}; they must be at least 1x1")
        known = [name for name in OF_ACTIONS if name in head_names(policy)]
        if head is None and not known:
            raise UnknownPolicyError(f"{type(policy).__name__} has no head of {', '.join(OF_ACTIONS)}; name one that it has")
        (self.head,) = shown_heads(policy, (head or known[0],))
        self.policy, self.rows, self.columns = policy, rows, columns

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """
        Where to look.

        :param images: (N, ...), as the policy's ``predict`` takes them
        :return: (N, 2) float32, (x, y) from -1 to 1
        """
        signed = head_jacobians(self.policy, images, (self.head,))[self.head]
        planes = pictured(self.policy, signed)
        assert isinstance(planes, th.Tensor)
        strength = magnitude(planes.cpu().numpy().astype(np.float64))  # (N, H, W)
        down, across = (blurs(size, count) for size, count in zip(strength.shape[1:], (self.rows, self.columns), strict=True))
        at_tiles = np.einsum("rh,nhw,cw->nrc", down, strength, across).reshape(len(strength), -1)
        best = at_tiles.argmax(axis=1)
        y, x = (
            (2 * index + 1) / count - 1
            for index, count in zip(np.divmod(best, self.columns), (self.rows, self.columns), strict=True)
        )
        points = np.stack([x, y], axis=1).astype(np.float32)
        points[at_tiles.max(axis=1) == 0] = 0
        return points


def blurs(size: int, count: int) -> np.ndarray:
    """
    Gaussian weights of pixels around the centres of tiles, along one axis.

    :param size: pixels
    :param count: tiles
    :return: (count, size); each row adds up to 1
    """
    tile = size / count
    centres = (np.arange(count) + 0.5) * tile
    weights: np.ndarray = np.exp(-0.5 * ((np.arange(size) + 0.5 - centres[:, None]) / (tile / 2)) ** 2)
    return weights / weights.sum(axis=1, keepdims=True)
