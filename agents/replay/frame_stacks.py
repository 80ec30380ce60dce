"""Comparisons of stacked observations."""

import numpy as np


def same_observation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """
    Whether two batches of observations are equal, env by env.

    :param a: (N, ...)
    :param b: (N, ...)
    :return: (N,) bool
    """
    return (_words(a) == _words(b)).all(axis=1)


def follows(stack: np.ndarray, before: np.ndarray, channels: int) -> np.ndarray:
    """
    Whether each stack is the one before it with one frame pushed in, env by env.

    :param stack: (N, S * channels, ...), newest frame last
    :param before: the observation one env step earlier, of the same shape
    :param channels: channels of one frame
    :return: (N,) bool
    """
    if stack.shape[1] == channels:
        return np.ones(len(stack), dtype=bool)
    return same_observation(stack[:, :-channels], before[:, channels:])


def padding_of(stack: np.ndarray, channels: int) -> str | None:
    """
    How a stack is padded before the first frame of an episode.

    :param stack: (S * channels, ...), an episode's first observation
    :param channels: channels of one frame
    :return: ``"zeros"`` (SB3, ALE), ``"repeat"`` (the first frame repeated: gymnasium's default) or None (neither)
    """
    older, newest = stack[:-channels], stack[-channels:]
    if not older.any():
        return "zeros"
    if (older.reshape(-1, *newest.shape) == newest).all():
        return "repeat"
    return None


def _words(observations: np.ndarray) -> np.ndarray:
    """Each observation as a row of 8-byte words, which compare several times faster, or of bytes if the words do not fit."""
    rows = np.ascontiguousarray(observations).reshape(len(observations), -1).view(np.uint8)
    return rows.view(np.uint64) if rows.shape[1] % 8 == 0 else rows
