"""Which steps of a play are asked about through time, and which decisions."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from ..states.names import in_processes, told_length
from ..states.states import States

USUAL_STEPS = 64  # of a stretch, where nobody knows how long episodes are
MOST_STEPS = 512  # of a stretch that holds a whole episode
UNKNOWN = "the memory before its first step is not known and counts as that of an episode's start"


class StretchOfPlay(NamedTuple):
    """
    :ivar states: consecutive steps of one env
    :ivar doubt: what was assumed of their memory; empty if it is known
    """

    states: States
    doubt: str = ""


def usual_steps(env: VecEnv) -> int:
    """
    Steps of a stretch: those of an episode, if the env's game says how many it has and they are not more than 512; else 64.

    :param env: any
    """
    length = None if in_processes(env) else told_length(env)
    return length if length is not None and length <= MOST_STEPS else USUAL_STEPS


def latest_stretch(played: States, steps: int) -> StretchOfPlay:
    """
    The latest steps of a play that end with an episode, so that its last decision is among them. If no episode has ended late
    enough, the latest ones.

    :param played: consecutive states of one env; twice as many as ``steps``, or fewer if there are no more
    :param steps: at most
    """
    starts = np.zeros(len(played), dtype=bool) if played.starts is None else played.starts
    ends = np.flatnonzero(starts)
    ends = ends[ends >= max(min(steps, len(played) // 2), 1)]
    end = int(ends[-1]) if len(ends) else len(played)
    stretch = played.some(slice(max(end - steps, 0), end))
    if stretch.memory is not None or stretch.starts is None:
        return StretchOfPlay(stretch, "" if stretch.memory is not None else UNKNOWN)
    first = int(stretch.starts.argmax())
    known = bool(stretch.starts[first])  # else no episode starts in it
    return StretchOfPlay(stretch.some(slice(first, None)) if known else stretch, "" if known else UNKNOWN)


def decisions(starts: np.ndarray | None, steps: int, count: int) -> list[int]:
    """
    Decisions spread evenly over a stretch, with the last one of each episode as far as there is room. The last episode's comes
    first.

    :param starts: (T,) whether an episode starts there; None if it is not known
    :param steps: T
    :param count: of decisions, at most
    :return: rising steps
    """
    lasts = last_decisions(starts, steps)[::-1][: max(count // 2, 1)]
    others = [t for t in evenly(count - len(lasts), steps).tolist() if t not in lasts]
    return sorted([*lasts, *others])


def last_decisions(starts: np.ndarray | None, steps: int) -> list[int]:
    """
    The last step of each episode, rising. The last step of all counts as one.

    :param starts: (T,) whether an episode starts there
    :param steps: T
    """
    begun: Sequence[int] = [] if starts is None else [int(t) for t in np.flatnonzero(starts) if t > 0]
    return [*(t - 1 for t in begun), steps - 1]


def episode_of(starts: np.ndarray | None, steps: int, t: int) -> slice:
    """
    The steps of the episode that a step is in.

    :param starts: (T,) whether an episode starts there
    :param steps: T
    :param t: the step
    """
    lasts = last_decisions(starts, steps)
    number = int(np.searchsorted(lasts, t))
    return slice(lasts[number - 1] + 1 if number else 0, lasts[number] + 1)


def evenly(count: int, steps: int) -> np.ndarray:
    """
    Steps spread evenly over a play.

    :param count: of them. Each step once if the play has fewer; none if it is below 1
    :param steps: of the play
    :return: rising steps
    """
    count = min(max(count, 0), steps)
    return (np.arange(count) * steps + steps // 2) // max(count, 1)
