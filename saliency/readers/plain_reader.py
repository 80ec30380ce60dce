"""What the readers of all families share, unless they say otherwise: no memory, no gaze, no masks."""

from collections.abc import Callable, Mapping

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs
from torch import nn

from .protocol import SoftWeights, actions_differ
from .soft_extractor import is_soft, weights_while


class PlainReader:
    """
    A policy without a memory or masks, which gets the whole image. A head attends if its features extractor does. Subclasses say
    where they differ, and so does :class:`.glimpses.eye.ThroughRetina`, which comes first among the bases of a class.

    :ivar policy: that is read
    """

    recurrent = False
    sees_whole_image = True
    chooses_gaze = False
    takes_masks = False
    fixed_entries: tuple[str, ...] = ()

    policy: BasePolicy
    values: Callable[..., Mapping[str, th.Tensor]]  # as the protocol has it

    def _extractor_of(self, name: str) -> nn.Module:
        """The features extractor that a head follows."""
        raise NotImplementedError

    def attends(self, name: str) -> bool:
        """Whether the head follows a :class:`saccade.policies.SoftAttentionExtractor`."""
        return is_soft(self._extractor_of(name))

    def attention(self, obs: PyTorchObs, name: str, memory: th.Tensor | None) -> SoftWeights | None:
        """Of the features extractor that the head follows."""
        if not self.attends(name):
            return None
        return weights_while(lambda: self.values(obs, (name,), None, memory), self._extractor_of(name))

    def differs(self, actions: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(N,) whether the actions are others, in any of their parts."""
        return actions_differ(self.policy.action_space, actions, others)
