"""Changes of canvases that no one has chosen against a network: noise of the same size, and a digit that is partly hidden."""

import torch as th

from ....envs.tasks.digits import SIDE
from .projected_gradient import box


def uniform_noise(images: th.Tensor, eps: float, generator: th.Generator) -> th.Tensor:
    """
    Uniform noise between -eps and eps in each pixel, within 0 and 1.

    :param images: (N, 1, H, W) from 0 to 1
    :param eps: largest change of a pixel
    :param generator: on the CPU
    """
    low, high = box(images, eps)
    noise = (2 * th.rand(images.shape, generator=generator) - 1) * eps
    return th.minimum(th.maximum(images + noise.to(images.device), low), high)


def gaussian_noise(images: th.Tensor, eps: float, generator: th.Generator) -> th.Tensor:
    """
    Gaussian noise of standard deviation eps, within 0 and 1. A third of the pixels change by more than eps.

    :param images: (N, 1, H, W) from 0 to 1
    :param eps: standard deviation
    :param generator: on the CPU
    """
    noise = th.randn(images.shape, generator=generator) * eps
    return (images + noise.to(images.device)).clamp(0, 1)


def occluded(images: th.Tensor, corners: th.Tensor, side: int, generator: th.Generator) -> th.Tensor:
    """
    A black square with its middle at a uniform place in the box of the digit.

    :param images: (N, 1, H, W)
    :param corners: (N, 2) top left corner (row, column) of the 28x28 box of each digit
    :param side: of the square in pixels
    :param generator: on the CPU
    """
    middles = corners + (th.rand(len(images), 2, generator=generator) * SIDE).to(images.device)
    first = (middles - side / 2).round()
    hidden = []
    for axis in (0, 1):
        pixels = th.arange(images.shape[2 + axis], device=images.device)
        hidden.append((pixels >= first[:, axis, None]) & (pixels < first[:, axis, None] + side))
    inside = hidden[0][:, None, :, None] & hidden[1][:, None, None, :]
    return images.masked_fill(inside, 0.0)
