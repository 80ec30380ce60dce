"""What a user gives for a gaze, checked."""

from typing import Any

import numpy as np


def frames_of(channels: int, memory: bool | int) -> int:
    """
    How many frames there are in a stack of so many channels.

    :param channels: of the image
    :param memory: channels a frame; True means 1
    :raises ValueError: if it is not such a number, or does not divide the channels
    """
    if memory is True and channels == 3:
        raise ValueError("3 channels are one RGB frame or three grey frames; say which with memory=3 or memory=1, channels a frame")
    if not isinstance(memory, int | np.integer):
        raise ValueError(f"memory is {memory!r}; it must be True, False or a whole number of channels a frame")
    each = int(memory)
    if each < 1 or channels % each:
        raise ValueError(f"memory is {memory} channels a frame, but the image has {channels}; give a number that divides it")
    return channels // each


def place_of(given: Any, rule: str) -> tuple[float, float]:
    """
    A place (x, y) in [-1, 1].

    :param given: by the user
    :param rule: what it must be, for the message
    :raises ValueError: if it is not such a place
    """
    try:
        x, y = given
        inside = not isinstance(given, str) and abs(float(x)) <= 1 and abs(float(y)) <= 1
    except (TypeError, ValueError):
        inside = False
    if not inside:
        raise ValueError(f"{rule}, not {given!r}")
    return float(x), float(y)


def check_teacher(taught: Any, tiles: Any, forced: Any) -> None:
    """
    Check that a gaze can have a teacher.

    :param taught: who teaches
    :param tiles: of the gaze
    :param forced: of the gaze
    :raises ValueError: if the teacher cannot be asked, or if there is nothing to teach
    """
    if not callable(taught):
        raise ValueError(f"taught is {taught!r}; it must be a function of images")
    if tiles is None:
        raise ValueError("taught needs tiles, from which the gaze must be chosen; give some, such as tiles=5")
    if forced is not None:
        raise ValueError(f"forced is {forced!r}, but a gaze that is taught must be free; leave forced or taught out")
