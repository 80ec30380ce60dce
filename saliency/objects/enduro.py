"""Things on the screen of Enduro, by day and by night, in snow and in fog. What is not visible does not count."""

import numpy as np

from .colours import box, is_grey, long_runs, packed, rgb

LEFT = 8  # first column of the picture; before it all is black
HORIZON, BOTTOM = 51, 155  # first row of the ground, first row below it
HILLS = slice(45, HORIZON)  # rows of the mountains
PANEL = (slice(161, 191), slice(48, 112))
BODY = rgb(192, 192, 192)  # of the own car; the near ends of the road's edges have this colour too
CAR_ROWS = slice(130, BOTTOM)  # where the own car can be
BODY_WIDTH = 4  # pixels of the shortest run in a row of the body; an edge has one or two
WHEELS = 2  # pixels that they stand out on each side
REACH = 20  # rows: how far from an edge that is visible its place is still known; a car hides fewer


def enduro(frames: np.ndarray) -> dict[str, np.ndarray]:
    """
    Own car, other cars (at night their two lights), road (between its edges, without cars), road edges (the lines), verges (the
    ground beside the road), sky, mountains, fog (the part of the screen in which it hides everything) and panel.

    :param frames: (B, 210, 160, 3) uint8 RGB
    :return: {name: (B, 210, 160) bool}. The masks do not overlap
    """
    colours, grey = packed(frames), is_grey(frames)
    shape = colours.shape
    # Most of the ground has one colour, and so has each row of the sky, in which dusk draws bands.
    ground_colour = np.median(colours[:, HORIZON:BOTTOM, LEFT:].reshape(len(frames), -1), axis=1).astype(np.int64)
    sky_colour = np.median(colours[:, :HORIZON, LEFT:], axis=2).astype(np.int64)
    foggy = sky_colour[:, 0] == ground_colour

    on_ground, hills = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    on_ground[:, HORIZON:BOTTOM, LEFT:] = True
    thing = on_ground & (colours != ground_colour[:, None, None])
    own = _own_car(thing & (colours == BODY))
    others = thing & ~grey  # no car but the own one is grey
    edges = thing & grey & ~own
    seen_from = _first_row(edges | others | own, foggy)
    between, told = _between(edges)

    hills[:, HILLS, LEFT:] = colours[:, HILLS, LEFT:] != sky_colour[:, HILLS, None]
    sky = np.zeros(shape, dtype=bool)
    sky[:, :HORIZON, LEFT:] = ~hills[:, :HORIZON, LEFT:]
    seen = np.arange(shape[1])[None, :, None] >= seen_from[:, None, None]
    # In rows far from any visible edge, as now and then in snow, nobody can tell road from verge.
    free = on_ground & seen & ~thing & told[:, :, None]
    return {
        "own_car": own,
        "other_cars": others,
        "road": free & between,
        "road_edges": edges,
        "verges": free & ~between,
        "sky": sky & ~foggy[:, None, None],
        "mountains": hills & ~foggy[:, None, None],
        "fog": (sky | on_ground) & ~seen & foggy[:, None, None],
        "panel": box(shape, *PANEL),
    }


def _own_car(body: np.ndarray) -> np.ndarray:
    """
    Pixels of the own car: those of its colour around the rows that have its broad body.

    :param body: (B, H, W) pixels of its colour on the ground
    """
    found = np.zeros(body.shape, dtype=bool)
    broad = np.zeros(body.shape, dtype=bool)
    broad[:, CAR_ROWS] = long_runs(body[:, CAR_ROWS], BODY_WIDTH)
    in_rows, in_columns = np.asarray(broad.any(axis=2)), np.asarray(broad.any(axis=1))
    for i in range(len(body)):
        rows, columns = np.flatnonzero(in_rows[i]), np.flatnonzero(in_columns[i])
        if len(rows):
            place = slice(rows[0], rows[-1] + 1), slice(max(columns[0] - WHEELS, LEFT), columns[-1] + WHEELS + 1)
            found[i][place] = body[i][place]
    return found


def _first_row(drawn: np.ndarray, foggy: np.ndarray) -> np.ndarray:
    """(B,) the first row in which something can be seen: the horizon, or in fog the first row in which something is drawn."""
    rows = np.asarray(drawn.any(axis=2))
    return np.where(foggy, np.where(rows.any(axis=1), rows.argmax(axis=1), BOTTOM), HORIZON)


def _between(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Pixels between the left and the right edge of the road. In rows in which a car hides an edge, it lies on the line between the
    nearest rows that show it.

    :param edges: (B, H, W) pixels of the edges
    :return: (B, H, W) bool, and (B, H) bool, the rows in which both edges are known
    """
    rows, columns = np.arange(edges.shape[1]), np.arange(edges.shape[2])
    found, told = np.zeros_like(edges), np.zeros(edges.shape[:2], dtype=bool)
    for i, one in enumerate(edges):
        shown = np.flatnonzero(one.any(axis=1))
        if not len(shown):
            continue
        first, last = one[shown].argmax(axis=1), one.shape[1] - 1 - one[shown, ::-1].argmax(axis=1)
        both = last - first > _narrow(shown)
        # Far away the two edges are one line.
        middle = np.interp(shown, shown[both], (first + last)[both] / 2) if both.any() else (first + last) / 2
        far = shown < HORIZON + 4
        has_left, has_right = both | far | (first <= middle), both | far | (last > middle)
        if not (has_left.any() and has_right.any()):
            continue
        left = np.interp(rows, shown[has_left], first[has_left])
        right = np.interp(rows, shown[has_right], last[has_right])
        found[i] = (columns > left[:, None]) & (columns < right[:, None]) & (rows >= shown[0])[:, None]
        outside = left <= LEFT + 1, right >= edges.shape[2] - 2  # an edge that has left the screen
        told[i] = np.logical_and(*(_near(rows, shown[has]) | out for has, out in zip((has_left, has_right), outside, strict=True)))
    return found, told


def _near(rows: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Whether each row is near one that shows an edge."""
    return np.abs(rows[:, None] - shown[None]).min(axis=1) <= REACH


def _narrow(rows: np.ndarray) -> np.ndarray:
    """Half of the road's usual width in some rows: it is a pixel wide at the horizon and gains one a row."""
    return (rows - HORIZON - 2) / 2
