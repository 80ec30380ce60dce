"""What stands in a step that is taken away."""

from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ..errors import ObservationError
from ..readers.entries import Entries, Observations
from ..readers.head_reader import head_reader
from ..readers.seen_axes import ONLY


def by_either_name(baseline: Any, neutral: Any) -> Any:
    """
    What stands in a step, under its name or under the one that occlusion and deletion had for it earlier.

    :raises ValueError: if both are given
    """
    if baseline is not None and neutral is not None:
        raise ValueError("baseline and neutral are two names of one thing; give baseline")
    return neutral if baseline is None else baseline


def neutral_steps(policy: BasePolicy, entries: Entries, baseline: Observations | None = None) -> Entries:
    """
    Observations that say nothing, one for each step.

    No observation is neutral for every network. The mean of the stretch is a weak choice where steps differ little, and it may be
    something that never occurs. Say ``baseline`` where the env has an observation without content, such as a dark screen or a pen
    at rest.

    Where the eye looks (``gaze`` of a policy with a retina) is not what it sees, so it stays as it was.

    :param policy: whose observations these are
    :param entries: T consecutive observations
    :param baseline: one observation (...), or one for each step (T, ...), as the env gives them; a dict of such for dict
        observations. By default the mean over the T steps, and of entries that are not real numbers the most frequent value
    :return: T observations
    :raises ObservationError: if ``baseline`` is not an observation of the policy, or their number is another one
    """
    tensors = _usual(entries) if baseline is None else _given(policy, entries, baseline).tensors
    steps = len(entries)
    found = {key: x.expand(steps, *x.shape[1:]) for key, x in tensors.items()}
    kept = {key: entries.tensors[key] for key in head_reader(policy).fixed_entries if key in entries.tensors}
    return entries.with_({**found, **kept})


def _usual(entries: Entries) -> dict[str, th.Tensor]:
    return {
        key: x.mean(dim=0, keepdim=True) if key in entries.real else x.mode(dim=0, keepdim=True).values
        for key, x in entries.tensors.items()
    }


def _given(policy: BasePolicy, entries: Entries, baseline: Observations) -> Entries:
    whole: dict[str, Any] = dict(baseline) if isinstance(baseline, dict) else {ONLY: baseline}
    if whole.keys() == entries.shapes.keys() and all(np.ndim(x) == len(entries.shapes[key]) for key, x in whole.items()):
        whole = {key: x[None] if isinstance(x, th.Tensor) else np.asarray(x)[None] for key, x in whole.items()}
    found = Entries.of(policy, whole.get(ONLY, whole))
    if len(found) not in (1, len(entries)):
        raise ObservationError(
            f"there are {len(found)} neutral observations for {len(entries)} steps; give one, or one for each step"
        )
    return found
