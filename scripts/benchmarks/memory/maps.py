"""Maps through time of decisions over the steps of reading, and the orders of rivals that know no network."""

import numpy as np
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy

from saccade.saliency.through_time import THROUGH_TIME
from saccade.scripts.benchmarks.memory.written import Written

HEAD = "action"  # the log-probability of what the network says
METHODS = ("jacobian", "integrated_gradients", "occlusion")
RECENCY, RANDOM = "recency", "random steps"
POINTS = 16  # of integrated gradients


def strengths(policy: RecurrentActorCriticPolicy, told: Written, decisions: np.ndarray, method: str) -> np.ndarray:
    """
    How much each step of reading counts for one decision of each word.

    Occlusion lets the pen rest at a step. Integrated gradients begin at a pen that rests all the time.

    :param policy: recurrent
    :param told: N words
    :param decisions: (N,) steps
    :param method: one of :data:`METHODS`
    :return: (N, R)
    """
    make, steps = THROUGH_TIME[method], told.reading
    found = []
    for seen, decision in zip(told.observations, decisions.tolist(), strict=True):
        rest = seen.copy()
        rest[:steps] = 0  # the questions stay as they are
        options = {"occlusion": {"baseline": rest}, "integrated_gradients": {"baseline": rest, "points": POINTS}}.get(method, {})
        found.append(make(policy, seen, HEAD, outputs=[decision], **options)[0, :steps])
    return np.stack(found)


def rival_strengths(told: Written, seed: int) -> dict[str, np.ndarray]:
    """
    What knows the steps of a word only, (N, R) each: the last step first, and any step.

    :param told: N words
    :param seed: of the random ones
    """
    begun = told.letters >= 0
    random = np.random.default_rng(seed).random(begun.shape)
    return {RECENCY: begun * np.arange(1, told.reading + 1.0), RANDOM: begun * random}


def peaks(strength: np.ndarray) -> np.ndarray:
    """The strongest step of each row (N, R); the later one of equal steps."""
    return np.asarray(strength.shape[1] - 1 - strength[:, ::-1].argmax(1))
