"""Maps of vectors as signed bars: a row for each feature, with its name and its value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..map_key import MapKey, Maps
from .colours import NEGATIVE, POSITIVE
from .layout import CAPTION, HEIGHT
from .map_picture import LEGEND
from .text import EDGE, FAINT, INK, LINE, fitting, short, text_strip, width_of, write

MOST_ROWS = 16  # features with a row of their own
HIGHEST_ROW = 48  # pixels
NAMES = 170  # pixels of the longest name
LONGEST_NUMBER = "-0.0e-00"
BARS = 300  # pixels of the bars of one map
LINE_COLOUR, REST = (215, 215, 215), (140, 140, 140)  # RGB of lines, and of what is summed up


@dataclass(frozen=True)
class Rows:
    """
    Which features have rows, in the order of the vector.

    :param shown: indices
    :param names: of these features
    :param others: how many features share the last row; 0: there is no such row
    """

    shown: tuple[int, ...]
    names: tuple[str, ...]
    others: int

    @classmethod
    def of(cls, maps: Maps, names: Sequence[str] = (), most: int = MOST_ROWS) -> "Rows":
        """
        All features if they are few, else those that are strongest in any map.

        :param maps: signed (B, D) or (D,), at least one
        :param names: of all D features; by default ``x0``, ``x1`` ...
        :param most: rows of single features
        """
        strengths = [np.nan_to_num(np.abs(signed)).reshape(-1, np.shape(signed)[-1]).max(axis=0) for signed in maps.values()]
        count = strengths[0].size
        told = tuple(names) if len(names) == count else tuple(f"x{i}" for i in range(count))
        if count <= most:
            return cls(tuple(range(count)), told, 0)
        # Heads have units of their own, so each counts relative to its own strongest feature.
        relative = np.max([x / max(float(x.max()), 1e-30) for x in strengths], axis=0)
        strongest = sorted(np.argsort(-relative, kind="stable")[:most].tolist())
        return cls(tuple(strongest), tuple(told[i] for i in strongest), count - most)

    def __len__(self) -> int:
        return len(self.shown) + bool(self.others)

    @property
    def height(self) -> int:
        """Pixels of a row."""
        return min(max(HEIGHT // max(len(self), 1), LINE), HIGHEST_ROW)


def vector_parts(
    observation: np.ndarray, maps: Maps, names: Sequence[str] = (), scales: Mapping[MapKey, float] | None = None,
    rows: Rows | None = None,
) -> list[np.ndarray]:  # fmt: skip
    """
    The features with their values, and for each map their signed bars. Bars of one map share a scale.

    :param observation: (D,)
    :param maps: signed (D,)
    :param names: of the features
    :param scales: strength of the longest bar of each map, for a video; None: its own strongest feature
    :param rows: which features are shown, for a video; None: the strongest ones of these maps
    :return: pictures of one height
    """
    chosen = rows or Rows.of(maps or {MapKey("observation"): observation}, names)
    parts = [_values(observation, chosen)]
    for key, signed in maps.items():
        longest = float(np.nanmax(np.abs(signed), initial=0.0)) if scales is None else scales[key]
        parts.append(_bars(signed, str(key), chosen, longest))
    return parts


def small_bars(signed: np.ndarray, longest: float, height: int, names: Sequence[str] | None = None) -> np.ndarray:
    """
    Signed bars in little room, for one step of many: a row for each feature, of any number.

    :param signed: (D,)
    :param longest: strength of the longest bar
    :param height: pixels
    :param names: beside the bars, where rows are high enough; None: bars alone
    :return: (height, height, 3) uint8
    """
    picture = np.full((height, height, 3), 255, np.uint8)
    axis, count = height // 2, signed.size
    for row, value in enumerate(np.nan_to_num(np.ravel(signed)).tolist()):
        top, bottom = row * height // count, max((row + 1) * height // count, row * height // count + 1)
        thin = (bottom - top) // 4
        length = min(round(abs(value) / longest * (axis - EDGE)), axis - EDGE) if longest > 0 else 0
        side = slice(axis, axis + length) if value >= 0 else slice(axis - length, axis)
        picture[top + thin : max(bottom - thin, top + thin + 1), side] = POSITIVE if value >= 0 else NEGATIVE
        if names is not None and bottom - top >= LINE:
            name = names[row] if row < len(names) else f"x{row}"
            write(picture, fitting(name, axis - 2 * EDGE), EDGE, top + LINE - 6, FAINT)
    picture[:, axis] = REST
    picture[[0, -1]] = picture[:, [0, -1]] = LINE_COLOUR
    return picture


def _values(observation: np.ndarray, rows: Rows) -> np.ndarray:
    texts = [short(float(observation[i])) for i in rows.shown]
    names = [fitting(name, NAMES) for name in rows.names] + ([f"{rows.others} others"] if rows.others else [])
    left = EDGE + max(width_of(name) for name in names) + 3 * EDGE
    width = max(left + width_of(LONGEST_NUMBER) + EDGE, width_of("observation") + 2 * EDGE)
    picture = _empty(rows, width)
    for row, name in enumerate(names):
        bottom = _middle(rows, row) + 5
        write(picture, name, EDGE, bottom, FAINT if row >= len(texts) else INK)
        if row < len(texts):
            write(picture, texts[row], width - EDGE - width_of(texts[row]), bottom)
    return _framed(picture, "observation", "")


def _bars(signed: np.ndarray, title: str, rows: Rows, longest: float) -> np.ndarray:
    picture = _empty(rows, BARS)
    axis, room = BARS // 2, BARS // 2 - 2 * EDGE - width_of(LONGEST_NUMBER)
    picture[: rows.height * len(rows.shown), axis : axis + 1] = REST
    for row, i in enumerate(rows.shown):
        _bar(picture, _middle(rows, row), float(signed[i]), axis, room, longest, rows.height)
    if rows.others:
        rest = np.delete(signed, rows.shown)
        text = f"sum of absolute values: {short(float(np.abs(rest).sum()))}"
        write(picture, fitting(text, BARS - 2 * EDGE), EDGE, _middle(rows, len(rows.shown)) + 5, FAINT)
    return _framed(picture, title, "blue: negative   orange: positive")


def _bar(picture: np.ndarray, middle: int, value: float, axis: int, room: int, longest: float, row_height: int) -> None:
    share = value / longest if longest > 0 and np.isfinite(value) else 0.0
    length, half = round(abs(share) * room), max(row_height // 4, 3)
    length = min(length, room)
    side = slice(axis, axis + length) if share >= 0 else slice(axis - length, axis)
    picture[middle - half : middle + half, side] = POSITIVE if share >= 0 else NEGATIVE
    text = short(value)
    left = axis + length + EDGE if value >= 0 or not np.isfinite(value) else axis - length - EDGE - width_of(text)
    write(picture, text, left, middle + 5)


def _empty(rows: Rows, width: int) -> np.ndarray:
    """White, with a line below each row."""
    picture = np.full((rows.height * len(rows), width, 3), 255, np.uint8)
    picture[rows.height - 1 :: rows.height] = LINE_COLOUR
    return picture


def _middle(rows: Rows, row: int) -> int:
    return rows.height * row + rows.height // 2


def _framed(picture: np.ndarray, title: str, legend: str) -> np.ndarray:
    width = picture.shape[1]
    above, below = text_strip(title, width, height=CAPTION), text_strip(legend, width, FAINT, LEGEND)
    return np.concatenate([above, picture, below], axis=0)
