"""Images with digits among clutter, a whole batch at a time."""

from copy import copy

import torch as th

from .digits import SIDE, Digits


class DigitCanvas:
    """
    Draws digits at random places on black, with pieces of other digits as clutter (Mnih et al. 2014, section 4; their generator is
    deepmind/mnist-cluttered).

    A distractor is a square cut out of a random digit of the same data. Overlapping pixels are added and clipped at white. The
    whole digit is on the canvas. Several digits stand in columns of equal width, each at a random place in its own column. So
    they never overlap, and they read from left to right; the label is the number that they form.

    :param digits: data set to draw from
    :param size: side of the canvas in pixels
    :param distractors: number on each canvas
    :param distractor_size: side in pixels
    :param n_digits: number on each canvas
    :param device: torch device that draws
    :param spill: pixels by which digits and distractors may lie over the edge of the canvas. MNIST's digits have a black margin
        of 4 pixels, so up to 4 nothing is lost, and digits that fill their canvas still change place
    :param smallest: for canvases of several sizes in one batch: digits and clutter lie in a square around the centre, whose side is
        drawn for each canvas, from this to ``size``. The rest is black, as the retina sees what lies outside of a canvas. None for
        the whole canvas
    :raises ValueError: if the digits do not fit on the canvas
    """

    def __init__(
        self,
        digits: Digits,
        size: int = 60,
        distractors: int = 4,
        distractor_size: int = 8,
        n_digits: int = 1,
        device: th.device | str = "cpu",
        spill: int = 0,
        smallest: int | None = None,
    ) -> None:
        for name, value, least in (
            ("distractors", distractors, 0),
            ("distractor_size", distractor_size, 1),
            ("digits", n_digits, 1),
            ("spill", spill, 0),
        ):
            if value < least:
                raise ValueError(f"{name} is {value}; it must be at least {least}")
        if size < SIDE * n_digits:
            raise ValueError(f"size is {size}, but {n_digits} digits of {SIDE}x{SIDE} pixels side by side need {SIDE * n_digits}")
        if distractors and distractor_size > min(SIDE, size):
            raise ValueError(f"distractor_size is {distractor_size}; it must be at most {min(SIDE, size)}")
        if smallest is not None and not SIDE * n_digits <= smallest <= size:
            raise ValueError(f"smallest is {smallest}; it must be from {SIDE * n_digits} to size, {size}")
        self.size, self.distractors, self.distractor_size, self.n_digits = size, distractors, distractor_size, n_digits
        self.spill, self.smallest = spill, smallest
        self.wide = size + 2 * spill  # side of the drawing; the canvas is its middle
        self.images = digits.images.to(device)
        self.labels = digits.labels.to(device)
        self.draws = 3 * n_digits + 5 * distractors + (smallest is not None)  # random numbers per canvas
        self._whole = _square(SIDE, self.wide, device)
        self._piece = _square(distractor_size, self.wide, device)
        self._piece_of_digit = _square(distractor_size, SIDE, device)

    def draw(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """
        Draw a batch of canvases.

        :param uniforms: (N, draws) in [0, 1), which determine the canvases
        :param first: index of the first digit of each canvas, (N,) int64; None for random digits
        :return: images (N, size, size) uint8; labels (N,) int64; top left corners of the digits (N, digits, 2) int64, (row, column)
        """
        count, of_pieces = len(uniforms), self._of_pieces(uniforms)
        chosen = self.chosen(uniforms, first)
        _, tops, lefts = self._of_digits(uniforms)
        side, corner = self._field(uniforms)
        bounds = th.arange(self.n_digits + 1, device=uniforms.device) * side // self.n_digits  # of the columns
        tops = corner + _below(tops, side - SIDE + 1)
        lefts = corner + bounds[:, :-1] + _below(lefts, bounds.diff() - SIDE + 1)
        pixels = (tops * self.wide + lefts)[..., None] + self._whole
        canvas = th.zeros(count, self.wide**2, dtype=th.int32, device=uniforms.device)
        canvas.scatter_add_(1, pixels.flatten(1), self.images.view(-1, SIDE**2)[chosen].int().flatten(1))
        if self.distractors:
            canvas.scatter_add_(1, *self._pieces(of_pieces, side, corner))
        powers = 10 ** th.arange(self.n_digits - 1, -1, -1, device=uniforms.device)
        labels = (self.labels[chosen] * powers).sum(1)
        drawn = canvas.clamp_(max=255).to(th.uint8).view(count, self.wide, self.wide)
        middle = slice(self.spill, self.wide - self.spill)
        return drawn[:, middle, middle].contiguous(), labels, th.stack([tops, lefts], dim=2) - self.spill

    def chosen(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> th.Tensor:
        """
        Which digits of the data are on the canvases, from left to right.

        :param uniforms: as for :meth:`draw`
        :param first: as for :meth:`draw`
        :return: (N, digits) int64
        """
        chosen = _below(self._of_digits(uniforms)[0], len(self.images))
        if first is not None:
            chosen[:, 0] = first % len(self.images)
        return chosen

    def objects(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> dict[str, th.Tensor]:
        """
        The pixels in which digits and distractors are drawn; both where they overlap.

        :param uniforms: as for :meth:`draw`
        :param first: as for :meth:`draw`
        :return: ``digit``, and ``distractors`` if there are any: (N, size, size) bool
        """
        alone = copy(self)
        alone.distractors = 0
        found = {"digit": alone.draw(uniforms, first)[0] > 0}
        if self.distractors:
            count, middle = len(uniforms), slice(self.spill, self.wide - self.spill)
            places, levels = self._pieces(self._of_pieces(uniforms), *self._field(uniforms))
            canvas = th.zeros(count, self.wide**2, dtype=th.int32, device=uniforms.device).scatter_add_(1, places, levels)
            found["distractors"] = canvas.view(count, self.wide, self.wide)[:, middle, middle] > 0
        return found

    def _of_digits(self, uniforms: th.Tensor) -> tuple[th.Tensor, ...]:
        """Random numbers for which digit it is, its row and its column, (N, digits) each."""
        return uniforms[:, : 3 * self.n_digits].reshape(len(uniforms), self.n_digits, 3).unbind(2)

    def _of_pieces(self, uniforms: th.Tensor) -> th.Tensor:
        """The random numbers of the distractors, (N, distractors, 5)."""
        first = 3 * self.n_digits
        return uniforms[:, first : first + 5 * self.distractors].reshape(len(uniforms), self.distractors, 5)

    def _field(self, uniforms: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """Side of the square of each drawing in which things lie, and the row and column of its corner; both (N, 1)."""
        side = th.full((len(uniforms), 1), self.wide, device=uniforms.device)
        if self.smallest is not None:
            least = self.smallest + 2 * self.spill
            side = least + _below(uniforms[:, -1:], self.wide - least + 1)
        return side, (self.wide - side) // 2

    def _pieces(self, uniforms: th.Tensor, side: th.Tensor, middle: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """Indices of the distractors' pixels on the flat canvas, and their brightness; both (N, pixels)."""
        which, *corner, top, left = uniforms.unbind(2)
        row, column = (_below(u, SIDE - self.distractor_size + 1) for u in corner)
        sources = (_below(which, len(self.images)) * SIDE**2 + row * SIDE + column)[..., None] + self._piece_of_digit
        free = side - self.distractor_size + 1
        down, across = (middle + _below(u, free) for u in (top, left))
        targets = (down * self.wide + across)[..., None] + self._piece
        return targets.flatten(1), self.images.view(-1)[sources].int().flatten(1)


def _below(uniforms: th.Tensor, bound: int | th.Tensor) -> th.Tensor:
    """Whole numbers from 0 to bound - 1."""
    return (uniforms * bound).long()


def _square(side: int, width: int, device: th.device | str) -> th.Tensor:
    """Flat indices (side * side,) of a square's pixels in an image of some width, from its top left corner."""
    steps = th.arange(side, device=device)
    return (steps[:, None] * width + steps).flatten()
