"""The heads of dueling networks with a branch that moves the gaze."""

import numpy as np
import torch as th
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import TensorDict

from ....policies import GlimpseDuelingPolicy
from ..branch_reader import BranchReader
from .eye import Look, ThroughRetina


class GlimpseDuelingReader(ThroughRetina, BranchReader):
    """
    Heads of :class:`saccade.policies.GlimpseDuelingPolicy`: the value, the advantage of what to do, that of where to look.

    :param policy: that chooses where to look
    """

    policy: GlimpseDuelingPolicy
    believes_in = "Q"

    def differs(self, actions: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(N,) whether the policy does something else, wherever it looks next."""
        different: np.ndarray = actions[:, 0] != others[:, 0]
        return different

    def start(self, n_envs: int) -> None:
        """Nothing: what was seen before is in the observation."""

    def look(self, obs: TensorDict, memory: None, starts: th.Tensor) -> Look:
        """The greedy action and gaze. Beliefs are Q-values, with the gaze that the policy likes best; a taught one has no part."""
        outputs = self._outputs(obs)
        actions = self._ranked(obs, outputs.preferred)[:, 0]
        does = [th.full_like(actions, action) for action in range(self.sizes[0])]
        joint = [th.cat([first[:, :1], actions[:, 1:]], dim=1) for first in does]
        return Look(actions, th.stack([self._q(outputs, each) for each in joint], dim=1), None)

    def _extractor(self) -> BaseFeaturesExtractor:
        return self.network.features_extractor
