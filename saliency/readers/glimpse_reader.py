"""The heads of policies that choose where to look."""

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ...policies import GlimpseExtractor, GlimpsePolicy, Retina
from ...policies.gaze_distribution import TilesDistribution
from ..errors import UnknownPolicyError
from .actor_critic_reader import Acting, ActorHead
from .recurrent_actor_critic import RecurrentActorCriticReader


class GlimpseReader(RecurrentActorCriticReader):
    """
    Heads of :class:`saccade.policies.GlimpsePolicy`. The network sees glimpses, so the gaze of an observation stays as it is.

    :param policy: that chooses where to look
    """

    sees_whole_image = False
    chooses_gaze = True
    ranks_actions = True  # whatever the gaze is
    fixed_entries = ("gaze", "gazes")

    policy: GlimpsePolicy

    @property
    def known(self) -> type:
        """The class whose functions are known here."""
        return GlimpsePolicy

    def names(self) -> tuple[str, ...]:
        """All heads."""
        classes = [name for name in self._heads if name.startswith("class_")]
        return (*self.shown(), *classes)

    def shown(self) -> tuple[str, ...]:
        """``class``, the gaze, ``value``."""
        return ("class", *(name for name in self._heads if name.startswith("gaze")), "value")

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """Logits of every action, (B, A), wherever the gaze goes."""
        logits: th.Tensor = self._actor(obs, memory, masks)[0].action.logits
        return logits

    def differs(self, actions: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(N,) whether the policy does something else, wherever it looks next."""
        return np.rint(actions[:, 0]) != np.rint(others[:, 0])

    @property
    def retina(self) -> Retina:
        """The eye."""
        return self.policy.retina

    def glimpse(self, obs: dict[str, th.Tensor]) -> th.Tensor:
        """
        What the network gets to see of observations.

        :param obs: ``{"image": (B, C, H, W), "gaze": (B, 2)}``, perhaps with ``"gazes"`` (B, C, 2)
        :return: (B, K * C, g, g) from 0 to 1
        """
        extractor = self.policy.features_extractor
        assert isinstance(extractor, GlimpseExtractor)  # glimpse_reader has looked
        return extractor.glimpse(obs["image"], extractor.gaze_of(obs))

    def _actor_heads(self) -> dict[str, ActorHead]:
        space = self.policy.action_space
        # Discrete classes beside tiles are a MultiDiscrete, beside a continuous gaze the first number of a Box.
        classes = int(space.nvec[0]) if isinstance(space, spaces.MultiDiscrete) else int(space.high[0]) + 1
        gaze: dict[str, ActorHead] = (
            {"gaze": _tile}
            if isinstance(self.policy.action_dist, TilesDistribution)
            else {
                "gaze_x": _gaze_of(0),
                "gaze_y": _gaze_of(1),
            }
        )
        return {"class": _class, **gaze, **{f"class_{a}": _class_of(a) for a in range(classes)}}


def glimpse_reader(policy: BasePolicy) -> GlimpseReader:
    """
    The reader of a policy with a retina.

    :raises UnknownPolicyError: if the policy has none
    """
    if not isinstance(policy, GlimpsePolicy) or not isinstance(policy.features_extractor, GlimpseExtractor):
        raise UnknownPolicyError(f"this needs a GlimpsePolicy with its GlimpseExtractor, not a {type(policy).__name__}")
    return GlimpseReader(policy)


def _class(acting: Acting) -> th.Tensor:
    found: th.Tensor = acting.distribution.action_log_prob(acting.choice)
    return found


def _class_of(action: int) -> ActorHead:
    return lambda acting: acting.distribution.action.logits[:, action]


def _tile(acting: Acting) -> th.Tensor:
    found: th.Tensor = acting.distribution.gaze_log_prob(acting.choice)
    return found


def _gaze_of(axis: int) -> ActorHead:
    return lambda acting: acting.distribution.gaze.mean[:, axis]
