"""How a decision changes if one of the steps before it had not been seen."""

from collections.abc import Sequence

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ..readers.entries import Observations
from ..readers.undisturbed.evaluation_mode import evaluating
from .neutral import by_either_name, neutral_steps
from .occluded_steps import OccludedSteps
from .stretch import ROWS_AT_ONCE, Stretch, check_counts


def occlusion_through_time(
    policy: BasePolicy,
    obs: Observations,
    head: str = "value",
    episode_starts: np.ndarray | th.Tensor | None = None,
    *,
    outputs: Sequence[int] | None = None,
    memory: th.Tensor | None = None,
    baseline: Observations | None = None,
    neutral: Observations | None = None,
    frames_at_once: int = 64,
    rows_at_once: int = ROWS_AT_ONCE,
) -> np.ndarray:
    """
    How far the head at step t falls if step t' shows something neutral: head_t(x) - head_t(x without t'). This is occlusion
    (Zeiler and Fergus 2014) with steps in place of windows. It needs no gradient.

    It is zero for t' > t, and across the start of an episode. The head speaks of what the policy does when it sees all steps.
    Each t' has its own sequence. They go through the LSTM many at a time, and the features of a step are made once.

    :param policy: of an SB3 model; see :func:`saccade.saliency.heads`
    :param obs: consecutive observations (T, ...) of one env, as it gives them
    :param head: name of the head
    :param episode_starts: (T,) whether an episode starts there; by default only at the first step, where the memory is empty
    :param outputs: the steps t of the decisions, in rising order; all by default
    :param memory: as for :func:`saccade.saliency.sequential_jacobian`
    :param baseline: what stands in place of a step: an observation, or one for each step. By default the mean of ``obs`` over the
        steps (:func:`saccade.saliency.through_time.neutral.neutral_steps`)
    :param neutral: an earlier name of ``baseline``
    :param frames_at_once: observations whose features are made at a time
    :param rows_at_once: steps of all sequences that go through the LSTM together, which bounds the memory
    :return: (T_out, T_in), signed, in units of the head; positive: what was seen there raises the head
    :raises UnknownHeadError: if the policy has no such head
    :raises NoMapError: if the policy has functions of its own
    :raises ObservationError: if observations are not those of the policy
    :raises ValueError: if the steps do not fit the observations, or there are both a baseline and a neutral step
    """
    instead = by_either_name(baseline, neutral)
    stretch = Stretch.of(policy, obs, head, episode_starts, outputs, memory)
    check_counts(frames_at_once=frames_at_once, rows_at_once=rows_at_once)
    found = np.zeros((len(stretch.outputs), len(stretch.entries)))
    rows = {t: row for row, t in enumerate(stretch.outputs)}
    with evaluating(policy):
        neutral_entries = neutral_steps(policy, stretch.entries, instead)
        for (start, _), asked in stretch.asked():
            episode = (start, asked[-1] + 1)  # what comes later has no effect on these decisions
            steps = OccludedSteps.of(stretch, neutral_entries, episode, frames_at_once, rows_at_once)
            decisions = [t - start for t in asked]
            one_each = th.eye(len(steps), dtype=th.bool, device=stretch.entries.device)
            before = steps.values(th.zeros_like(one_each[:1]))[0, decisions].double()
            at_once = max(rows_at_once // len(steps), 1)
            for first in range(0, len(steps), at_once):
                hidden = one_each[first : first + at_once]
                falls = before - steps.values(hidden)[:, decisions].double()
                found[[rows[t] for t in asked], start + first : start + first + len(hidden)] = falls.T.cpu().numpy()
        # The future has no effect. Rounding may differ with the number of sequences.
        found[np.arange(len(stretch.entries)) > np.array(stretch.outputs, dtype=int)[:, None]] = 0
    return found
