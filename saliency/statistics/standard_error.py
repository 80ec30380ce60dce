"""How sure a mean is whose values are independent. Intervals, and groups that are not independent inside: :mod:`.bootstrap`."""

import numpy as np


def standard_error(values: np.ndarray) -> np.ndarray:
    """
    Of the mean: the standard deviation of a sample (divided by N - 1) over the root of N.

    :param values: (N, ...), independent of each other along N
    :return: (...); NaN for fewer than two values
    """
    values = np.asarray(values)
    if len(values) < 2:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(values.std(axis=0, ddof=1) / len(values) ** 0.5)
