"""
Square attack: random search that needs no gradient.

Those of torchattacks and adversarial-robustness-toolbox do not fit a random network: they compare the loss of one random pass with
the best of earlier ones, which keeps a canvas for its luck. They also take their squares from the global random state. Here the
noise is fixed, so that each query asks the same function.
"""

from collections.abc import Callable

import torch as th

from .projected_gradient import box

Query = Callable[[th.Tensor, th.Tensor], tuple[th.Tensor, th.Tensor]]
# (canvases (M, 1, H, W), which of the N they are (M,)) -> (losses (M,), whether nothing is left to gain (M,) bool)
FIRST_SHARE = 0.8  # of the canvas that the first squares cover
FALLS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)  # of 10,000 queries: the share halves after each (the paper, section 4)
SCHEDULED = 10_000


def share_of_canvas(query: int, queries: int) -> float:
    """
    The share of the canvas that a square covers.

    :param query: its number, from 0
    :param queries: in all; the paper's schedule for 10,000 is stretched to them
    """
    place = query * SCHEDULED / queries
    return FIRST_SHARE / 2 ** sum(place > fall for fall in FALLS)


def square_attack(images: th.Tensor, eps: float, query: Query, queries: int, generator: th.Generator) -> th.Tensor:
    """
    Random squares of +eps or -eps that are kept where the loss rises (Andriushchenko et al. 2020, algorithms 1 and 2). It begins
    with vertical stripes. In contrast to the paper each canvas has squares of its own, not one place for all.

    :param images: (N, 1, H, W) float32 from 0 to 1
    :param eps: largest change of a pixel
    :param query: the loss that is to rise; canvases with nothing left to gain are not asked again
    :param queries: of each canvas at most, that of the stripes included
    :param generator: on the CPU
    :return: (N, 1, H, W), within the box
    """
    low, high = box(images, eps)
    count, _, height, width = images.shape
    everything = th.arange(count, device=images.device)
    best = th.where(_coins((count, 1, 1, width), generator, images.device), high, low)
    losses, done = query(best, everything)
    rows, columns = th.arange(height, device=images.device), th.arange(width, device=images.device)
    for number in range(1, queries):
        left = everything[~done]
        if not len(left):
            break
        side = min(max(round((share_of_canvas(number, queries) * height * width) ** 0.5), 1), height, width)
        places = th.rand(count, 2, generator=generator).to(images.device)[left]
        top, start = ((places[:, i, None] * (extent - side + 1)).long() for i, extent in ((0, height), (1, width)))
        down, across = (rows >= top) & (rows < top + side), (columns >= start) & (columns < start + side)
        inside = down[:, None, :, None] & across[:, None, None, :]
        upwards = _coins((count, 1, 1, 1), generator, images.device)[left]
        tried = th.where(inside, th.where(upwards, high[left], low[left]), best[left])
        found, ended = query(tried, left)
        better = found > losses[left]
        best[left] = th.where(better[:, None, None, None], tried, best[left])
        losses[left] = th.where(better, found, losses[left])
        done[left] = ended & better
    return best


def _coins(shape: tuple[int, ...], generator: th.Generator, device: th.device) -> th.Tensor:
    return (th.rand(shape, generator=generator) < 0.5).to(device)
