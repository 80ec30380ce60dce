"""What an actor-critic can be asked about, with or without a memory."""

from typing import Any

import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.preprocessing import get_action_dim
from stable_baselines3.common.type_aliases import PyTorchObs

from ...policies.gaze_distribution import CategoricalGaussianDistribution, TilesDistribution
from .recurrent_core import Features, RecurrentCore


class ActorCriticHeads:
    """
    Heads of PPO, A2C, RecurrentPPO and the glimpse policy.

    :param policy: actor and critic
    """

    def __init__(self, policy: ActorCriticPolicy) -> None:
        self.policy = policy
        self.core = RecurrentCore(policy) if isinstance(policy, RecurrentActorCriticPolicy) else None
        self.recurrent = self.core is not None
        self.looks = isinstance(policy.action_dist, CategoricalGaussianDistribution | TilesDistribution)

    def names(self) -> tuple[str, ...]:
        """All heads; those of single actions last."""
        space = self.policy.action_space
        if self.looks:
            classes = int(space.nvec[0]) if isinstance(space, spaces.MultiDiscrete) else int(space.high[0]) + 1  # type: ignore[attr-defined]
            return (*self.shown(), *(f"class_{a}" for a in range(classes)))
        if isinstance(space, spaces.Box):
            # A Gaussian's log-probability is flat at its mode, and its entropy depends on nothing that is seen (with gSDE it does,
            # but SB3 lets no gradient through).
            return ("value", *(f"action_{i}" for i in range(get_action_dim(space))))
        single = [f"action_{a}" for a in range(int(space.n))] if isinstance(space, spaces.Discrete) else []
        return ("value", "action", "entropy", *single)

    def shown(self) -> tuple[str, ...]:
        """Heads that are shown unless others are asked for."""
        if self.looks:
            tiles = isinstance(self.policy.action_dist, TilesDistribution)
            return ("class", *(("gaze",) if tiles else ("gaze_x", "gaze_y")), "value")
        return ("value",) if isinstance(self.policy.action_space, spaces.Box) else ("value", "action")

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None) -> th.Tensor:
        """The likeliest action, (B, ...)."""
        return self._outputs(self.features(obs), memory)[0].mode()

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None) -> th.Tensor:
        """
        Logits of every action, (B, A).

        :raises TypeError: if the actions cannot be counted
        """
        distribution = self._outputs(self.features(obs), memory)[0]
        if self.looks:
            return distribution.action.logits
        if not isinstance(self.policy.action_space, spaces.Discrete):
            raise TypeError(f"the actions {self.policy.action_space} are no list to compare; that takes Discrete ones")
        return distribution.distribution.logits

    def values(self, obs: PyTorchObs, choice: th.Tensor | None, memory: th.Tensor | None) -> dict[str, th.Tensor]:
        """All heads, (B,) each."""
        return self._named(*self._outputs(self.features(obs), memory), choice)

    def features(self, obs: PyTorchObs) -> Features:
        """What actor and critic make of observations before any memory, (B, F) each."""
        features = self.policy.extract_features(obs)
        return (features, features) if isinstance(features, th.Tensor) else features

    def values_in_order(self, features: Features) -> dict[str, th.Tensor]:
        """
        All heads along one episode.

        :param features: of its T observations
        :return: (T,) each
        """
        assert self.core is not None
        return self._named(*self._outputs(features, self.core.no_memory(1)), None)

    def remember(self, obs: PyTorchObs, memory: th.Tensor) -> th.Tensor:
        """
        The memory one step later.

        :param obs: (B, ...)
        :param memory: (B, M, H)
        """
        assert self.core is not None
        return self.core.unroll(self.features(obs), memory)[2]

    def _outputs(self, features: Features, memory: th.Tensor | None) -> tuple[Any, th.Tensor]:
        """Distribution of actions, and (B,) values."""
        latent_pi, latent_vf = features
        if self.core is not None:
            before = self.core.no_memory(len(latent_pi)) if memory is None else memory
            latent_pi, latent_vf, _ = self.core.unroll(features, before)
        extractor = self.policy.mlp_extractor
        distribution = self.policy._get_action_dist_from_latent(extractor.forward_actor(latent_pi))
        return distribution, self.policy.value_net(extractor.forward_critic(latent_vf)).squeeze(1)

    def _named(self, distribution: Any, value: th.Tensor, choice: th.Tensor | None) -> dict[str, th.Tensor]:
        # Which action is the likeliest one is a choice, not a quantity to differentiate.
        likeliest = distribution.mode().detach() if choice is None else choice
        if self.looks:
            return {"value": value, **_glimpse_heads(distribution, likeliest)}
        space = self.policy.action_space
        if isinstance(space, spaces.Box):
            return {"value": value, **{f"action_{i}": x for i, x in enumerate(distribution.mode().unbind(1))}}
        heads = {"value": value, "action": distribution.log_prob(likeliest), "entropy": distribution.entropy()}
        if isinstance(space, spaces.Discrete):
            heads |= {f"action_{a}": x for a, x in enumerate(distribution.distribution.logits.unbind(1))}
        return heads


def _glimpse_heads(distribution: Any, likeliest: th.Tensor) -> dict[str, th.Tensor]:
    heads = {"class": distribution.action_log_prob(likeliest)}
    heads |= {f"class_{a}": x for a, x in enumerate(distribution.action.logits.unbind(1))}
    if isinstance(distribution, TilesDistribution):
        return {**heads, "gaze": distribution.gaze_log_prob(likeliest)}
    gaze_x, gaze_y = distribution.gaze.mean.unbind(1)
    return {**heads, "gaze_x": gaze_x, "gaze_y": gaze_y}
