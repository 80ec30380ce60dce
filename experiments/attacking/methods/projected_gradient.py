"""
Projected gradient ascent inside a box around a canvas.

The libraries for it (torchattacks, foolbox, adversarial-robustness-toolbox) compute the gradient of a loss themselves, at one
forward pass or as a mean over several. The score-function term needs a gradient of one's own. The ascent itself is a few lines, so
it is here.
"""

from collections.abc import Callable

import torch as th

Gradient = Callable[[th.Tensor], tuple[th.Tensor, th.Tensor]]  # from canvases (N, ...) to losses (N,) and gradients (N, ...)
STEP = 2.5  # times eps / steps: far enough to reach the border of the box from anywhere in it (Madry et al. 2018)

SMALLEST = 1e-12  # mean of a gradient that is divided by


def box(images: th.Tensor, eps: float) -> tuple[th.Tensor, th.Tensor]:
    """
    The lowest and the highest canvas at most eps away in each pixel, within 0 and 1.

    Bounds are rounded inwards: the distance of their float32 numbers from the canvas is never above eps.

    :param images: (N, ...) float32 from 0 to 1
    :param eps: from 0 to 1
    :return: two tensors (N, ...)
    """
    exact = images.double()
    low, high = (exact - eps).clamp(min=0), (exact + eps).clamp(max=1)
    below, above = low.float(), high.float()
    below = th.where(below.double() < low, th.nextafter(below, th.ones_like(below)), below)
    above = th.where(above.double() > high, th.nextafter(above, th.zeros_like(above)), above)
    return below, above


def uniform_in(low: th.Tensor, high: th.Tensor, generator: th.Generator) -> th.Tensor:
    """
    Uniform places in a box.

    :param low: (N, ...)
    :param high: (N, ...)
    :param generator: on the CPU
    """
    share = th.rand(low.shape, generator=generator).to(low.device)
    return th.minimum(th.maximum(low + share * (high - low), low), high)


def projected_gradient(
    images: th.Tensor,
    eps: float,
    gradient: Gradient,
    steps: int,
    generator: th.Generator,
    step_size: float | None = None,
    random_start: bool = True,
    momentum: float = 0.0,
) -> th.Tensor:
    """
    Steps along the sign of the gradient, each followed by a projection on the box (PGD, Madry et al. 2018, equation 4).

    The canvas with the highest loss on the way is returned, the last one included. If the loss is an estimate, so is this choice.

    :param images: (N, ...) float32 from 0 to 1
    :param eps: largest change of a pixel
    :param gradient: of the loss that is to rise
    :param steps: number of steps
    :param generator: of the random start, on the CPU
    :param step_size: change of a pixel in a step; None for 2.5 * eps / steps
    :param random_start: whether to begin at a uniform place in the box; otherwise at the canvas itself
    :param momentum: share of the direction that is kept from step to step, so that the noise of a gradient averages out. Each
        gradient counts by its direction alone (Dong et al. 2018, equation 6)
    :return: (N, ...), within the box
    """
    low, high = box(images, eps)
    size = STEP * eps / max(steps, 1) if step_size is None else step_size
    changed = uniform_in(low, high, generator) if random_start else images.clone()
    direction = th.zeros_like(images)
    best, highest = changed, th.full((len(images),), -th.inf, device=images.device)
    for step in range(steps + 1):
        losses, slope = gradient(changed)
        better = losses > highest
        highest = th.where(better, losses, highest)
        best = th.where(better.view(-1, *[1] * (images.dim() - 1)), changed, best)
        if step < steps:
            mean = slope.abs().flatten(1).mean(1).clamp(min=SMALLEST).view(-1, *[1] * (images.dim() - 1))
            direction = momentum * direction + slope / mean
            changed = th.minimum(th.maximum(changed + size * direction.sign(), low), high)
    return best
