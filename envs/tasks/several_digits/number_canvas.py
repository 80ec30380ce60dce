"""Numbers written in digits of a data set: several sizes, spacings, heights, contrasts, and clutter; a whole batch at a time."""

import torch as th

from ..digits import SIDE, Digits

MOST_DIGITS = 5
SMALLEST, LARGEST = 0.55, 1.3  # size of a number's digits, as a share of their 28 pixels
NARROWEST, WIDEST = 0.7, 1.0  # distance of two digits, as a share of their size
LOWEST_SIZE = 0.85  # of a digit, as a share of the number's size
SHIFT = 0.12  # of a digit, up or down, as a share of its size
FAINTEST, BRIGHTEST_GROUND = 0.45, 0.3  # contrast of ink, and brightness of the ground, as shares of white
UNIT = 256  # parts of a pixel and of a brightness: sums of whole numbers are the same on every device
OF_NUMBER, OF_DIGIT, OF_PIECE = 7, 3, 5  # random numbers


class NumberCanvas:
    """
    Draws numbers of 1 to ``most`` digits in a row, at a random place.

    Drawn for each number: how many digits it has, their size, the distance between them, its place, the contrast of the ink, and
    the brightness of the ground. Drawn for each digit: which one it is, its size and a shift up or down. The whole row is on the
    canvas. Digits are scaled by bilinear interpolation. Distractors are squares cut out of random digits of the same data, at full
    size, as in :class:`saccade.envs.tasks.digit_canvas.DigitCanvas`, with the contrast of the ink.

    :param digits: data set to draw from
    :param height: of the canvas in pixels
    :param width: of the canvas in pixels
    :param most: digits of the longest number
    :param distractors: number on each canvas
    :param distractor_size: side in pixels
    :param device: torch device that draws
    :raises ValueError: if a number is out of range, or the longest number does not fit
    """

    def __init__(
        self,
        digits: Digits,
        height: int = 110,
        width: int = 110,
        most: int = MOST_DIGITS,
        distractors: int = 8,
        distractor_size: int = 8,
        device: th.device | str = "cpu",
    ) -> None:
        if not 1 <= most <= MOST_DIGITS:
            raise ValueError(f"digits is {most}; it must be from 1 to {MOST_DIGITS}")
        if distractors < 0 or not 1 <= distractor_size <= SIDE:
            raise ValueError(
                f"distractors is {distractors} and distractor_size {distractor_size}; they must be from 0 and 1 to {SIDE}"
            )
        narrowest, lowest = self._extents(SMALLEST, NARROWEST, most)
        if width < narrowest or height < lowest:
            raise ValueError(
                f"the canvas has {height}x{width} pixels; a number of {most} digits needs {-(-lowest // 1):.0f}x"
                f"{-(-narrowest // 1):.0f}"
            )
        self.height, self.width, self.most = height, width, most
        self.distractors, self.distractor_size = distractors, distractor_size
        self.images, self.labels, self.device = digits.images.to(device), digits.labels.to(device), th.device(device)
        self.draws = OF_NUMBER + OF_DIGIT * most + OF_PIECE * distractors
        self._patch = int(LARGEST * SIDE) + 2  # side of the square in which any digit fits, wherever it begins

    def counts(self, uniforms: th.Tensor) -> th.Tensor:
        """How many digits each number has, (N,) int64, for random numbers as for :meth:`draw`."""
        return 1 + (uniforms[:, 0] * self.most).long()

    def chosen(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> th.Tensor:
        """Which digits of the data are on the canvases, (N, ``most``) int64, -1 behind the last one; asked as :meth:`draw` is."""
        which = (self._of_digits(uniforms)[..., 0] * len(self.images)).long()
        if first is not None:
            which[:, 0] = first % len(self.images)
        return which.where(self._is_there(uniforms), -1)

    def draw(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        """
        Draw a batch of canvases.

        :param uniforms: (N, draws) in [0, 1), which determine the canvases
        :param first: index of the first digit of each canvas, (N,) int64; None for random digits
        :return: images (N, height, width) uint8; their digits (N, ``most``) int64, -1 behind the last one
        """
        chosen = self.chosen(uniforms, first)
        ink = self._inked(uniforms, chosen)
        if self.distractors:
            ink.scatter_add_(1, *self._pieces(uniforms))
        contrast = FAINTEST + (1 - FAINTEST) * uniforms[:, 5]
        ground = BRIGHTEST_GROUND * uniforms[:, 6] * 255
        levels = (ground * UNIT).long()[:, None], ((contrast * (255 - ground)) / 255 * UNIT).long()[:, None]
        drawn = (levels[0] + levels[1] * ink.clamp_(max=255)).div(UNIT, rounding_mode="floor").clamp_(max=255)
        images = drawn.to(th.uint8).view(-1, self.height, self.width)
        return images, self.labels[chosen.clamp(min=0)].where(chosen >= 0, -1)

    def objects(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> dict[str, th.Tensor]:
        """
        The pixels in which digits and distractors are drawn; both where they overlap.

        :param uniforms: as for :meth:`draw`, as is ``first``
        :return: ``digit``, and ``distractors`` if there are any: (N, height, width) bool
        """
        shape = (-1, self.height, self.width)
        found = {"digit": (self._inked(uniforms, self.chosen(uniforms, first)) > 0).view(shape)}
        if self.distractors:
            places, levels = self._pieces(uniforms)
            nothing = th.zeros(len(uniforms), self.height * self.width, dtype=th.int32, device=self.device)
            found["distractors"] = (nothing.scatter_add_(1, places, levels) > 0).view(shape)
        return found

    def places(self, uniforms: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """
        Where the digits' boxes are.

        :param uniforms: as for :meth:`draw`
        :return: centres (N, ``most``, 2) float64, (row, column) in pixels; sides of the boxes (N, ``most``) float64
        """
        count = self.counts(uniforms).double()
        apart = NARROWEST + (WIDEST - NARROWEST) * uniforms[:, 2]
        columns = 1 + (count - 1) * apart
        fits = th.minimum(self.width / columns, th.full_like(columns, self.height / (1 + 2 * SHIFT))) / SIDE
        # A long number whose digits are far apart would be too small, so they come closer.
        apart = apart.where(fits >= SMALLEST, NARROWEST)
        columns = 1 + (count - 1) * apart
        fits = th.minimum(self.width / columns, th.full_like(columns, self.height / (1 + 2 * SHIFT))) / SIDE
        side = SIDE * (SMALLEST + (fits.clamp(max=LARGEST) - SMALLEST) * uniforms[:, 1])
        left = (self.width - side * columns) * uniforms[:, 3]
        top = (self.height - side * (1 + 2 * SHIFT)) * uniforms[:, 4]
        of_digits = self._of_digits(uniforms)
        steps = th.arange(self.most, device=uniforms.device)
        x = (left + side / 2)[:, None] + steps * (apart * side)[:, None]
        y = (top + side * (0.5 + SHIFT))[:, None] + side[:, None] * SHIFT * (2 * of_digits[..., 2] - 1)
        sides = side[:, None] * (LOWEST_SIZE + (1 - LOWEST_SIZE) * of_digits[..., 1])
        return th.stack([y, x], dim=2), sides

    def _inked(self, uniforms: th.Tensor, chosen: th.Tensor) -> th.Tensor:
        """The ink of the digits on the flat canvas, (N, height * width) int32, not clipped."""
        there = chosen >= 0
        centres, sides = (x[there] for x in self.places(uniforms))  # of all M digits
        start = (centres - sides[:, None] / 2).floor().long()  # the first pixels
        pixels = start[..., None] + th.arange(self._patch, device=uniforms.device)  # (M, 2, P)
        ends = th.tensor([self.height, self.width], device=uniforms.device)[:, None]
        # Where the centre of each pixel lies in the digit's own image.
        own = (pixels + 0.5 - centres[..., None]) * (SIDE / sides)[:, None, None] + SIDE / 2
        weights = _interpolation(own) * ((pixels >= 0) & (pixels < ends))[..., None]  # (M, 2, P, SIDE)
        # Products of whole numbers, which float64 has exactly, in whatever order they are added.
        scaled = weights[:, 0] @ self.images[chosen[there]].double() @ weights[:, 1].transpose(1, 2)
        rows, columns = pixels.clamp(min=th.zeros_like(ends), max=ends - 1).unbind(1)
        of_canvas = th.arange(len(chosen), device=uniforms.device)[:, None].expand_as(chosen)[there] * (self.height * self.width)
        targets = of_canvas[:, None, None] + rows[..., None] * self.width + columns[:, None]
        canvas = th.zeros(len(chosen) * self.height * self.width, dtype=th.int32, device=uniforms.device)
        canvas.scatter_add_(0, targets.flatten(), (scaled / UNIT**2).int().flatten())
        return canvas.view(len(chosen), -1)

    def _pieces(self, uniforms: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """Indices of the distractors' pixels on the flat canvas, and their brightness; both (N, pixels)."""
        drawn = uniforms[:, OF_NUMBER + OF_DIGIT * self.most :].reshape(len(uniforms), self.distractors, OF_PIECE)
        which = (drawn[..., 0] * len(self.images)).long()
        free = (SIDE, SIDE, self.height, self.width)
        row, column, top, left = ((drawn[..., i + 1] * (end - self.distractor_size + 1)).long() for i, end in enumerate(free))
        steps = th.arange(self.distractor_size, device=uniforms.device)
        sources = (which * SIDE**2 + row * SIDE + column)[..., None, None] + steps[:, None] * SIDE + steps
        targets = (top * self.width + left)[..., None, None] + steps[:, None] * self.width + steps
        return targets.flatten(1), self.images.view(-1)[sources].int().flatten(1)

    def _of_digits(self, uniforms: th.Tensor) -> th.Tensor:
        return uniforms[:, OF_NUMBER : OF_NUMBER + OF_DIGIT * self.most].reshape(len(uniforms), self.most, OF_DIGIT)

    def _is_there(self, uniforms: th.Tensor) -> th.Tensor:
        return th.arange(self.most, device=uniforms.device) < self.counts(uniforms)[:, None]

    @staticmethod
    def _extents(size: float, apart: float, digits: int) -> tuple[float, float]:
        """Width and height that a number needs, in pixels."""
        return size * SIDE * (1 + (digits - 1) * apart), size * SIDE * (1 + 2 * SHIFT)


def _interpolation(places: th.Tensor) -> th.Tensor:
    """
    Weights of bilinear interpolation along one axis, in parts of ``UNIT``. Beyond the edge there is nothing.

    :param places: (..., P) in pixels from the edge of an axis of ``SIDE`` pixels
    :return: (..., P, SIDE) float64 whole numbers
    """
    parts = ((places - 0.5) * UNIT).floor()[..., None]  # from the centre of the first pixel
    centres = th.arange(SIDE, dtype=places.dtype, device=places.device) * UNIT
    return (UNIT - (parts - centres).abs()).clamp(min=0)
