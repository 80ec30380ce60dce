"""The heads of actor-critics without a memory, as the policy's own functions give them."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.preprocessing import get_action_dim
from stable_baselines3.common.type_aliases import PyTorchObs
from torch import nn

from .own_functions import copied, count, overrides, predicted
from .plain_reader import PlainReader
from .protocol import unranked


class Acting(NamedTuple):
    """
    What an actor does at some observations.

    :ivar distribution: of its actions, SB3's
    :ivar action: (B, ...) what ``predict(deterministic=True)`` does, before it is clipped to the space; with its graph
    :ivar choice: (B, ...) the action that heads speak of
    :ivar masks: (B, A) which actions are allowed; None: all
    """

    distribution: Any
    action: th.Tensor
    choice: th.Tensor
    masks: th.Tensor | None


ActorHead = Callable[[Acting], th.Tensor]


class ActorCriticReader(PlainReader):
    """
    Heads of PPO, A2C, TRPO and MaskablePPO. The value is ``predict_values``, probabilities are those of ``get_distribution``, and
    the action is that of ``predict`` or ``_predict``, so a policy that overrides them is explained as it acts.

    :param policy: actor and critic
    """

    policy: ActorCriticPolicy

    def __init__(self, policy: ActorCriticPolicy) -> None:
        self.policy = policy
        self.takes_masks = isinstance(policy, MaskableActorCriticPolicy)

    @property
    def known(self) -> type:
        """The class whose functions are known here."""
        return MaskableActorCriticPolicy if self.takes_masks else ActorCriticPolicy

    @property
    def ranks_actions(self) -> bool:
        """Whether actions are discrete."""
        return isinstance(self.policy.action_space, spaces.Discrete)

    def names(self) -> tuple[str, ...]:
        """All heads."""
        return ("value", *self._heads)

    def shown(self) -> tuple[str, ...]:
        """``value``, and ``action`` where there is one log-probability of it."""
        return ("value", "action") if "action" in self._heads else ("value",)

    def values(
        self,
        obs: PyTorchObs,
        names: tuple[str, ...],
        choice: th.Tensor | None,
        memory: th.Tensor | None,
        masks: th.Tensor | None = None,
    ) -> Mapping[str, th.Tensor]:
        """Some heads, (B,) each."""
        return self._named(*self._outputs(obs, names, memory, masks), names, choice, masks)

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """The action of ``predict(deterministic=True)``, (B, ...)."""
        return self._actor(obs, memory, masks)[1]

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """
        Log-probabilities of all actions, (B, A).

        :raises NoMapError: if the actions are not discrete
        """
        if not isinstance(self.policy.action_space, spaces.Discrete):
            raise unranked(self.policy.action_space)
        distribution, action = self._actor(obs, memory, masks)
        return th.stack([_log_prob_of(distribution, a, action) for a in range(int(self.policy.action_space.n))], dim=1)

    def _extractor_of(self, name: str) -> nn.Module:
        """The features extractor that a head follows: the actor's or the critic's, often the same."""
        return self.policy.vf_features_extractor if name == "value" else self.policy.pi_features_extractor

    @cached_property
    def _heads(self) -> dict[str, ActorHead]:
        return self._actor_heads()

    def _actor_heads(self) -> dict[str, ActorHead]:
        """Every head of the actor by name; a subclass has others."""
        space = self.policy.action_space
        if isinstance(space, spaces.Box):
            # A Gaussian's log-probability is flat at its mode, and its entropy depends on nothing that is seen (with gSDE it does,
            # but SB3 lets no gradient through). So the heads are the means.
            return {f"action_{i}": _component(i) for i in range(get_action_dim(space))}
        single = {f"action_{a}": _log_probability_of(a) for a in range(int(space.n))} if isinstance(space, spaces.Discrete) else {}
        return {"action": _log_probability, "entropy": _entropy, **single}

    def _outputs(
        self, obs: PyTorchObs, names: tuple[str, ...], memory: th.Tensor | None, masks: th.Tensor | None
    ) -> tuple[th.Tensor | None, tuple[Any, th.Tensor] | None]:
        """Values (B,), and the distribution of actions with the action; each only if a head needs it."""
        value = self.policy.predict_values(copied(obs)).reshape(count(obs)) if "value" in names else None
        # The actor comes last. A policy keeps its distribution in one object, and predict_values may use it as well.
        return value, self._actor(obs, memory, masks) if set(names) - {"value"} else None

    def _actor(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None) -> tuple[Any, th.Tensor]:
        """The distribution of actions, and the action."""
        rules: dict[str, Any] = {"action_masks": masks} if self.takes_masks else {}
        action = None
        if not isinstance(self.policy.action_space, spaces.Box) and overrides(self.policy, self.known, ("predict",)):
            action = predicted(self.policy, obs, **rules)
        elif overrides(self.policy, self.known, ("_predict",)):
            action = self.policy._predict(copied(obs), deterministic=True, **rules)
        distribution = self.policy.get_distribution(copied(obs), **rules)
        return distribution, distribution.get_actions(deterministic=True) if action is None else action

    def _named(
        self,
        value: th.Tensor | None,
        actor: tuple[Any, th.Tensor] | None,
        names: tuple[str, ...],
        choice: th.Tensor | None,
        masks: th.Tensor | None,
    ) -> Mapping[str, th.Tensor]:
        found: dict[str, th.Tensor] = {} if value is None else {"value": value}
        if actor is not None:
            distribution, action = actor
            # Which action is taken is a choice. It is not differentiated.
            spoken_of = action.detach() if choice is None else choice
            acting = Acting(distribution, action, spoken_of, masks if self.takes_masks else None)
            found |= {name: self._heads[name](acting) for name in names if name != "value"}
        return found


def _component(dimension: int) -> ActorHead:
    return lambda acting: acting.action.flatten(1)[:, dimension]


def _log_probability_of(action: int) -> ActorHead:
    def head(acting: Acting) -> th.Tensor:
        found = _log_prob_of(acting.distribution, action, acting.action)
        if acting.masks is None:
            return found
        # A forbidden action has the probability 0 whatever is seen. SB3 gives it a logit of -1e8, whose slope means nothing.
        allowed = acting.masks.to(found.device).reshape(len(found), -1)[:, action]
        return th.where(allowed, found, found.detach())

    return head


def _log_prob_of(distribution: Any, action: int, like: th.Tensor) -> th.Tensor:
    found: th.Tensor = distribution.log_prob(th.full((len(like),), action, device=like.device))
    return found


def _log_probability(acting: Acting) -> th.Tensor:
    found: th.Tensor = acting.distribution.log_prob(acting.choice)
    return found


def _entropy(acting: Acting) -> th.Tensor:
    found: th.Tensor = acting.distribution.entropy()
    return found
