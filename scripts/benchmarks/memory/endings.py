"""What says g at the end of -ing: the g alone, or the letters before it, too?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy

from saccade.envs.tasks.pen.letters import ALPHABET
from saccade.scripts.benchmarks.memory.figures import share
from saccade.scripts.benchmarks.memory.maps import METHODS, strengths
from saccade.scripts.benchmarks.memory.written import Written, answers_of, written

ENDING = "ing"
OTHERS = "acelmorsu"  # letters that stand for i and n in the control; none has a delayed line
PARTS = ("earlier", *ENDING)


def ending_figures(
    policy: RecurrentActorCriticPolicy, words: Sequence[str], count: int, maps: int, seed: int, env_kwargs: dict[str, Any]
) -> dict[str, Any]:
    """
    Words in -ing, and the same words by the same hands with two other letters in place of i and n.

    :param policy: recurrent
    :param words: some of which end in -ing
    :param count: N episodes, of these words in turn
    :param maps: episodes that get maps, the first ones
    :param seed: of the draws
    :param env_kwargs: of the env
    """
    own = sorted({word for word in words if word.endswith(ENDING)})
    if not own:
        raise ValueError(f"no word ends in {ENDING}")
    random = np.random.default_rng(seed)
    chosen = [own[i % len(own)] for i in range(count)]
    clusters, numbers = np.arange(count) % len(own), seed + np.arange(count)
    changed = [word[:-3] + "".join(random.choice(list(OTHERS), 2)) + word[-1] for word in chosen]
    told = {"with_ending": written(chosen, numbers, env_kwargs), "without_ending": written(changed, numbers, env_kwargs)}
    return {
        "words": own,
        "evidence": {name: evidence(policy, one, clusters, maps) for name, one in told.items()},
        "naming": {name: naming(policy, one, clusters) for name, one in told.items()},
    }


def evidence(policy: RecurrentActorCriticPolicy, told: Written, clusters: np.ndarray, count: int) -> dict[str, Any]:
    """
    Shares of the absolute strength of a map over the reading that lie on each of the last three letters and before them, for the
    decisions about these letters; beside it the share of the steps that they take.

    :param policy: recurrent
    :param told: N words
    :param clusters: (N,) number of the word
    :param count: of those that get maps
    """
    lengths = np.array([len(word) for word in told.words])[:count]
    few = told.first(count)
    found: dict[str, Any] = {"steps": by_part((few.letters >= 0).astype(float), few, lengths, clusters[:count])}
    for method in METHODS:
        found[method] = {
            asked: by_part(np.abs(strengths(policy, few, few.reading + lengths - 3 + k, method)), few, lengths, clusters[:count])
            for k, asked in enumerate(ENDING)
        }
    return found


def by_part(strength: np.ndarray, told: Written, lengths: np.ndarray, clusters: np.ndarray) -> dict[str, Any]:
    """
    :param strength: (N, R), not negative
    :param told: N words
    :param lengths: (N,) of them
    :param clusters: (N,) number of the word
    :return: shares of the strength, by :data:`PARTS`
    """
    from_end = told.letters - lengths[:, None] + 3  # 0, 1, 2: the last three letters
    strength = strength * (told.letters >= 0)
    parts = [from_end < 0, *(from_end == k for k in range(3))]
    whole = strength.sum(1)
    return {name: share((strength * part).sum(1) / whole, clusters) for name, part in zip(PARTS, parts, strict=True)}


def naming(policy: RecurrentActorCriticPolicy, told: Written, clusters: np.ndarray) -> dict[str, Any]:
    """
    How sure the network is of g if ink is missing: that of the two letters before it, or that of the g itself.

    :param policy: recurrent
    :param told: N words
    :param clusters: (N,) number of the word
    """
    rows, last = np.arange(len(told)), np.array([len(word) - 1 for word in told.words])
    missing = {
        "nothing": np.zeros_like(told.dots),
        "two_letters_before": told.of_letter(last - 1) | told.of_letter(last - 2),
        "g": told.of_letter(last),
    }
    found = {}
    for name, steps in missing.items():
        odds = answers_of(policy, told.lifted(steps))[rows, last]
        is_g = ALPHABET.index("g")
        found[name] = {
            "says_g": share(odds.argmax(-1) == is_g, clusters),
            "probability_of_g": share(np.exp(odds[:, is_g]), clusters),
        }
    return found
