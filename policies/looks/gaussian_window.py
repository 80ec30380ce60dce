"""A window on an image that can be differentiated: DRAW's grid of Gaussian filters (Gregor et al. 2015, section 3.2)."""

import torch as th
from torch import nn

from ..plain_numbers import check_whole_numbers

NARROWEST = 1e-3  # pixels: a filter of this standard deviation is one pixel
LEAST = 1e-8  # sum of a filter's weights below which it lies outside the image and fades to black


def gaussian_filters(centers: th.Tensor, deviation: th.Tensor, length: int) -> th.Tensor:
    """
    Filters along one axis of an image (DRAW, equations 25 and 26).

    The weights of a filter have sum 1, as in the paper. A filter whose Gaussian does not reach the image is black.

    :param centers: (..., N), in pixels from the edge of the image. Pixel a reaches from a to a + 1, so its middle is a + 0.5
    :param deviation: standard deviation in pixels, of a shape that broadcasts with ``centers``
    :param length: A, pixels of the image along the axis
    :return: (..., N, A)
    """
    middles = th.arange(length, dtype=centers.dtype, device=centers.device) + 0.5
    # Squares of distances are taken beside that of the nearest pixel, which may lie outside the image. Otherwise all weights of a
    # narrow filter between two pixels would be rounded to 0.
    nearest = (centers - 0.5).detach().round() + 0.5
    beyond = (middles - centers[..., None]) ** 2 - (nearest - centers)[..., None] ** 2
    weights = (-beyond / (2 * deviation[..., None].clamp(min=NARROWEST) ** 2)).exp()
    return weights / weights.sum(-1, keepdim=True).clamp(min=LEAST)


class GaussianWindow(nn.Module):
    """
    N x N Gaussian filters on a grid around a gaze (DRAW, equations 19, 20 and 25 to 27).

    With K scales there are K windows around the same gaze. Each has twice the stride and twice the standard deviation of the one
    before, as the patches of :class:`saccade.policies.Retina` are twice as wide. One scale is DRAW.

    Deviation from the paper: the gaze is in the suite's coordinates, so (-1, -1) is the top left corner of the image and not a
    place half a pixel outside. With a stride of one pixel and a tiny standard deviation the window is the patch of the retina.

    The work grows with the image, because every filter reads every pixel of its axis.

    :param size: N
    :param scales: K
    :raises ValueError: if a number is below 1
    """

    def __init__(self, size: int = 12, scales: int = 1) -> None:
        super().__init__()
        check_whole_numbers(size=size, scales=scales)
        if size < 1 or scales < 1:
            raise ValueError(f"size is {size} and scales {scales}; both must be at least 1")
        self.size, self.scales = size, scales

    def forward(
        self, image: th.Tensor, gaze: th.Tensor, stride: th.Tensor, deviation: th.Tensor, intensity: th.Tensor | None = None
    ) -> th.Tensor:
        """
        What the window shows.

        :param image: (B, C, H, W), floating point
        :param gaze: (B, 2), (x, y) from (-1, -1), the top left corner of the image, to (1, 1); gazes outside that are allowed
        :param stride: (B,) pixels from one filter of the first scale to the next
        :param deviation: (B,) standard deviation of these filters, in pixels
        :param intensity: (B,) factor of all that is seen; None for 1
        :return: (B, K * C, N, N), in the unit of the image; all channels of the first scale, then of the next
        """
        height, width = image.shape[2:]
        middle = (gaze + 1) / 2 * gaze.new_tensor((width, height))  # pixels from the top left corner, (B, 2) as (x, y)
        steps = th.arange(self.size, dtype=gaze.dtype, device=gaze.device) - (self.size - 1) / 2
        doubled = 2 ** th.arange(self.scales, dtype=gaze.dtype, device=gaze.device)
        from_middle = (stride[:, None] * doubled)[..., None] * steps  # (B, K, N)
        spread = (deviation[:, None] * doubled)[..., None]  # (B, K, 1)
        across, down = (
            gaussian_filters(middle[:, axis, None, None] + from_middle, spread, length).to(image.dtype)
            for axis, length in enumerate((width, height))
        )
        rows = down.flatten(1, 2)[:, None] @ image  # (B, C, K * N, W)
        seen = rows.reshape(*image.shape[:2], self.scales, self.size, width) @ across[:, None].mT  # (B, C, K, N, N)
        window = seen.transpose(1, 2).flatten(1, 2)
        return window if intensity is None else intensity[:, None, None, None] * window
