"""Which steps are deleted: those that a map points at, and those of rivals that know no network."""

import numpy as np

from .episode import Episode

STEPS, SEGMENTS = "steps", "segments"
MAP = "map"
TITLES = {
    MAP: "the map",
    "recency": "recency (the last steps)",
    "random_steps": "random steps",
    "random_stretch": "a random stretch of steps",
    "other_segment": "another segment of about that size",
    "diagonal": "the diagonal (the same place)",
}
RANDOM = ("random_steps", "random_stretch", "other_segment")  # another draw chooses other steps


def strongest_steps(strengths: np.ndarray, candidates: np.ndarray, count: int) -> np.ndarray:
    """
    The steps that a map ranks first. The later one of equally strong steps goes first.

    :param strengths: (T,) of one decision
    :param candidates: rising steps
    :param count: how many; fewer if there are fewer candidates
    :return: steps
    """
    return candidates[np.lexsort((-candidates, -strengths[candidates]))[:count]]


def strongest_segment(strengths: np.ndarray, candidates: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """
    The segment that the strongest step belongs to. The sum over a segment would favour long ones.

    :param strengths: (T,) of one decision
    :param candidates: rising steps, each of a segment
    :param segments: (T,)
    :return: its steps among the candidates
    """
    peak = strongest_steps(strengths, candidates, 1)
    return candidates[segments[candidates] == segments[peak]]


def rivals_of(episode: Episode, row: int, chosen: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
    """
    What rivals delete in place of the map's steps: as many steps, up to ``other_segment``, which deletes a whole segment.

    - ``recency``: the last steps before the decision, without knowing more.
    - ``random_steps``: any.
    - ``random_stretch``: steps next to each other among the candidates, anywhere.
    - ``other_segment``: the segment, other than the map's, whose size is nearest to it; a random one of several.
    - ``diagonal``: the steps nearest to the same place in the sequence.

    :param episode: with the decision
    :param row: number of the decision in the episode
    :param chosen: the map's steps
    :param random: for the draws
    :return: {rival: steps}; a rival that has no meaning here is left out
    """
    candidates, count = episode.candidates(episode.decisions[row]), len(chosen)
    first = random.integers(len(candidates) - count + 1)
    found = {
        "recency": candidates[len(candidates) - count :],
        "random_steps": random.choice(candidates, count, replace=False),
        "random_stretch": candidates[first : first + count],
    }
    if episode.segments is not None:
        segments = np.asarray(episode.segments)[candidates]
        names, sizes = np.unique(segments, return_counts=True)
        own = np.isin(names, np.asarray(episode.segments)[chosen])
        if not own.all():
            away = np.abs(sizes - count)[~own]
            name = random.choice(names[~own][away == away.min()])
            found["other_segment"] = candidates[segments == name]
    if episode.diagonal is not None and episode.diagonal[row] >= 0:
        found["diagonal"] = candidates[np.argsort(np.abs(candidates - episode.diagonal[row]), kind="stable")[:count]]
    return found
