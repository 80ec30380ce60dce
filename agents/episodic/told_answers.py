"""What the info of an env tells of right answers."""

from typing import Any

import numpy as np

LABEL = "label"  # key of the right answer to an episode in the info of an env
ANSWER = "answer"  # key of the right action at a step in the info of an env; below 0 where no action is right
NO_ANSWER = -1  # in place of the right answer where nothing is asked; any env may tell it so, and agents import no envs


def told_answers(infos: list[dict[str, Any]]) -> np.ndarray | None:
    """
    The answers in the infos of all envs.

    :param infos: of N envs
    :return: (N,) int64; None if one of them has none
    """
    if not infos or not all(ANSWER in info for info in infos):
        return None
    return np.array([info[ANSWER] for info in infos], dtype=np.int64)


def nothing_told(key: str) -> ValueError:
    """
    What to raise if right answers are wanted, but the env does not tell them.

    :param key: that its info lacks
    """
    return ValueError(f"supervised is True, but the env's info has no {key!r}; use supervised=None to learn from reward alone")
