"""A binary tree of sums, for draws in proportion to priorities."""

import copy

import torch as th


class SumTree:
    """
    Non-negative numbers at places 0 to size - 1. Each node of the tree holds the sum of its two children (Schaul et al. 2016,
    appendix B.2.1). All operations take batches and stay on the device: 20 small kernels for a million places.

    ``knots`` holds the nodes: the root is node 1, the children of node k are 2k and 2k + 1, and place p is node ``leaves + p``.

    :param size: number of places
    :param device: of the tree
    """

    def __init__(self, size: int, device: th.device) -> None:
        self.levels = max(size - 1, 1).bit_length()
        self.leaves = 2**self.levels
        # In float32 the small numbers would vanish from a sum of a million.
        self.knots = th.zeros(2 * self.leaves, dtype=th.float64, device=device)

    def to(self, device: th.device) -> "SumTree":
        """The same tree on another device."""
        moved = copy.copy(self)
        moved.knots = self.knots.to(device)
        return moved

    @property
    def total(self) -> th.Tensor:
        """Sum of all numbers, ()."""
        return self.knots[1]

    def __getitem__(self, places: th.Tensor) -> th.Tensor:
        return self.knots[places + self.leaves]

    def __setitem__(self, places: th.Tensor, values: th.Tensor) -> None:
        """
        :param places: (B,) int64; a place that occurs twice keeps one of its values
        :param values: (B,), or () for one number at all places
        """
        knots = places + self.leaves
        self.knots[knots] = values.to(self.knots.dtype)
        for _ in range(self.levels):
            knots = knots // 2
            self.knots[knots] = self.knots[2 * knots] + self.knots[2 * knots + 1]

    def fill(self, values: th.Tensor) -> None:
        """
        Set all numbers at once.

        :param values: (size,)
        """
        self.knots.zero_()
        self.knots[self.leaves : self.leaves + len(values)] = values.to(self.knots.dtype)
        for level in reversed(range(self.levels)):
            first = 2**level
            children = self.knots[2 * first : 4 * first].view(-1, 2)
            self.knots[first : 2 * first] = children[:, 0] + children[:, 1]

    def find(self, sums: th.Tensor) -> th.Tensor:
        """
        The first places at which the running sum of the numbers exceeds the given sums.

        :param sums: (B,), from 0 to below ``total``
        :return: (B,) int64; never a place whose number is 0, unless all are
        """
        knots = th.ones(sums.shape, dtype=th.int64, device=sums.device)
        rest = sums.to(self.knots.dtype)
        for _ in range(self.levels):
            left = self.knots[2 * knots]
            # Rounding can leave the rest slightly above the sum on the right. Never enter an empty branch.
            right = (rest >= left) & (self.knots[2 * knots + 1] > 0)
            rest = th.where(right, rest - left, rest)
            knots = 2 * knots + right
        return knots - self.leaves
