"""Things on the screen of Pong."""

import numpy as np

from .colours import packed, rgb

WHITE, GREEN, ORANGE = rgb(236, 236, 236), rgb(92, 186, 92), rgb(213, 130, 74)
FIELD = slice(34, 194)  # rows between the two white walls
SCORE = slice(1, 21)  # rows of the numbers


def pong(frames: np.ndarray) -> dict[str, np.ndarray]:
    """
    Ball, own paddle (right), other paddle (left), walls (the white bars) and score (the pixels of the numbers).

    :param frames: (B, 210, 160, 3) uint8 RGB
    :return: {name: (B, 210, 160) bool}; no ball where none is drawn
    """
    colours = packed(frames)
    field, score = (np.zeros(colours.shape, dtype=bool) for _ in range(2))
    field[:, FIELD], score[:, SCORE] = True, True
    # Two screens may lie over each other (the brighter pixel counts), so the ball can lie over a paddle and mix with it. White
    # is the brightest in all channels, so it stays white.
    white, green, orange = (colours == one for one in (WHITE, GREEN, ORANGE))
    return {
        "ball": white & field,
        "own_paddle": green & field,
        "other_paddle": orange & field,
        "walls": white & ~field,
        "score": (green | orange) & score,
    }
