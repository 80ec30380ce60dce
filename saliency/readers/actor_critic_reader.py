"""The heads of actor-critics, with or without an LSTM."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.preprocessing import get_action_dim
from stable_baselines3.common.type_aliases import PyTorchObs
from torch import nn

from ..errors import NoMapError
from .protocol import Features, actions_differ

ActorHead = Callable[[Any, th.Tensor], th.Tensor]  # of the distribution of actions and the likeliest ones


class ActorCriticReader:
    """
    Heads of PPO, A2C, RecurrentPPO and MaskablePPO.

    :param policy: actor and critic
    """

    sees_whole_image = True
    chooses_gaze = False
    fixed_entries: tuple[str, ...] = ()

    def __init__(self, policy: ActorCriticPolicy) -> None:
        self.policy = policy
        self.recurrent = isinstance(policy, RecurrentActorCriticPolicy)
        self.takes_masks = isinstance(policy, MaskableActorCriticPolicy)

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
        self, obs: PyTorchObs, names: tuple[str, ...], choice: th.Tensor | None, memory: th.Tensor | None
    ) -> Mapping[str, th.Tensor]:
        """Some heads, (B,) each."""
        return self._named(*self._outputs(self.features(obs), memory), names, choice)

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None) -> th.Tensor:
        """The likeliest action, (B, ...)."""
        return self._outputs(self.features(obs), memory)[0].mode()

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None) -> th.Tensor:
        """
        Logits of every action, (B, A).

        :raises NoMapError: if the actions are not discrete
        """
        if not self.ranks_actions:
            raise NoMapError(f"the actions {self.policy.action_space} cannot be ranked; this needs Discrete actions")
        return self._outputs(self.features(obs), memory)[0].distribution.logits

    def differs(self, actions: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(N,) whether the actions are others."""
        return actions_differ(self.policy.action_space, actions, others)

    def features(self, obs: PyTorchObs) -> Features:
        """What actor and critic make of observations before any memory, (B, F) each."""
        features = self.policy.extract_features(obs)
        return (features, features) if isinstance(features, th.Tensor) else features

    def values_in_order(self, features: Features, name: str) -> th.Tensor:
        """
        One head along one episode.

        :param features: of its T observations
        :param name: of the head
        :return: (T,)
        """
        return self._named(*self._outputs(features, self.no_memory(1)), (name,), None)[name]

    def no_memory(self, count: int) -> th.Tensor:
        """The memory at the start of an episode, zeros (count, M, H)."""
        return RecurrentCore(self.policy).no_memory(count)  # type: ignore[arg-type]  # asked of recurrent policies only

    def memory_of(self, states: Any) -> th.Tensor:
        """
        The memory that an algorithm carries through training.

        :param states: ``RNNStates``, hidden and cell states (layers, B, H) of the actor and of the critic
        :return: (B, M, H)
        """
        return RecurrentCore(self.policy).memory_of(states)  # type: ignore[arg-type]

    def remember(self, obs: PyTorchObs, memory: th.Tensor) -> th.Tensor:
        """
        The memory one step later.

        :param obs: (B, ...)
        :param memory: (B, M, H)
        """
        return RecurrentCore(self.policy).unroll(self.features(obs), memory)[2]  # type: ignore[arg-type]

    @cached_property
    def _heads(self) -> dict[str, ActorHead]:
        return self._actor_heads()

    def _actor_heads(self) -> dict[str, ActorHead]:
        """Every head of the actor by name; a subclass has others."""
        space = self.policy.action_space
        if isinstance(space, spaces.Box):
            # A Gaussian's log-probability is flat at its mode, and its entropy depends on nothing that is seen (with gSDE it does,
            # but SB3 lets no gradient through). So the heads are the means.
            return {f"action_{i}": _mean_of(i) for i in range(get_action_dim(space))}
        single = {f"action_{a}": _logit_of(a) for a in range(int(space.n))} if isinstance(space, spaces.Discrete) else {}
        return {"action": _log_probability, "entropy": _entropy, **single}

    def _outputs(self, features: Features, memory: th.Tensor | None) -> tuple[Any, th.Tensor]:
        """The distribution of actions, and values (B,)."""
        latent_pi, latent_vf = features
        if isinstance(self.policy, RecurrentActorCriticPolicy):
            core = RecurrentCore(self.policy)
            before = core.no_memory(len(latent_pi)) if memory is None else memory
            latent_pi, latent_vf, _ = core.unroll(features, before)
        extractor = self.policy.mlp_extractor
        distribution = self.policy._get_action_dist_from_latent(extractor.forward_actor(latent_pi))
        return distribution, self.policy.value_net(extractor.forward_critic(latent_vf)).squeeze(1)

    def _named(
        self, distribution: Any, value: th.Tensor, names: tuple[str, ...], choice: th.Tensor | None
    ) -> Mapping[str, th.Tensor]:
        # Which action is the likeliest one is a choice. It is not differentiated.
        likeliest = distribution.mode().detach() if choice is None else choice
        return {name: value if name == "value" else self._heads[name](distribution, likeliest) for name in names}


