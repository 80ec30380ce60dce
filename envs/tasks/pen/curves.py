"""The lines of all letters as curves of equally many points, so that a batch of words is read off one table."""

from dataclasses import dataclass

import numpy as np
import torch as th

from .letters import ALPHABET, letters

BODY_LINES = 3  # the most that a letter has
LINES = BODY_LINES + 1  # the last one is the delayed line
DELAYED = BODY_LINES  # its place
POINTS = 65  # of a curve
ROUNDS = 3  # of corner cutting


@dataclass(frozen=True)
class Curves:
    """
    A is the number of letters, K the number of lines of a letter (:data:`LINES`), P the number of points of a curve. Lengths are in
    heights of the letter x.

    :param sharp: (A, K, P, 2) along the lines of the font, at equal distances
    :param smooth: (A, K, P, 2) along the same lines with their corners cut
    :param lengths: (A, K) of the lines of the font; 0 where a letter has no such line
    :param widths: (A,) of the letters
    :param dots: (A,) bool, whether the delayed line is a dot
    """

    sharp: th.Tensor
    smooth: th.Tensor
    lengths: th.Tensor
    widths: th.Tensor
    dots: th.Tensor


def letter_curves(device: th.device | str = "cpu") -> Curves:
    """The curves of all letters, in the order of the alphabet."""
    sharp, smooth = (np.zeros((len(ALPHABET), LINES, POINTS, 2)) for _ in range(2))
    lengths = np.zeros((len(ALPHABET), LINES))
    known = letters()
    for i, name in enumerate(ALPHABET):
        letter = known[name]
        lines = {**dict(enumerate(letter.body)), **({} if letter.delayed is None else {DELAYED: letter.delayed})}
        for k, line in lines.items():
            lengths[i, k] = np.hypot(*np.diff(line, axis=0).T).sum()
            sharp[i, k] = at_equal_distances(line, POINTS)
            smooth[i, k] = at_equal_distances(without_corners(line, ROUNDS), POINTS)
    widths, dots = [known[name].width for name in ALPHABET], [known[name].has_dot for name in ALPHABET]
    as_tensor = {"sharp": sharp, "smooth": smooth, "lengths": lengths, "widths": widths}
    return Curves(
        **{name: th.as_tensor(values, dtype=th.float32, device=device) for name, values in as_tensor.items()},
        dots=th.tensor(dots, device=device),
    )


def at_equal_distances(line: np.ndarray, points: int) -> np.ndarray:
    """
    :param line: (M, 2), corners of a line
    :param points: at least 2
    :return: (points, 2) on the line, at equal distances along it, from its first corner to its last
    """
    along = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    wanted = np.linspace(0, along[-1], points)
    return np.stack([np.interp(wanted, along, line[:, axis]) for axis in range(2)], axis=1)


def without_corners(line: np.ndarray, rounds: int) -> np.ndarray:
    """
    Chaikin's corner cutting (1974): each round replaces a corner by two points, a quarter of a side before and behind it. The ends
    of the line stay.

    :param line: (M, 2)
    :param rounds: each has about twice as many points as the one before
    """
    for _ in range(rounds):
        before, after = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.concatenate([line[:1], np.stack([before, after], axis=1).reshape(-1, 2), line[-1:]])
    return line
