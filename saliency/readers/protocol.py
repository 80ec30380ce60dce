"""What every family of policies can be asked, whatever it is made of."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..errors import NoMapError

SMALL_CHANGE = 0.05  # of a continuous action's range
Features = tuple[th.Tensor, th.Tensor]  # the actor's and the critic's, (B, F) each


class SoftWeights(NamedTuple):
    """
    How much a stream reads of each place of its map.

    :ivar weights: (B, K, h, w) of K queries, with sum 1 over the places
    :ivar places: along each axis the centre of the first place on the image and the distance of places, in pixels from the image's
        edge; None: not known, so they are taken to lie evenly over the image
    """

    weights: th.Tensor
    places: tuple[float, float] | None


class HeadReader(Protocol):
    """
    The heads of one family of policies.

    A memory is None for a policy without one, and at the start of an episode. Masks (B, A) say which actions are allowed; None
    allows all. Policies that take no masks ignore them, as their ``predict`` does.
    """

    @property
    def policy(self) -> BasePolicy:
        """The policy that is read."""

    @property
    def recurrent(self) -> bool:
        """Whether the policy has a memory. Then the reader is a :class:`RecurrentReader`."""

    @property
    def sees_whole_image(self) -> bool:
        """Whether the network gets the image itself, and not a part of it."""

    @property
    def chooses_gaze(self) -> bool:
        """Whether the policy chooses where to look. Then the reader is an :class:`Eye`."""

    @property
    def takes_masks(self) -> bool:
        """Whether ``predict`` takes ``action_masks``."""

    @property
    def ranks_actions(self) -> bool:
        """Whether actions are discrete, so that :meth:`preferences` can be asked."""

    @property
    def fixed_entries(self) -> tuple[str, ...]:
        """Keys of dict observations that methods must not change."""

    def names(self) -> tuple[str, ...]:
        """Names of all heads; those of single actions come last."""

    def shown(self) -> tuple[str, ...]:
        """Names of the heads that are shown unless the user asks for others."""

    def values(
        self,
        obs: PyTorchObs,
        names: tuple[str, ...],
        choice: th.Tensor | None,
        memory: th.Tensor | None,
        masks: th.Tensor | None = None,
    ) -> Mapping[str, th.Tensor]:
        """Some heads, (B,) each, from one forward pass."""

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """The actions (B, ...) that heads such as ``action`` speak of: the best ones, before :func:`as_taken`."""

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """How much the policy prefers each action, (B, A): Q-values or logits. :raises NoMapError: if actions are not discrete"""

    def attends(self, name: str) -> bool:
        """Whether a head sees the image through soft attention."""

    def attention(self, obs: PyTorchObs, name: str, memory: th.Tensor | None) -> SoftWeights | None:
        """The soft weights through which a head sees the image; None for a head without them."""

    def differs(self, actions: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(N,) whether the policy does something else in ``others`` (N, ...) than in ``actions``, both in the env's units."""


class RecurrentReader(HeadReader, Protocol):
    """What a policy with an LSTM can be asked on top. A memory is a tensor (B, M, H)."""

    def no_memory(self, count: int) -> th.Tensor:
        """The memory at the start of an episode, zeros (count, M, H)."""

    def memory_of(self, states: Any) -> th.Tensor:
        """The memory (B, M, H) in the form in which sb3-contrib's algorithms carry it (``RNNStates``)."""

    def remember(self, obs: PyTorchObs, memory: th.Tensor) -> th.Tensor:
        """The memory one step later."""

    def features(self, obs: PyTorchObs) -> Features:
        """What actor and critic make of observations before any memory."""

    def values_in_order(
        self, features: Features, name: str, choice: th.Tensor | None = None, memory: th.Tensor | None = None
    ) -> th.Tensor:
        """A head (B * T,) along B sequences, from the features of their observations; by default one from an episode's start."""

    def choices_in_order(self, features: Features, memory: th.Tensor | None = None) -> th.Tensor:
        """The best actions (B * T, ...) along the same sequences."""

    def memory_after(self, features: Features, memory: th.Tensor | None = None) -> th.Tensor:
        """The memory (B, M, H) after the last step of each sequence."""


def unranked(space: spaces.Space) -> NoMapError:
    """What to raise if actions are to be ranked that are not discrete."""
    return NoMapError(f"the actions {space} cannot be ranked; this needs Discrete actions")


def as_taken(policy: BasePolicy, actions: np.ndarray) -> np.ndarray:
    """
    Actions as ``predict`` gives them: those of a Box are stretched to it if the policy squashes them to -1 to 1, else clipped.

    :param policy: of an SB3 model
    :param actions: (N, ...) of :meth:`HeadReader.choice`
    :return: (N, ...) in units of the env
    """
    space = policy.action_space
    if not isinstance(space, spaces.Box):
        return actions
    whole = actions.reshape(len(actions), *space.shape)
    return policy.unscale_action(whole) if policy.squash_output else np.clip(whole, space.low, space.high)


def actions_differ(space: spaces.Space, actions: np.ndarray, others: np.ndarray) -> np.ndarray:
    """
    Which actions are others. Continuous ones differ if they are more than 5 % of their range apart.

    :param space: of the actions
    :param actions: (N, ...) in its units
    :param others: (N, ...)
    :return: (N,) bool
    """
    least: Any = SMALL_CHANGE * (space.high - space.low) if isinstance(space, spaces.Box) else 0
    return (np.abs(actions.astype(np.float64) - others) > least).reshape(len(actions), -1).any(axis=1)
