"""What every policy that sees through a retina can be asked, whatever it is made of."""

from typing import Any, NamedTuple, Protocol

import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import TensorDict

from ....policies import GlimpseExtractor, Retina
from ....policies.gaze_distribution import GazeDistribution
from ...errors import UnknownPolicyError
from ..protocol import HeadReader


class Look(NamedTuple):
    """
    One step without exploration.

    :param actions: (N, ...), what to do and where to look next
    :param beliefs: (N, A) how much the policy prefers each action
    :param memory: for the next step
    """

    actions: th.Tensor
    beliefs: th.Tensor
    memory: Any


class Eye(HeadReader, Protocol):
    """The reader of a policy that chooses where to look."""

    @property
    def retina(self) -> Retina:
        """The retina. :raises UnknownPolicyError: if the policy has a features extractor without one"""

    @property
    def believes_in(self) -> str:
        """What beliefs are: ``"probability"`` or ``"Q"``."""

    @property
    def draws_gaze(self) -> bool:
        """Whether the gaze is drawn from a distribution. Then the reader is a :class:`GazeDrawer`."""

    def glimpse(self, obs: TensorDict) -> th.Tensor:
        """What the network gets to see of observations, (B, K * C, g, g) from 0 to 1."""

    def gazes(self, obs: TensorDict) -> th.Tensor:
        """Where the eye was for each glimpse that is in the observations, (B, M, 2), the newest last."""

    def start(self, n_envs: int) -> Any:
        """The memory before an episode; None for a policy without one."""

    def look(self, obs: TensorDict, memory: Any, starts: th.Tensor) -> Look:
        """
        One step.

        :param obs: (N, ...), as the env gives them
        :param memory: of :meth:`start`, or of the step before
        :param starts: (N,) 1 where an episode starts
        """


class GazeDrawer(Eye, Protocol):
    """The reader of a policy whose gaze is drawn from a distribution, which can be differentiated down to image and gaze."""

    def decide(self, images: th.Tensor, gazes: th.Tensor, memory: Any, starts: th.Tensor) -> tuple[GazeDistribution, Any]:
        """
        One step with its autograd graph.

        :param images: (N, C, H, W) floating point from 0 to 1
        :param gazes: (N, 2) where the eye is
        :param memory: of :meth:`start`, or of the step before
        :param starts: (N,) 1 where an episode starts
        :return: the distribution of the action and of the next gaze, and the memory for the next step
        :raises ObservationError: if the policy is told more than where the eye is
        """


class ThroughRetina:
    """
    What the readers of such policies share. The network sees glimpses, so the gaze of an observation stays as it is, and so does
    what the env tells of the agent's progress.

    :ivar policy: that is read
    """

    sees_whole_image = False
    chooses_gaze = True
    draws_gaze = False
    fixed_entries: tuple[str, ...] = ("gaze", "gazes", "move", "progress")

    policy: BasePolicy

    def _extractor(self) -> BaseFeaturesExtractor:
        raise NotImplementedError

    def _eye(self) -> GlimpseExtractor:
        extractor = self._extractor()
        if not isinstance(extractor, GlimpseExtractor):
            raise UnknownPolicyError(
                f"{type(self.policy).__name__} has no retina, because its features extractor is {type(extractor).__name__}; "
                "use GlimpseExtractor"
            )
        return extractor

    @property
    def retina(self) -> Retina:
        """The eye."""
        return self._eye().retina

    def glimpse(self, obs: TensorDict) -> th.Tensor:
        """
        What the network gets to see of observations.

        :param obs: ``{"image": (B, C, H, W), "gaze": (B, 2)}``, perhaps with ``"gazes"`` (B, F, 2)
        :return: (B, K * C, g, g) from 0 to 1
        """
        eye = self._eye()
        return eye.glimpse(obs["image"], eye.gaze_of(obs))

    def gazes(self, obs: TensorDict) -> th.Tensor:
        """
        Where the eye was for each glimpse that is in the observations.

        :param obs: as for :meth:`glimpse`
        :return: (B, M, 2), the newest last; M is 1 without a glimpse memory
        """
        gaze = self._eye().gaze_of(obs)
        return gaze if gaze.dim() == 3 else gaze[:, None]
