"""A foveal retina: sharp at the gaze, coarser around it."""

import torch as th
from torch import nn
from torch.nn import functional as F

from .plain_numbers import check_whole_numbers


class Retina(nn.Module):
    """
    K square patches around a gaze, each twice as wide as the one before, all averaged down to g x g (Mnih et al. 2014, figure 1A).

    Scale k covers ``size * 2**k`` pixels per side; 2^k x 2^k pixels are averaged to one. Pixels outside the image are zero. The
    work depends only on the retina, not on the size of the image.

    By default a patch lies on whole pixels, the nearest to the gaze. With ``bilinear=True`` it lies exactly at the gaze, between
    pixels, and the glimpse can be differentiated with respect to the gaze.

    With ``overview=True`` the widest patch stays at the middle of the image, wherever the gaze is. If it spans the image, all of
    the image is always seen, coarsely, and the gaze chooses what is seen sharply. This is ours; Mnih et al. move all patches.

    :param size: g
    :param scales: K
    :param bilinear: whether to interpolate between pixels
    :param overview: whether the widest patch stays at the middle of the image
    :raises ValueError: if a number is below 1, or if there is an overview and no patch beside it
    """

    def __init__(self, size: int = 12, scales: int = 3, bilinear: bool = False, overview: bool = False) -> None:
        super().__init__()
        check_whole_numbers(size=size, scales=scales)
        if size < 1 or scales < 1:
            raise ValueError(f"size is {size} and scales {scales}; both must be at least 1")
        if overview and scales < 2:
            raise ValueError("overview=True needs 2 scales or more; the overview is the widest, and the others follow the gaze")
        self.size, self.scales, self.bilinear, self.overview = size, scales, bilinear, overview

    @property
    def span(self) -> int:
        """Side of the widest patch in pixels."""
        return self.size << (self.scales - 1)

    def between_pixels(self) -> "Retina":
        """The same retina with ``bilinear=True``."""
        return Retina(self.size, self.scales, bilinear=True, overview=self.overview)

    def forward(self, image: th.Tensor, gaze: th.Tensor) -> th.Tensor:
        """
        The glimpse at a gaze.

        :param image: (B, C, H, W), any dtype
        :param gaze: (B, 2), (x, y) from (-1, -1), the top left corner of the image, to (1, 1); gazes outside that are allowed
        :return: (B, K * C, g, g) floating point, in the unit of the image; all channels of the first scale, then of the next
        :raises ValueError: if the finest patch is larger than the image. Wider ones may reach over its border
        """
        height, width = image.shape[2:]
        if self.size > min(height, width):
            raise ValueError(f"the finest patch has {self.size}x{self.size} pixels, more than the image of {height}x{width}")
        center = _center(gaze, height, width)
        following = self.scales - self.overview  # patches that follow the gaze
        span = self.size << (following - 1)
        widest = self._patch(image, center, span)
        patches = []
        for k in range(following):
            extent = self.size << k
            margin, odd = divmod(span - extent, 2)
            # An odd patch is centred on a pixel, the wider ones between pixels, so it is not a crop of them.
            patch = self._patch(image, center, extent) if odd else widest[:, :, margin:, margin:][:, :, :extent, :extent]
            patches.append(F.avg_pool2d(patch, 1 << k) if k else patch)
        if self.overview:
            still = self._patch(image, _center(th.zeros_like(gaze), height, width), self.span)
            patches.append(F.avg_pool2d(still, 1 << following))
        return th.cat(patches, dim=1)

    def _patch(self, image: th.Tensor, center: th.Tensor, extent: int) -> th.Tensor:
        """Pixels (B, C, extent, extent) around the centers."""
        corner = center - extent / 2
        if not self.bilinear:
            return _window(image, (corner.detach() + 0.5).floor(), extent)
        start = corner.detach().floor()
        return _between(_window(image, start, extent + 1), corner - start)


class Paste(nn.Module):
    """
    Glimpses pasted back where they were seen, the sharper ones on top, onto images that are zero elsewhere.

    A thing that does not move then stays in its place while the gaze moves, as it does in a full view. What was not seen is not
    there. The paste has no weights, and it is linear in the glimpse. It has no derivative with respect to the gaze.

    :param size: g of the :class:`Retina`
    :param scales: K of it
    :param height: H of the image
    :param width: W of the image
    :param overview: as of the retina
    """

    def __init__(self, size: int, scales: int, height: int, width: int, overview: bool = False) -> None:
        super().__init__()
        self.size, self.scales, self.height, self.width, self.overview = size, scales, height, width, overview

    def forward(self, glimpse: th.Tensor, gaze: th.Tensor) -> th.Tensor:
        """
        :param glimpse: (B, K * C, g, g), as a retina without interpolation gives it
        :param gaze: (B, 2) of the glimpse; or (B, F, 2) for frames that were seen at different gazes, C / F channels each
        :return: (B, C, H, W)
        """
        frames = gaze.shape[1] if gaze.ndim == 3 else 1
        each = glimpse.reshape(len(glimpse), self.scales, frames, -1, self.size, self.size)
        patches = each.transpose(1, 2).flatten(0, 1)  # (B * F, K, C / F, g, g)
        center = _center(gaze.detach().reshape(-1, 2).to(th.float32), self.height, self.width)
        pasted = glimpse.new_zeros(())
        for k in reversed(range(self.scales)):
            corner = self._corner(center, k)
            across = self._places(corner[:, 0], self.width, k, glimpse)
            down = self._places(corner[:, 1], self.height, k, glimpse)
            covered = down.sum(2)[:, None, :, None] * across.sum(2)[:, None, None, :]  # (B * F, 1, H, W), 0 or 1
            pasted = pasted * (1 - covered) + down[:, None] @ patches[:, k] @ across[:, None].mT
        return pasted.reshape(len(glimpse), -1, self.height, self.width)

    def _corner(self, center: th.Tensor, k: int) -> th.Tensor:
        """Where the retina's patch of a scale begins, (B, 2)."""
        following, extent = self.scales - self.overview, self.size << k
        if k == following:
            center = _center(th.zeros_like(center), self.height, self.width)
        span = self.size << (max(following, k + 1) - 1)
        margin, odd = divmod(span - extent, 2)
        return (center - extent / 2 + 0.5).floor() if odd else (center - span / 2 + 0.5).floor() + margin

    def _places(self, corner: th.Tensor, length: int, k: int, like: th.Tensor) -> th.Tensor:
        """Which row of a patch each row of the image takes, (B, length, g) of 0 and 1; the same for columns."""
        at = th.arange(length, device=corner.device) - corner[:, None]
        return (at.div(1 << k, rounding_mode="floor")[..., None] == th.arange(self.size, device=corner.device)).to(like.dtype)


