"""How much of a decision each step before it accounts for: gradients on the way from another sequence to this one."""

from collections.abc import Sequence

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ..readers.entries import Observations
from ..readers.undisturbed.evaluation_mode import differentiating
from .neutral import neutral_steps
from .sequential_jacobian import differentiable_stretch, jacobian_parts
from .stretch import Stretch, check_counts

POINTS = 32  # of the line


def integrated_gradients_through_time(
    policy: BasePolicy,
    obs: Observations,
    head: str = "value",
    episode_starts: np.ndarray | th.Tensor | None = None,
    *,
    outputs: Sequence[int] | None = None,
    memory: th.Tensor | None = None,
    baseline: Observations | None = None,
    points: int = POINTS,
    frames_at_once: int = 64,
    outputs_at_once: int = 64,
) -> np.ndarray:
    """
    Integrated gradients (Sundararajan et al. 2017, equation 1) of the head at step t with respect to whole sequences. The
    components of an observation are added up, so that there is one number for each step t'.

    Completeness (their proposition 1): the numbers of all steps add up to head_t(x) - head_t(baseline), up to the error of the
    points, for each t. The head speaks of what the policy does at x. Entries that are not real numbers, and where an eye looks,
    are those of x in the baseline too.

    :param policy: of an SB3 model; see :func:`saccade.saliency.heads`
    :param obs: consecutive observations (T, ...) of one env, as it gives them
    :param head: name of the head
    :param episode_starts: (T,) whether an episode starts there; by default only at the first step, where the memory is empty
    :param outputs: the steps t of the decisions, in rising order; all by default
    :param memory: as for :func:`saccade.saliency.sequential_jacobian`
    :param baseline: a sequence (T, ...), or one observation for all steps; by default the mean of ``obs`` over the steps, as
        :func:`saccade.saliency.through_time.neutral.neutral_steps` makes it
    :param points: of the line from the baseline to x, those of Gauss and Legendre; the cost is that of as many Jacobians
    :param frames_at_once: as for :func:`saccade.saliency.sequential_jacobian`
    :param outputs_at_once: as for :func:`saccade.saliency.sequential_jacobian`
    :return: (T_out, T_in), signed, in units of the head; positive: what was seen there raises the head
    :raises UnknownHeadError: if the policy has no such head
    :raises NoMapError: if the policy has functions of its own, or its gradients do not reach the observations
    :raises ObservationError: if observations are not those of the policy
    :raises ValueError: if the steps do not fit the observations
    """
    stretch = differentiable_stretch(policy, obs, head, episode_starts, outputs, (frames_at_once, outputs_at_once), memory)
    check_counts(points=points)
    places, weights = np.polynomial.legendre.leggauss(points)  # of the interval from -1 to 1
    found = np.zeros((len(stretch.outputs), len(stretch.entries)))
    with differentiating(policy):
        away = neutral_steps(policy, stretch.entries, baseline).differentiable()
        here = stretch.entries.differentiable()
        ways = {key: here[key] - away[key] for key in here}
        choices = stretch.choices(frames_at_once)
        for place, weight in zip(places, weights, strict=True):
            on_the_way = {key: away[key] + (place + 1) / 2 * way for key, way in ways.items()}
            moved = stretch.with_(stretch.entries.with_(on_the_way))
            found += weight / 2 * _along(moved, ways, choices, frames_at_once, outputs_at_once)
    return found


def gradient_x_input_through_time(
    policy: BasePolicy,
    obs: Observations,
    head: str = "value",
    episode_starts: np.ndarray | th.Tensor | None = None,
    *,
    outputs: Sequence[int] | None = None,
    memory: th.Tensor | None = None,
    frames_at_once: int = 64,
    outputs_at_once: int = 64,
) -> np.ndarray:
    """
    The Jacobian through time times the observation of its step, added up over the components of the observation (Ding, Xu and Koehn
    2019 read word alignments off it). A step that shows zeros has no part in it.

    :param policy: as for :func:`integrated_gradients_through_time`, as are all others
    :return: (T_out, T_in), signed, in units of the head
    """
    stretch = differentiable_stretch(policy, obs, head, episode_starts, outputs, (frames_at_once, outputs_at_once), memory)
    with differentiating(policy):
        return _along(stretch, stretch.entries.differentiable(), None, frames_at_once, outputs_at_once)


def _along(
    stretch: Stretch, ways: dict[str, th.Tensor], choices: th.Tensor | None, frames_at_once: int, outputs_at_once: int
) -> np.ndarray:
    """Gradients times ways, (T_out, T_in)."""
    found = np.zeros((len(stretch.outputs), len(stretch.entries)))
    for row, steps, gradients in jacobian_parts(stretch, frames_at_once, outputs_at_once, choices):
        for key, gradient in gradients.items():
            found[row, steps] += (gradient.double() * ways[key][steps]).flatten(1).sum(1).cpu().numpy()
    return found
