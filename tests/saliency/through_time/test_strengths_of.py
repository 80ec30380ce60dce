import numpy as np

from saccade.saliency.through_time import strengths_of


def signed(policy: object, *, scale: float = 1.0) -> np.ndarray:
    """A method."""
    return scale * np.array([[-2.0, 0.0], [3.0, np.nan]])


def test_strengths_are_absolute_values():
    method = strengths_of(signed)
    assert np.array_equal(method(None), [[2, 0], [3, np.nan]], equal_nan=True)  # what is not defined stays so
    assert np.array_equal(method(None, scale=-0.5), [[1, 0], [1.5, np.nan]], equal_nan=True)
    assert (method.__name__, method.__doc__) == ("signed", "A method.")
