"""Is the dot what says i? Where maps peak, and what happens without it."""

from typing import Any

import numpy as np
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy

from saccade.saliency.checks.through_time.deletion import deletion_through_time
from saccade.saliency.checks.through_time.episode import Episode
from saccade.saliency.checks.through_time.step_choices import SEGMENTS
from saccade.scripts.benchmarks.memory.figures import share
from saccade.scripts.benchmarks.memory.maps import HEAD, METHODS, RANDOM, RECENCY, peaks, rival_strengths, strengths
from saccade.scripts.benchmarks.memory.pairs import Pairs
from saccade.scripts.benchmarks.memory.written import Written, answers_of

DRAWS = 5  # of random steps to delete


def dot_figures(policy: RecurrentActorCriticPolicy, told: Pairs, maps: int, seed: int) -> dict[str, Any]:
    """
    All figures of words with an i and their twins.

    :param policy: recurrent
    :param told: N pairs
    :param maps: pairs that get maps, the first ones
    :param seed: of random rivals
    """
    rows = np.arange(len(told.places))
    said = answers_of(policy, told.dotted).argmax(-1)[rows, told.places]
    said_bare = answers_of(policy, told.bare).argmax(-1)[rows, told.places]
    right = said == told.dotted.answers[rows, told.places]
    right_bare = said_bare == told.bare.answers[rows, told.places]
    delays = told.delays
    return {
        "pairs": len(rows),
        "words": len(np.unique(told.clusters)),
        "delay_steps": dict(zip(("least", "median", "most"), np.quantile(delays, (0, 0.5, 1)).round().tolist(), strict=True)),
        "right": share(right, told.clusters),
        "right_without_dot": share(right_bare, told.clusters),
        "right_both": share(right & right_bare, told.clusters),
        **map_figures(policy, told, maps, right & right_bare, seed),
        "flips": flip_figures(policy, told, said, said_bare, seed),
    }


def map_figures(policy: RecurrentActorCriticPolicy, told: Pairs, count: int, right: np.ndarray, seed: int) -> dict[str, Any]:
    """
    How often the strongest step of reading is one of this dot, for each method and rival; and what deleting the stroke with the
    strongest step does.

    :param policy: recurrent
    :param told: pairs
    :param count: of those that get maps, the first ones
    :param right: (N,) bool, whether the network is right with and without the dot
    :param seed: of random rivals
    """
    dotted, decisions, dots = told.dotted.first(count), told.decisions[:count], told.dots[:count]
    found = {method: strengths(policy, dotted, decisions, method) for method in METHODS}
    clusters, kept = told.clusters[:count], right[:count]
    far = told.delays[:count] >= 50
    rows, rivals = np.arange(len(dots)), rival_strengths(dotted, seed)
    last = dots[rows, peaks(rivals[RECENCY])]  # the last stroke of the word is this dot
    figures: dict[str, Any] = {}
    for name, strength in {**found, **rivals}.items():
        mass = (strength * dots).sum(1) / strength.sum(1)
        # One random step is a poor estimate of what random steps do; their share is known.
        on = dots.sum(1) / (dotted.letters >= 0).sum(1) if name == RANDOM else dots[rows, peaks(strength)].astype(float)
        figures[name] = {
            "on_this_dot": share(on, clusters),
            "lead_over_recency": share(on - last, clusters),
            "on_this_dot_where_others_follow": share(on[~last], clusters[~last]),
            "on_this_dot_where_right": share(on[kept], clusters[kept]),
            "on_this_dot_after_50_steps": share(on[far], clusters[far]),
            "mass_on_this_dot": share(mass, clusters),
        }
    return {
        "peaks": figures,
        "strokes": {name: stroke_figures(policy, dotted, decisions, name, x, seed) for name, x in found.items()},
    }


def stroke_figures(
    policy: RecurrentActorCriticPolicy, told: Written, decisions: np.ndarray, method: str, strength: np.ndarray, seed: int
) -> dict[str, Any]:
    """
    The suite's own check: how often the answer is another one if the pen rests in the stroke that a map points at, beside rivals.

    :param policy: recurrent
    :param told: N words
    :param decisions: (N,) steps
    :param method: of the map
    :param strength: (N, R)
    :param seed: of the rivals
    """
    after = told.observations.shape[1] - told.reading
    segments = np.pad(told.strokes, ((0, 0), (0, after)), constant_values=-1)
    episodes = [
        Episode(seen, [int(decision)], segments=of)
        for seen, decision, of in zip(told.observations, decisions, segments, strict=True)
    ]
    maps = [np.pad(row, (0, after))[None] for row in strength]
    rest = np.zeros(told.observations.shape[2], dtype=np.float32)
    found = deletion_through_time(policy, episodes, HEAD, method, by=SEGMENTS, baseline=rest, seed=seed, strengths=maps)
    return found.figures()


def flip_figures(
    policy: RecurrentActorCriticPolicy, told: Pairs, said: np.ndarray, said_bare: np.ndarray, seed: int
) -> dict[str, dict[str, Any]]:
    """
    How often the network says another letter without the dot, and without as much elsewhere.

    :param policy: recurrent
    :param told: N pairs
    :param said: (N,) what the network says to the whole word
    :param said_bare: (N,) what it says to the twin
    :param seed: of what is deleted elsewhere
    """
    rows, random = np.arange(len(told.places)), np.random.default_rng(seed)

    def flips(changed: Written) -> np.ndarray:
        return answers_of(policy, changed).argmax(-1)[rows, told.places] != said

    ways = {"lifted": told.dotted.lifted, "at_rest": told.dotted.at_rest}
    other, has_other = other_delayed(told, random)
    elsewhere = [stretches(told, random) for _ in range(DRAWS)]
    figures: dict[str, dict[str, Any]] = {"written_without": {"this_dot": share(said_bare != said, told.clusters)}}
    for name, way in ways.items():
        several = np.mean([flips(way(steps)) for steps in elsewhere], axis=0)
        figures[name] = {
            "this_dot": share(flips(way(told.dots)), told.clusters),
            "another_delayed_stroke": share(flips(way(other))[has_other], told.clusters[has_other]),
            "a_stretch_of_that_size": share(several, told.clusters),
        }
    return figures


def other_delayed(told: Pairs, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Another dot, bar of t or second line of x of each word, (N, R) bool; and whether there is one, (N,) bool."""
    dotted, found = told.dotted, np.zeros_like(told.dots)
    for i, place in enumerate(told.places):
        own = dotted.letters[i] == place
        strokes = np.unique(dotted.strokes[i][dotted.delayed[i] & ~own])
        if len(strokes):
            found[i] = dotted.strokes[i] == random.choice(strokes)
    return found, np.asarray(found.any(1))


def stretches(told: Pairs, random: np.random.Generator) -> np.ndarray:
    """As many steps in a row as the dot has, anywhere in the writing that does not belong to this dot, (N, R) bool."""
    found = np.zeros_like(told.dots)
    for i, dot in enumerate(told.dots):
        size, free = int(dot.sum()), (told.dotted.letters[i] >= 0) & ~dot
        starts = [t for t in range(len(dot) - size + 1) if free[t : t + size].all()]
        begin = random.choice(starts)
        found[i, begin : begin + size] = True
    return found
