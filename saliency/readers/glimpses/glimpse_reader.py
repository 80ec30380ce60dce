"""The heads of policies that choose where to look."""

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, TensorDict

from ....policies import GlimpsePolicy
from ....policies.gaze_distribution import GazeDistribution, TilesDistribution
from ....policies.glimpse_extractor import PROGRESS
from ....policies.glimpse_policy import LstmStates
from ...errors import ObservationError
from ..actor_critic_reader import Acting, ActorHead
from ..recurrent_actor_critic import RecurrentActorCriticReader
from .eye import Look, ThroughRetina


class GlimpseReader(ThroughRetina, RecurrentActorCriticReader):
    """
    Heads of :class:`saccade.policies.GlimpsePolicy`.

    :param policy: that chooses where to look
    """

    ranks_actions = True  # whatever the gaze is
    draws_gaze = True
    believes_in = "probability"

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

    def start(self, n_envs: int) -> LstmStates:
        """The states of the core before an episode."""
        return self.policy.start_states(n_envs)

    def look(self, obs: TensorDict, memory: LstmStates, starts: th.Tensor) -> Look:
        """The mode of the distribution. Beliefs are the probabilities of the actions."""
        distribution, memory = self.policy.get_distribution(obs, memory, starts)
        return Look(distribution.mode(), distribution.action.probs, memory)

    def decide(
        self, images: th.Tensor, gazes: th.Tensor, memory: LstmStates, starts: th.Tensor
    ) -> tuple[GazeDistribution, LstmStates]:
        """
        One step with its autograd graph, from images (N, C, H, W) from 0 to 1 and gazes (N, 2).

        The derivative with respect to the pixels is that of the policy's own retina. A retina that crops whole pixels has none with
        respect to the gaze. If the gazes require one, it is that of a bilinear retina of the same size, as in the backward pass
        differentiable approximation of Athalye et al. (2018, section 4.1.1). What the policy sees does not change by that.

        :raises ObservationError: if the policy is told more than where the eye is now: past gazes, a move in pixels or its progress
        """
        eye = self._eye()
        more = eye.told if eye.told != "gaze" else PROGRESS if eye.knows else None
        if more is not None:
            raise ObservationError(
                f"this {type(self.policy).__name__} is told {more!r} by its env; images and gazes are not all that it decides by"
            )
        fixed = gazes.detach()
        seen = eye.glimpse(images, fixed)
        if gazes.requires_grad:
            smooth = eye.retina.between_pixels()(images.detach(), gazes)
            seen = seen + (smooth - smooth.detach())
        return self.policy.distribution_of_features(eye.glimpse_network(seen, gazes), memory, starts)

    def _extractor(self) -> BaseFeaturesExtractor:
        extractor: BaseFeaturesExtractor = self.policy.features_extractor
        return extractor

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
