"""Maps and frames as small images for a web page: all probes in one image, the strength in 8 bits."""

import base64
import math
from dataclasses import dataclass

import cv2
import numpy as np

from ..pictures.map_picture import full_colour_at

# Maps are mostly noise. Lossy WebP of this quality is half as large as PNG, with an error of 1.7 of 255 levels.
QUALITY = 90
HEADROOM = 16  # strengths are kept up to so many times full colour, because the page may use another map's larger scale
SHORTEST_LOSSY = 16  # pixels; in smaller tiles, such as a vector's strip, lossy blocks would cross the edges
LONGEST_WEBP = 16383  # pixels of a side


@dataclass(frozen=True)
class MapSprite:
    """
    The maps of one head at one moment.

    :param image: data URI of a grey image with the tiles of all probes; level q stands for the strength top * (q / 255) ** 2
    :param scales: (P) strength drawn in full colour when each map has its own scale; None where a map is not finite
    :param tops: (P) strength of the level 255
    """

    image: str
    scales: list[float | None]
    tops: list[float]


def map_sprite(strength: np.ndarray) -> MapSprite:
    """
    Strengths as an image. The square root keeps fine steps where a map is faint, even beside a few large outliers.

    :param strength: non-negative (P, h, w)
    """
    scales: list[float | None] = []
    tops: list[float] = []
    levels = np.zeros(strength.shape, np.uint8)
    for tile, levels_of_tile in zip(strength.astype(np.float64), levels, strict=True):
        finite = bool(np.isfinite(tile).all())
        scale = full_colour_at(tile) if finite else 0.0
        top = min(float(tile.max()), HEADROOM * scale) if finite else 0.0
        if top > 0:
            levels_of_tile[:] = np.round(255 * np.sqrt(np.clip(tile / top, 0, 1)))
        scales.append(_short(scale) if finite else None)
        tops.append(_short(top))
    return MapSprite(_smallest(levels), scales, tops)


def picture_sprite(pictures: np.ndarray) -> str:
    """
    Pictures as one image, exact.

    :param pictures: (P, H, W) grey or (P, H, W, 3) RGB, uint8
    :return: data URI
    """
    sheet = tiled(pictures)
    return _uri("png", _encoded(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR) if sheet.ndim == 3 else sheet))


def columns(count: int) -> int:
    """Tiles in a row of a sprite of so many."""
    return math.ceil(math.sqrt(count))


def tiled(tiles: np.ndarray) -> np.ndarray:
    """
    Tiles row by row in a sheet with about as many rows as columns, because image formats limit the width.

    :param tiles: (P, H, W) or (P, H, W, 3)
    :return: (rows * H, columns * W) or (rows * H, columns * W, 3); zeros after the last tile
    """
    across = columns(len(tiles))
    height, width = tiles.shape[1:3]
    sheet = np.zeros((-(-len(tiles) // across) * height, across * width, *tiles.shape[3:]), tiles.dtype)
    for i, tile in enumerate(tiles):
        row, column = divmod(i, across)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
    return sheet


def _smallest(levels: np.ndarray) -> str:
    sheet = tiled(levels)
    exact = _encoded(".png", sheet)
    if min(levels.shape[1:]) < SHORTEST_LOSSY or max(sheet.shape) > LONGEST_WEBP:
        return _uri("png", exact)
    lossy = _encoded(".webp", sheet, cv2.IMWRITE_WEBP_QUALITY, QUALITY)
    return _uri("webp", lossy) if len(lossy) < len(exact) else _uri("png", exact)


def _encoded(suffix: str, sheet: np.ndarray, *settings: int) -> bytes:
    done, data = cv2.imencode(suffix, sheet, settings)
    assert done
    return data.tobytes()


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _short(number: float) -> float:
    """Four digits, which is more than can be seen."""
    return float(f"{number:.4g}")
