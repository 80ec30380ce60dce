"""Orders of places by rivals that have not seen the network. A map must beat them before it says something about the network."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch as th

from ...methods.image_filters import contrast as standing_out

Order = Callable[[th.Tensor, int], np.ndarray]  # (observations, seed) -> strength (B, H, W), or (B, 1, D) of vectors
BLOCK = 7  # pixels, side of a random block
BLOCKS_ACROSS = 4  # at least, in small pictures


class BlindOrder(NamedTuple):
    """
    :ivar order: gives each place a strength
    :ivar title: what it is called in a sentence
    :ivar is_random: whether another seed gives another order, so that several draws count
    """

    order: Order
    title: str
    is_random: bool = False


def random_places(x: th.Tensor, seed: int) -> np.ndarray:
    """
    Each place on its own.

    :param x: (B, C, H, W) or (B, D)
    :param seed: of the draw
    :return: (B, H, W) or (B, 1, D)
    """
    return np.random.default_rng(seed).random(_shape(x))


def random_blocks(x: th.Tensor, seed: int) -> np.ndarray:
    """
    Squares of 7x7 pixels, on a grid that lies elsewhere in each image. A map has whole regions, and regions are harder to miss than
    single pixels. Pictures below 28 pixels have smaller squares, so that there are at least four across.

    :param x: (B, C, H, W)
    :param seed: of the draw
    :return: (B, H, W)
    """
    count, height, width = _shape(x)
    side = max(min(BLOCK, min(height, width) // BLOCKS_ACROSS), 1)
    random = np.random.default_rng(seed)
    values = random.random((count, height // side + 2, width // side + 2))
    down, right = random.integers(0, side, (2, count, 1))
    rows, columns = (np.arange(height) + down) // side, (np.arange(width) + right) // side
    return values[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]


def gaussian(x: th.Tensor, seed: int = 0) -> np.ndarray:
    """
    From the middle outwards: the order of somebody who knows only that things happen in the middle.

    :param x: (B, C, H, W)
    :param seed: has no effect
    :return: (B, H, W)
    """
    return np.broadcast_to(centre_gaussian(_shape(x)[1:]), _shape(x))


def contrast(x: th.Tensor, seed: int = 0) -> np.ndarray:
    """
    What is drawn, whoever looks: |image - wide blur of the image|, added up over the channels.

    :param x: (B, C, H, W)
    :param seed: has no effect
    :return: (B, H, W)
    """
    return standing_out(x).abs().sum(1).cpu().numpy()


def magnitude(x: th.Tensor, seed: int = 0) -> np.ndarray:
    """
    How far each component is from 0.

    :param x: (B, D)
    :param seed: has no effect
    :return: (B, 1, D)
    """
    return x.abs()[:, None].cpu().numpy()


def deviation(x: th.Tensor, seed: int = 0) -> np.ndarray:
    """
    How far each component is from its mean over the batch.

    :param x: (B, D)
    :param seed: has no effect
    :return: (B, 1, D)
    """
    return magnitude(x - x.mean(dim=0, keepdim=True))


def centre_gaussian(shape: tuple[int, ...]) -> np.ndarray:
    """
    A Gaussian about the middle.

    :param shape: (H, W), or (1, D)
    :return: of that shape
    """
    down, right = (np.linspace(-1, 1, size) if size > 1 else np.zeros(1) for size in shape)
    return np.exp(-2 * (down[:, None] ** 2 + right**2))


# The first one is the unit of all figures. Components of a vector have no neighbours and no middle, so blocks, the Gaussian and
# contrast make no sense there.
OF_PICTURES = {
    "random_pixels": BlindOrder(random_places, "random pixels", is_random=True),
    "random_blocks": BlindOrder(random_blocks, "random blocks", is_random=True),
    "gaussian": BlindOrder(gaussian, "a Gaussian about the middle"),
    "contrast": BlindOrder(contrast, "what is drawn in the frame (contrast alone)"),
}
OF_VECTORS = {
    "random": BlindOrder(random_places, "a random order", is_random=True),
    "magnitude": BlindOrder(magnitude, "the size of the components (magnitude alone)"),
    "deviation": BlindOrder(deviation, "the distance from the mean of the batch (deviation alone)"),
}
TITLES = {name: blind.title for name, blind in {**OF_PICTURES, **OF_VECTORS}.items()}


def blind_orders_of(x: th.Tensor) -> dict[str, BlindOrder]:
    """
    The rivals that suit an entry of the observations, by name.

    :param x: (B, C, H, W) or (B, D)
    """
    return OF_PICTURES if x.ndim == 4 else OF_VECTORS


def _shape(x: th.Tensor) -> tuple[int, int, int]:
    """Of a strength."""
    return (len(x), x.shape[2], x.shape[3]) if x.ndim == 4 else (len(x), 1, x.shape[1])
