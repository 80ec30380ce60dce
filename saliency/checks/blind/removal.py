"""Ways to take away what a place shows. Deletion and insertion use several, because each one has its own idea of nothing."""

from collections.abc import Callable

import torch as th

from ...methods.image_filters import wide_blur

Removal = Callable[[th.Tensor], th.Tensor]  # (B, C, H, W) or (B, D) -> the same shape, with every place taken away


def grey(images: th.Tensor) -> th.Tensor:
    """
    The mean of each image, channel by channel: brightness goes as well.

    :param images: (B, C, H, W)
    """
    return images.mean(dim=(2, 3), keepdim=True).expand_as(images)


def zero(vectors: th.Tensor) -> th.Tensor:
    """
    Zeros.

    :param vectors: (B, D)
    """
    return th.zeros_like(vectors)


def mean(vectors: th.Tensor) -> th.Tensor:
    """
    The mean of each component over the batch. It takes nothing away from a batch of one.

    :param vectors: (B, D)
    """
    return vectors.mean(dim=0, keepdim=True).expand_as(vectors)


def other_state(x: th.Tensor) -> th.Tensor:
    """
    What the same place shows in another state of the batch, half a batch away: a value that the network knows from play. It takes
    nothing away from a batch of one.

    :param x: (B, C, H, W) or (B, D)
    """
    return x.roll(len(x) // 2, dims=0)


# A further way is a function above and a word here. The first one is that of figures whose names say none.
OF_PICTURES: dict[str, Removal] = {"blur": wide_blur, "grey": grey}
OF_VECTORS: dict[str, Removal] = {"zero": zero, "mean": mean}
OTHER_STATE: dict[str, Removal] = {"other_state": other_state}  # only for those who ask, because each way costs as much again


def removals_of(x: th.Tensor, with_other_state: bool = False) -> dict[str, Removal]:
    """
    The ways that suit an entry of the observations, by name.

    :param x: (B, C, H, W) or (B, D)
    :param with_other_state: whether :func:`other_state` is one of them
    """
    usual = OF_PICTURES if x.ndim == 4 else OF_VECTORS
    return {**usual, **OTHER_STATE} if with_other_state else usual
