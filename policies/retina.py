"""A foveal eye: sharp where it looks, coarser around."""

import torch as th
from torch import nn
from torch.nn import functional as F


class Retina(nn.Module):
    """
    K square patches round a gaze, each twice as wide as the one before, all averaged down to g x g (Mnih et al. 2014, figure 1A).

    What lies outside the image is zero. Scale k covers ``size * 2**k`` pixels a side, and 2^k x 2^k pixels are averaged to one. The
    work depends on the retina only, not on the size of the image.

    A patch is put on whole pixels, the nearest to the gaze. With ``bilinear=True`` it lies at the gaze exactly, between pixels, and
    the glimpse can be differentiated with respect to the gaze.

    :param size: g
    :param scales: K
    :param bilinear: whether patches lie between pixels
    :raises ValueError: if a number is below 1
    """

    def __init__(self, size: int = 12, scales: int = 3, bilinear: bool = False) -> None:
        super().__init__()
        if size < 1 or scales < 1:
            raise ValueError(f"a retina needs a size and scales of at least 1, not {size} and {scales}")
        self.size, self.scales, self.bilinear = size, scales, bilinear

    @property
    def span(self) -> int:
        """Pixels a side of the widest patch."""
        return self.size << (self.scales - 1)

    def forward(self, image: th.Tensor, gaze: th.Tensor) -> th.Tensor:
        """
        What the eye sees.

        :param image: (B, C, H, W), of any type
        :param gaze: (B, 2), (x, y) from (-1, -1), the image's top left corner, to (1, 1); beyond, more of the patch is outside
        :return: (B, K * C, g, g) in the image's unit, floating point; all channels of the first scale, then of the next
        """
        height, width = image.shape[2:]
        center = (gaze + 1) / 2 * gaze.new_tensor((width, height))  # pixels from the top left corner, (B, 2)
        extents = [self.size << k for k in range(self.scales)]
        corners = [center - extent / 2 for extent in extents]
        if self.bilinear:
            starts = [corner.detach().floor() for corner in corners]
            parts = _windows(image, starts, [extent + 1 for extent in extents])
            patches = [_between(part, corner - start) for part, corner, start in zip(parts, corners, starts, strict=True)]
        else:
            patches = _windows(image, [(corner.detach() + 0.5).floor() for corner in corners], extents)
        kernel = (1 << k for k in range(self.scales))
        return th.cat([F.avg_pool2d(p, n) if n > 1 else p for p, n in zip(patches, kernel, strict=True)], dim=1)


def _windows(image: th.Tensor, starts: list[th.Tensor], extents: list[int]) -> list[th.Tensor]:
    """
    Square windows of each image from one gather, zero outside.

    :param image: (B, C, H, W)
    :param starts: the top left corners of each kind of window, (B, 2) whole numbers as (x, y)
    :param extents: their sides
    :return: (B, C, extent, extent) of each kind, floating point
    """
    batch, channels, height, width = image.shape
    flat = image.reshape(batch, channels, height * width)
    indices, insides = [], []
    for start, extent in zip(starts, extents, strict=True):
        steps = th.arange(extent, device=image.device)
        x, y = (start.long()[:, i, None] + steps for i in (0, 1))  # (B, extent)
        index = y.clamp(0, height - 1)[:, :, None] * width + x.clamp(0, width - 1)[:, None, :]
        inside = ((y >= 0) & (y < height))[:, :, None] & ((x >= 0) & (x < width))[:, None, :]
        indices.append(index.flatten(1))
        insides.append(inside.flatten(1))
    index = th.cat(indices, dim=1)[:, None].expand(-1, channels, -1)
    pixels = flat.gather(2, index) * th.cat(insides, dim=1)[:, None]
    pixels = pixels if pixels.is_floating_point() else pixels.float()
    parts = pixels.split([extent**2 for extent in extents], dim=2)
    return [part.unflatten(2, (extent, extent)) for part, extent in zip(parts, extents, strict=True)]


def _between(window: th.Tensor, beyond: th.Tensor) -> th.Tensor:
    """
    A window one pixel smaller, shifted by a fraction of a pixel.

    :param window: (B, C, n + 1, n + 1)
    :param beyond: (B, 2) in [0, 1), how far right and down
    :return: (B, C, n, n)
    """
    x, y = (beyond[:, i, None, None, None].to(window.dtype) for i in (0, 1))
    rows = window[:, :, :-1] * (1 - y) + window[:, :, 1:] * y
    return rows[..., :-1] * (1 - x) + rows[..., 1:] * x
