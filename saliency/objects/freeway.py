"""Things on the screen of Freeway."""

import numpy as np

from .colours import is_grey, packed, rgb

CHICKEN = rgb(252, 252, 84)
LEFT, MIDDLE = 8, 84  # first column of the picture, and the column between the two players
LANES = slice(24, 185)  # rows of the road
STRIPES = (39, 55, 71, 87, 102, 104, 119, 135, 151, 167)  # rows of the lines between lanes
CENTRE = (102, 104)  # rows of the double line in the middle, in the chickens' colour
VERGES = (slice(15, 23), slice(186, 195))  # rows of the pavements
SCORE = slice(5, 13)
LONGEST = 7  # pixels of a chicken in one row; two screens over each other may add a few rows but no columns


def freeway(frames: np.ndarray) -> dict[str, np.ndarray]:
    """
    Own chicken (the left one), other chicken, cars, road (without what is on it), stripes, verges (the pavements) and score (the
    pixels of the numbers).

    :param frames: (B, 210, 160, 3) uint8 RGB
    :return: {name: (B, 210, 160) bool}
    """
    colours = packed(frames)
    lanes, verges, score, lines = (np.zeros(colours.shape, dtype=bool) for _ in range(4))
    lanes[:, LANES, LEFT:], score[:, SCORE, LEFT:] = True, True
    for rows in VERGES:
        verges[:, rows, LEFT:] = True
    lines[:, STRIPES, LEFT:] = True
    grey = is_grey(frames)
    yellow = colours == CHICKEN
    dashes = _dashes(yellow)
    chickens = yellow & (lanes | verges) & ~dashes
    # Cars have black wheels, everything else on the road is grey, white or yellow.
    stripes = lanes & lines & (dashes | (grey & (colours > rgb(200, 200, 200))))
    cars = lanes & ~yellow & (~grey | (colours == 0))
    left = np.arange(colours.shape[2]) < MIDDLE
    return {
        "own_chicken": chickens & left,
        "other_chicken": chickens & ~left,
        "cars": cars,
        "road": lanes & ~cars & ~chickens & ~stripes,
        "stripes": stripes,
        "verges": verges & ~chickens,
        "score": score & ~grey,
    }


def _dashes(yellow: np.ndarray) -> np.ndarray:
    """
    The yellow dashes of the double line. A chicken on the line is in the rows between and beside it as well, at the same columns.

    :param yellow: (B, H, W) bool
    """
    found = np.zeros_like(yellow)
    for row in CENTRE:
        beside = yellow[:, row - 1] | yellow[:, row + 1]
        found[:, row] = yellow[:, row] & ~beside
    return found
