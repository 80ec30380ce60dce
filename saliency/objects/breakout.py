"""Things on the screen of Breakout."""

import numpy as np

from .colours import box, long_runs, packed, rgb

ROWS = (rgb(200, 72, 72), rgb(198, 108, 58), rgb(180, 122, 48), rgb(162, 162, 42), rgb(72, 160, 72), rgb(66, 72, 200))
RED = ROWS[0]  # the colour of ball and paddle, too
TOP, HIGH = 57, 6  # first row of pixels of the bricks, rows of pixels of a brick
LEFT, RIGHT, WIDE = 8, 152, 8  # columns between the walls, columns of a brick
FILLED = 0.75  # share of a brick's place in the row's colour that makes a brick; the ball hides at most a sixth
FIELD = slice(32, 196)  # rows below the upper wall
PADDLE = slice(189, 193)  # rows in which the paddle moves
NARROWEST = 5  # pixels of the shortest run that is paddle; the ball has 2, or 4 where two screens lie over each other
SCORE = (slice(5, 15), slice(36, 148))  # points, lives, number of the player
WALLS = slice(17, 196)


def breakout(frames: np.ndarray) -> dict[str, np.ndarray]:
    """
    Ball, paddle, bricks, walls and score (the place of the numbers).

    :param frames: (B, 210, 160, 3) uint8 RGB
    :return: {name: (B, 210, 160) bool}; no ball where none is drawn
    """
    colours = packed(frames)
    inside, walls = np.zeros(colours.shape, dtype=bool), np.zeros(colours.shape, dtype=bool)
    inside[:, FIELD, LEFT:RIGHT], walls[:, WALLS] = True, True
    drawn = colours != 0
    bricks = _bricks(colours)
    paddle = np.zeros(colours.shape, dtype=bool)
    paddle[:, PADDLE, LEFT:RIGHT] = long_runs(colours[:, PADDLE, LEFT:RIGHT] == RED, NARROWEST)
    # Whatever else is drawn between the walls is the ball, also where it is mixed with a brick.
    return {
        "ball": drawn & inside & ~bricks & ~paddle,
        "paddle": paddle,
        "bricks": bricks,
        "walls": drawn & walls & ~inside,
        "score": box(colours.shape, *SCORE),
    }


def _bricks(colours: np.ndarray) -> np.ndarray:
    """Pixels of bricks: those of the row's colour in places of a brick that are filled with it."""
    found = np.zeros(colours.shape, dtype=bool)
    for i, colour in enumerate(ROWS):
        rows = slice(TOP + i * HIGH, TOP + (i + 1) * HIGH)
        of_row = colours[:, rows, LEFT:RIGHT] == colour
        places = of_row.reshape(len(colours), HIGH, -1, WIDE)
        filled = places.mean(axis=(1, 3)) >= FILLED
        found[:, rows, LEFT:RIGHT] = of_row & filled.repeat(WIDE, axis=1)[:, None]
    return found
