"""The states that a policy is asked about, and everything that is known of them."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import torch as th

Rows = slice | np.ndarray


@dataclass(frozen=True)
class States:
    """
    Observations of one env, with what was known when each was made. They may be consecutive (a trajectory) or not (a probe set).

    :param observations: (B, ...), as a policy sees them, or a dict of such
    :param frames: the game's own pictures (B, H, W, 3) uint8, or None
    :param phases: (B,) where in its game each was taken, from 0 (start) to 1 (end), or None
    :param memory: (B, M, H) the memory of a recurrent policy before each, as :class:`saccade.saliency.Head` takes it; None for
        other policies, or if it is not known
    :param starts: (B,) whether an episode starts there; None if it is not known
    :param masks: (B, A) bool, which actions the env allowed (MaskablePPO); None if it is not known, or all are allowed
    """

    observations: Any
    frames: np.ndarray | None = None
    phases: np.ndarray | None = None
    memory: th.Tensor | None = None
    starts: np.ndarray | None = None
    masks: th.Tensor | None = None

    def __len__(self) -> int:
        whole = self.observations
        return len(next(iter(whole.values())) if isinstance(whole, dict) else whole)

    def some(self, rows: Rows) -> Self:
        """
        Some of the states.

        :param rows: which ones
        """
        whole = self.observations
        observations = {key: x[rows] for key, x in whole.items()} if isinstance(whole, dict) else whole[rows]
        known = {field.name: getattr(self, field.name) for field in fields(States) if field.name != "observations"}
        return replace(self, observations=observations, **{name: None if x is None else x[rows] for name, x in known.items()})
