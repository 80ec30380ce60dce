"""The heads of actors with critics of their actions: SAC, TD3, DDPG, TQC, CrossQ."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import torch as th
from sb3_contrib.crossq.policies import CrossQPolicy
from sb3_contrib.tqc.policies import TQCPolicy
from stable_baselines3.common.policies import BaseModel
from stable_baselines3.common.preprocessing import get_action_dim
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.sac.policies import SACPolicy
from stable_baselines3.td3.policies import TD3Policy
from torch import nn

from .own_functions import copied
from .plain_reader import PlainReader
from .protocol import unranked

ActorQPolicy = SACPolicy | TD3Policy | TQCPolicy | CrossQPolicy


class ActorQReader(PlainReader):
    """
    ``q`` is the critic's value of the actor's deterministic action: the least of the critics, and for TQC the mean of all
    quantiles, as these algorithms train their actors (TD3 trains its actor on the first critic, and its critics on the least).
    ``action_0`` ... are the components of that action as the actor has them, from -1 to 1; ``predict`` stretches them to the
    action space.

    ``q`` speaks of an action, as DQN's ``q`` does, so its derivative holds the action fixed: dQ(s, a)/ds at a = actor(s). It says
    what makes this action good. How the action follows the observation is in ``action_0`` ... An actor that has converged
    maximises Q; then dQ/da is zero, and the total derivative is the same.

    :param policy: with an actor and critics
    """

    ranks_actions = False
    policy: ActorQPolicy

    def __init__(self, policy: ActorQPolicy) -> None:
        self.policy = policy

    def names(self) -> tuple[str, ...]:
        """All heads."""
        return ("q", *(f"action_{i}" for i in range(get_action_dim(self.policy.action_space))))

    def shown(self) -> tuple[str, ...]:
        """``q``."""
        return ("q",)

    def values(
        self,
        obs: PyTorchObs,
        names: tuple[str, ...],
        choice: th.Tensor | None,
        memory: th.Tensor | None,
        masks: th.Tensor | None = None,
    ) -> Mapping[str, th.Tensor]:
        """Some heads, (B,) each."""
        found = {}
        action = self.choice(obs, memory) if choice is None or set(names) - {"q"} else choice
        for name in names:
            if name == "q":
                found[name] = self._q(obs, action.detach() if choice is None else choice)
            else:
                found[name] = action.flatten(1)[:, int(name.removeprefix("action_"))]
        return found

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """The actor's deterministic action, (B, D)."""
        return self.policy._predict(copied(obs), deterministic=True)

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> NoReturn:
        """:raises NoMapError: always, because the actions are continuous"""
        raise unranked(self.policy.action_space)

    def _extractor_of(self, name: str) -> nn.Module:
        """The features extractor of the critic for ``q``, else the actor's."""
        found: nn.Module = (self.policy.critic if name == "q" else self.policy.actor).features_extractor
        return found

    def _q(self, obs: PyTorchObs, action: th.Tensor) -> th.Tensor:
        critic = self.policy.critic
        with _uncut(critic):
            estimates = critic(copied(obs), action)
        if isinstance(self.policy, TQCPolicy):
            quantiles: th.Tensor = estimates  # (B, critics, quantiles)
            return quantiles.mean(dim=2).mean(dim=1)
        return th.cat(tuple(estimates), dim=1).min(dim=1).values


@contextmanager
def _uncut(critic: BaseModel) -> Iterator[None]:
    """
    A critic whose gradient reaches the observation. With a shared features extractor SB3 computes the features without gradients,
    because only the actor trains them. The values are the same.
    """
    shared = getattr(critic, "share_features_extractor", False)
    try:
        if shared:
            critic.share_features_extractor = False  # type: ignore[assignment]  # a flag, not a module
        yield
    finally:
        if shared:
            critic.share_features_extractor = shared  # type: ignore[assignment]
