"""The pictures that envs draw of themselves. They are an extra: an env that cannot draw is played without them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

MOST_CHANNELS = 4  # red, green, blue and opacity


def game_pictures(env: VecEnv) -> list[np.ndarray] | None:
    """
    The envs' own pictures.

    :param env: N envs
    :return: copies, (H, W, 3) uint8 each; None if the env draws none, or cannot draw (a package is not installed, say)
    """
    if env.render_mode != "rgb_array":
        return None
    try:
        pictures = [as_rgb(picture) for picture in env.get_images()]
    except Exception:  # the env's own code may raise anything (no display, a package missing); pictures are an extra
        return None
    whole = [picture for picture in pictures if picture is not None]
    return whole if len(whole) == len(pictures) == env.num_envs else None


def env_that_draws(make: Callable[[str | None], VecEnv]) -> VecEnv:
    """
    An env that draws itself, or the same env without pictures if it refuses to.

    :param make: makes the env with a render mode
    :raises Exception: whatever ``make`` raises without pictures
    """
    try:
        return make("rgb_array")
    except Exception:  # the env's own code: it may not know the render mode, or need a display; without pictures it can be played
        return make(None)


def stacked_pictures(pictures: list[np.ndarray], wanted: int) -> np.ndarray | None:
    """
    Pictures of consecutive steps, all of the first one's size.

    :param pictures: (H, W, 3) uint8 each
    :param wanted: how many there must be
    :return: (T, H, W, 3); None if an env failed to draw now and then, or changed the size of its pictures
    """
    if len(pictures) != wanted or len({picture.shape for picture in pictures}) != 1:
        return None
    return np.stack(pictures)


def as_rgb(picture: Any) -> np.ndarray | None:
    """
    A picture in the form that everything here draws, whatever an env's ``render`` gave.

    Numbers from 0 to 1 that are not whole numbers' types are taken as shares of full brightness. Opacity is laid over black, as a
    screen shows it. Of a list of frames (``rgb_array_list``) the last one counts.

    :param picture: (H, W), (H, W, 1 to 4) or (1, 3 or 4, H, W) numbers or booleans, as an array or as nested lists
    :return: a copy, (H, W, 3) uint8; None if it is not a picture
    """
    try:
        array = np.asarray(picture)
    except (ValueError, TypeError):  # rows of different lengths
        return None
    if array.ndim == 4 and len(array):
        array = array[-1]
    if array.ndim not in (2, 3) or array.dtype.kind not in "biuf" or array.size == 0:
        return None
    if array.ndim == 2:
        array = array[:, :, None]
    elif array.shape[2] > MOST_CHANNELS and array.shape[0] <= MOST_CHANNELS:
        array = np.moveaxis(array, 0, 2)  # channels first
    if array.shape[2] > MOST_CHANNELS:
        return None
    levels = _levels(array)
    colours, opacity = (levels[:, :, :-1], levels[:, :, -1:]) if levels.shape[2] in (2, 4) else (levels, None)
    if opacity is not None:
        colours = (colours.astype(np.uint16) * opacity // 255).astype(np.uint8)
    return np.array(np.broadcast_to(colours, (*colours.shape[:2], 3)))


def _levels(array: np.ndarray) -> np.ndarray:
    """Numbers as uint8, 255 for full brightness."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    numbers = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=255.0, neginf=0.0)
    # An array of integers has levels; floats have shares, unless one of them is above 1.
    if array.dtype.kind == "f" and numbers.max() <= 1.0:
        numbers = 255.0 * numbers
    elif array.dtype == np.uint16 and numbers.max() > 255.0:
        numbers = numbers / 257.0
    return np.round(np.clip(numbers, 0.0, 255.0)).astype(np.uint8)