def _center(gaze: th.Tensor, height: int, width: int) -> th.Tensor:
    """Pixels from the top left corner of the image, (B, 2) as (x, y)."""
    return (gaze + 1) / 2 * gaze.new_tensor((width, height))


def _window(image: th.Tensor, start: th.Tensor, extent: int) -> th.Tensor:
    """
    A square window of each image, zero outside the image, with a single gather.

    :param image: (B, C, H, W)
    :param start: top left corners (x, y), (B, 2) whole numbers
    :param extent: side of the window
    :return: (B, C, extent, extent), floating point
    """
    if image.dtype == th.uint8 and not th.compiler.is_compiling():
        return _bytes_window(image, start, extent)
    batch, channels, height, width = image.shape
    # int32 indices where they suffice: reading the indices is most of the work.
    dtype = th.int32 if image.numel() < 2**31 else th.int64
    steps = th.arange(extent, dtype=dtype, device=image.device)
    x, y = (start[:, i, None].to(dtype) + steps for i in (0, 1))  # (B, extent)
    real = image.dtype if image.is_floating_point() else th.get_default_dtype()
    inside = [((at >= 0) & (at < end)).to(real) for at, end in ((x, width), (y, height))]
    planes = th.arange(batch * channels, dtype=dtype, device=image.device).view(batch, channels, 1) * (height * width)
    rows = planes + (y.clamp(0, height - 1) * width)[:, None]  # (B, C, extent)
    index = rows[..., None] + x.clamp(0, width - 1)[:, None, None]
    pixels = image.reshape(-1).index_select(0, index.flatten()).view(batch, channels, extent, extent)
    return pixels.to(real).mul_(inside[1][:, None, :, None] * inside[0][:, None, None, :])


def _bytes_window(image: th.Tensor, start: th.Tensor, extent: int) -> th.Tensor:
    """
    The same for bytes, a row of the window at a time: several times as fast, where nothing is compiled. A row that hangs over the
    edge reads pixels of its neighbours; they become zero afterwards.
    """
    batch, channels, height, width = image.shape
    steps = th.arange(extent, device=image.device)
    x, y = (start[:, i, None].long() + steps for i in (0, 1))  # (B, extent)
    across, down = (((at >= 0) & (at < end)).to(th.uint8) for at, end in ((x, width), (y, height)))
    planes = th.arange(batch * channels, device=image.device).view(batch, channels, 1) * (height * width)
    rows = planes + (y.clamp(0, height - 1) * width + x[:, :1].clamp(-extent, width))[:, None]  # where each begins
    flat = image.reshape(-1)
    if height * width < extent:
        pixels = (
            F.pad(flat, (extent, extent)).unfold(0, extent, 1).index_select(0, rows.flatten() + extent).view(*rows.shape, extent)
        )
    else:
        pixels = _rows(flat, rows, extent)
    return pixels.mul_(down[:, None, :, None]).mul_(across[:, None, None, :]).to(th.get_default_dtype())


def _rows(flat: th.Tensor, starts: th.Tensor, extent: int) -> th.Tensor:
    """
    Stretches of a flat batch of images, which may hang over its two ends. The batch is not copied, so large images cost no more.

    :param flat: all pixels
    :param starts: (B, C, extent), where each stretch begins. Only those of the first plane can begin before all pixels, and only
        those of the last one can end behind them
    :param extent: length of a stretch
    :return: (B, C, extent, extent); zeros beyond the ends
    """
    last = len(flat) - extent
    found = flat.unfold(0, extent, 1).index_select(0, starts.clamp(0, last).flatten()).view(*starts.shape, extent)
    before = F.pad(flat[:extent], (extent, 0)).unfold(0, extent, 1)  # row i begins at i - extent
    behind = F.pad(flat[last:], (0, extent)).unfold(0, extent, 1)  # row i begins at last + i
    first, end = starts[0, 0], starts[-1, -1]
    found[0, 0] = th.where((first < 0)[:, None], before[(first + extent).clamp(0, extent)], found[0, 0])
    found[-1, -1] = th.where((end > last)[:, None], behind[(end - last).clamp(0, extent)], found[-1, -1])
    return found


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
