"""Which digits of a data set are on the canvases of an evaluation, for standard errors by digit."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

ITEM = "item"  # key of the digit in the info of an env; of several digits item_1, item_2 and so on


def item_names(known: Mapping[str, Any]) -> list[str]:
    """
    The keys of an info that say which digits are on the canvas, those from left to right.

    :param known: by name, such as an info
    :return: none if it says nothing of digits
    """
    if ITEM in known:
        return [ITEM]
    names: list[str] = []
    for number in count(1):
        name = f"{ITEM}_{number}"
        if name not in known:
            return names
        names.append(name)
    return names


def shown_digits(infos: Sequence[Mapping[str, Any]]) -> np.ndarray | None:
    """
    The digits on some canvases.

    :param infos: of the last steps of the episodes
    :return: (n,) int64 of one digit to a canvas; (n, digits) of several, -1 for none; None if the infos do not say it
    """
    if not infos or not (names := item_names(infos[0])):
        return None
    found = np.array([[info[name] for name in names] for info in infos], dtype=np.int64)
    return found[:, 0] if names == [ITEM] else found
