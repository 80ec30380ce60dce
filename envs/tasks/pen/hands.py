"""How a hand writes: slant, size and so on, the same in all its words."""

from collections.abc import Mapping

import torch as th

from ...counter_random import uniforms

HANDS = {"train": (0, 100_000), "validation": (100_000, 110_000), "test": (110_000, 120_000), "train+validation": (0, 110_000)}
RULE = 1  # the counter of all hands
# What varies: (middle, half of the range). Lengths are in heights of the letter x, before the hand's own size.
STYLE = {
    "slant": (0.0, 0.35),  # x gained for each y
    "log_size": (0.0, 0.25),
    "log_aspect": (0.0, 0.2),  # of width to height
    "log_speed": (0.0, 0.2),  # a slow hand leaves more points
    "smoothness": (0.5, 0.5),  # 0: the corners of the font, 1: none
    "wander": (0.0, 0.15),  # how far the base line rises and falls
    "wave_length": (6.0, 2.0),  # of the base line
    "phase": (0.0, 3.1415927),  # of the base line
    "noise": (0.01, 0.01),  # of each point
    "wobble": (0.06, 0.06),  # how much the letters of a word differ in width and height, as a share
}
FAULTS = ("noise", "wobble")  # without strength there is none of them


def hands_of(split: str, drawn: th.Tensor) -> th.Tensor:
    """
    The numbers of hands. No hand is in two of the splits ``"train"``, ``"validation"`` and ``"test"``.

    :param split: one of :data:`HANDS`
    :param drawn: (N,) in [0, 1)
    :return: (N,) int64
    """
    first, end = HANDS[split]
    return first + (drawn * (end - first)).long()  # summed first, 1 - 2^-53 would round up to the next split


def styles(hands: th.Tensor, strength: float) -> Mapping[str, th.Tensor]:
    """
    :param hands: (N,) their numbers. The number determines the hand
    :param strength: factor of all ranges. With 0 all hands are the middle one
    :return: the values of :data:`STYLE`, (N,) each, evenly distributed in their ranges. Noise and wobble are at least 0
    """
    drawn = 2 * uniforms(hands, th.full_like(hands, RULE), len(STYLE)) - 1
    values = {}
    for i, (name, (middle, half)) in enumerate(STYLE.items()):
        values[name] = (strength * middle if name in FAULTS else middle) + strength * half * drawn[:, i]
    return {**values, "smoothness": values["smoothness"].clamp(0, 1)}