class RecurrentCore:
    """
    The LSTMs of a recurrent policy, between its features and its heads, over one step or many.

    It computes what sb3-contrib's policies compute. One thing differs: where the value reads the actor's LSTM, training cuts the
    gradient there, and this does not.

    A memory is a tensor (B, M, H): the hidden states of the actor's layers, their cell states, then those of the critic if it has
    an LSTM of its own.

    :param policy: recurrent
    """

    def __init__(self, policy: RecurrentActorCriticPolicy) -> None:
        self.policy = policy
        self.lstms: list[nn.LSTM] = [lstm for lstm in (policy.lstm_actor, policy.lstm_critic) if lstm is not None]

    def no_memory(self, count: int) -> th.Tensor:
        """The memory at the start of an episode, zeros (count, M, H)."""
        lstm = self.lstms[0]
        slots = sum(2 * one.num_layers for one in self.lstms)
        return next(lstm.parameters()).new_zeros(count, slots, lstm.hidden_size)

    def memory_of(self, states: Any) -> th.Tensor:
        """
        :param states: ``RNNStates``; those of a critic without an LSTM of its own are not used
        :return: (B, M, H)
        """
        own = (states.pi, states.vf)[: len(self.lstms)]
        return th.cat([part for pair in own for part in pair]).transpose(0, 1)

    def unroll(self, features: Features, memory: th.Tensor) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """
        B sequences of the same length T at once.

        :param features: (B * T, F) each; the steps of a sequence lie next to each other
        :param memory: (B, M, H), before the first step
        :return: inputs of the actor's and the critic's networks, (B * T, H) each, and the memory afterwards
        """
        count = len(memory)
        outputs, after = [], []
        slots = th.split(memory.transpose(0, 1).contiguous(), [2 * lstm.num_layers for lstm in self.lstms])
        for lstm, own, states in zip(self.lstms, features, slots, strict=False):
            steps = own.reshape(count, -1, lstm.input_size).transpose(0, 1)
            output, (hidden, cell) = lstm(steps, states.chunk(2))
            outputs.append(output.transpose(0, 1).flatten(0, 1))
            after += [hidden, cell]
        if self.policy.lstm_critic is None:
            outputs.append(outputs[0] if self.policy.shared_lstm else self.policy.critic(features[1]))  # type: ignore[misc]
        return outputs[0], outputs[1], th.cat(after).transpose(0, 1)


def _mean_of(dimension: int) -> ActorHead:
    return lambda distribution, likeliest: distribution.mode()[:, dimension]


def _logit_of(action: int) -> ActorHead:
    return lambda distribution, likeliest: distribution.distribution.logits[:, action]


def _log_probability(distribution: Any, likeliest: th.Tensor) -> th.Tensor:
    return distribution.log_prob(likeliest)


def _entropy(distribution: Any, likeliest: th.Tensor) -> th.Tensor:
    return distribution.entropy()
