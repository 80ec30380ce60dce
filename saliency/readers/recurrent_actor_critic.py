"""The heads of actor-critics with an LSTM, and the LSTM itself over one step or many."""

from functools import cached_property
from typing import Any

import torch as th
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.type_aliases import PyTorchObs
from torch import nn

from ...policies import SoftAttentionLstmPolicy
from ..errors import NoMapError
from .actor_critic_reader import ActorCriticReader
from .own_functions import copied, count, overrides
from .protocol import Features, SoftWeights

FUNCTIONS = ("extract_features", "_process_sequence", "forward", "get_distribution", "predict_values", "_predict")


class RecurrentActorCriticReader(ActorCriticReader):
    """
    Heads of RecurrentPPO. A policy that overrides a function is asked through its own functions. Any other policy goes through
    :class:`RecurrentCore`, which computes the same.

    :param policy: with an LSTM
    """

    recurrent = True
    policy: RecurrentActorCriticPolicy

    @property
    def known(self) -> type:
        """The class whose functions are known here."""
        ours = isinstance(self.policy, SoftAttentionLstmPolicy)  # it computes the same in fewer calls
        return SoftAttentionLstmPolicy if ours else RecurrentActorCriticPolicy

    @cached_property
    def core(self) -> "RecurrentCore":
        """The LSTMs."""
        return RecurrentCore(self.policy)

    def features(self, obs: PyTorchObs) -> Features:
        """What actor and critic make of observations before any memory, (B, F) each."""
        features = self.policy.extract_features(copied(obs))
        return (features, features) if isinstance(features, th.Tensor) else features

    def values_in_order(
        self, features: Features, name: str, choice: th.Tensor | None = None, memory: th.Tensor | None = None
    ) -> th.Tensor:
        """
        One head along B sequences of T steps. The steps of a sequence lie next to each other.

        :param features: of the B * T observations
        :param name: of the head
        :param choice: (B * T, ...) the actions that the head speaks of; the best ones by default
        :param memory: (B, M, H) before the first step; by default one sequence, from the start of an episode
        :return: (B * T,)
        :raises NoMapError: if the policy has functions of its own, which start from observations
        """
        return self._named(*self._in_order(features, memory), (name,), choice, None)[name]

    def choices_in_order(self, features: Features, memory: th.Tensor | None = None) -> th.Tensor:
        """
        The best actions (B * T, ...) along sequences.

        :param features: as for :meth:`values_in_order`, as is the memory
        :raises NoMapError: as :meth:`values_in_order`
        """
        choices: th.Tensor = self._in_order(features, memory)[1][1]
        return choices

    def memory_after(self, features: Features, memory: th.Tensor | None = None) -> th.Tensor:
        """
        The memory (B, M, H) after the last step of each sequence.

        :param features: as for :meth:`values_in_order`, as is the memory
        """
        return self.core.unroll(features, self._before(1, memory))[2]

    def _in_order(self, features: Features, memory: th.Tensor | None) -> tuple[th.Tensor, tuple[Any, th.Tensor]]:
        if self._has_own_functions:
            raise NoMapError(
                f"{type(self.policy).__name__} has functions of its own ({', '.join(FUNCTIONS)}); methods through time need "
                f"those of {self.known.__name__}"
            )
        return self._from_core(features, self._before(1, memory))

    def attends(self, name: str) -> bool:
        """Heads behind an LSTM that attends, or behind a :class:`saccade.policies.SoftAttentionExtractor`."""
        return self._remembers_by_attention(name) or super().attends(name)

    def attention(self, obs: PyTorchObs, name: str, memory: th.Tensor | None) -> SoftWeights | None:
        """Of the LSTM that the head reads, or of its features extractor."""
        if not self._remembers_by_attention(name):
            return super().attention(obs, name, memory)
        assert isinstance(self.policy, SoftAttentionLstmPolicy)
        before = self._before(count(obs), memory)
        found = self.policy.attention(copied(obs), self.core.states(before), before.new_zeros(len(before)))
        weights = found["value" if name == "value" and "value" in found else "action"]
        return SoftWeights(weights, getattr(self.policy.features_extractor, "map_places", None))

    def _remembers_by_attention(self, name: str) -> bool:
        """A critic without an LSTM, its own or the actor's, reads the features alone."""
        if not isinstance(self.policy, SoftAttentionLstmPolicy):
            return False
        return name != "value" or self.policy.lstm_critic is not None or self.policy.shared_lstm

    def no_memory(self, count: int) -> th.Tensor:
        """The memory at the start of an episode, zeros (count, M, H)."""
        return self.core.no_memory(count)

    def remember(self, obs: PyTorchObs, memory: th.Tensor) -> th.Tensor:
        """
        The memory one step later.

        :param obs: (B, ...)
        :param memory: (B, M, H)
        """
        before = self._before(count(obs), memory)
        if not self._has_own_functions:
            return self.core.unroll(self.features(obs), before)[2]
        states, starts = self.core.states(before), before.new_zeros(len(before))
        after = self.policy.forward(copied(obs), states, starts, deterministic=True)[3]  # type: ignore[arg-type]
        return self.memory_of(after)

    def memory_of(self, states: RNNStates) -> th.Tensor:
        """
        The memory (B, M, H) of states in sb3-contrib's form.

        :param states: of actor and critic
        """
        return th.cat([*states.pi, *(states.vf if len(self.core.lstms) > 1 else ())]).transpose(0, 1)

    def _before(self, count: int, memory: th.Tensor | None) -> th.Tensor:
        """A memory where the policy is: a file's, such as that of a probe set, is on the CPU. None: that of an episode's start."""
        start = self.no_memory(count)
        return start if memory is None else memory.to(start.device)

    @cached_property
    def _has_own_functions(self) -> bool:
        return overrides(self.policy, self.known, FUNCTIONS)

    def _outputs(
        self, obs: PyTorchObs, names: tuple[str, ...], memory: th.Tensor | None, masks: th.Tensor | None
    ) -> tuple[th.Tensor | None, tuple[Any, th.Tensor] | None]:
        before = self._before(count(obs), memory)
        if not self._has_own_functions:
            return self._from_core(self.features(obs), before)
        value = None
        if "value" in names:
            states, starts = self.core.states(before).vf, before.new_zeros(len(before))
            value = self.policy.predict_values(copied(obs), states, starts).reshape(count(obs))  # type: ignore[arg-type]
        return value, self._actor(obs, before, None) if set(names) - {"value"} else None

    def _actor(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None) -> tuple[Any, th.Tensor]:
        before = self._before(count(obs), memory)
        if not self._has_own_functions:
            return self._from_core(self.features(obs), before)[1]
        states, starts = self.core.states(before).pi, before.new_zeros(len(before))
        own = overrides(self.policy, self.known, ("_predict",))
        action = self.policy._predict(copied(obs), states, starts, deterministic=True)[0] if own else None  # type: ignore[arg-type]
        distribution = self.policy.get_distribution(copied(obs), states, starts)[0]  # type: ignore[arg-type]
        return distribution, distribution.get_actions(deterministic=True) if action is None else action

    def _from_core(self, features: Features, before: th.Tensor) -> tuple[th.Tensor, tuple[Any, th.Tensor]]:
        latent_pi, latent_vf, _ = self.core.unroll(features, before)
        extractor = self.policy.mlp_extractor
        value = self.policy.value_net(extractor.forward_critic(latent_vf)).squeeze(1)
        distribution = self.policy._get_action_dist_from_latent(extractor.forward_actor(latent_pi))
        return value, (distribution, distribution.get_actions(deterministic=True))


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

    def states(self, memory: th.Tensor) -> RNNStates:
        """
        A memory in sb3-contrib's form.

        :param memory: (B, M, H)
        :return: states of actor and critic, (layers, B, H) each; both are the actor's if the critic has no LSTM
        """
        parts = [(part[0], part[1]) for part in (x.chunk(2) for x in self._slots(memory))]
        return RNNStates(parts[0], parts[-1])

    def unroll(self, features: Features, memory: th.Tensor) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """
        B sequences of the same length T at once.

        :param features: (B * T, F) each; the steps of a sequence lie next to each other
        :param memory: (B, M, H), before the first step
        :return: inputs of the actor's and the critic's networks, (B * T, H) each, and the memory afterwards
        """
        count = len(memory)
        outputs, after = [], []
        for lstm, own, states in zip(self.lstms, features, self._slots(memory), strict=False):
            steps = own.reshape(count, -1, lstm.input_size).transpose(0, 1)
            output, (hidden, cell) = lstm(steps, states.chunk(2))
            outputs.append(output.transpose(0, 1).flatten(0, 1))
            after += [hidden, cell]
        if self.policy.lstm_critic is None:
            outputs.append(outputs[0] if self.policy.shared_lstm else self.policy.critic(features[1]))  # type: ignore[misc]
        return outputs[0], outputs[1], th.cat(after).transpose(0, 1)

    def _slots(self, memory: th.Tensor) -> tuple[th.Tensor, ...]:
        """The states of each LSTM, (2 * layers, B, H)."""
        return th.split(memory.transpose(0, 1).contiguous(), [2 * lstm.num_layers for lstm in self.lstms])
