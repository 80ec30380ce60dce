"""Colours that say how strong something is: from a weak one to red."""

import numpy as np

STRONG = np.array([220, 30, 30])  # RGB of the strength 1


def strength_colour(strength: float, weak: np.ndarray) -> tuple[int, int, int]:
    """
    The colour of a strength, as cv2 takes it.

    :param strength: from 0 to 1
    :param weak: (3,) RGB of the strength 0
    :return: RGB, from 0 to 255
    """
    red, green, blue = np.round(weak + float(strength) * (STRONG - weak)).astype(int).tolist()
    return red, green, blue
