"""The heads of Q-networks."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import torch as th
from sb3_contrib.qrdqn.policies import QRDQNPolicy, QuantileNetwork
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch import nn

from ...policies import DuelingQNetwork, SoftAttentionDuelingPolicy
from .own_functions import copied, overrides, taken, uncompiled
from .plain_reader import PlainReader
from .protocol import SoftWeights
from .soft_extractor import weights_while


class QOutputs(NamedTuple):
    """
    One forward pass of a Q-network.

    :ivar q: (B, A)
    :ivar value: (B, 1); empty without dueling heads
    :ivar advantage: (B, A) with mean 0; empty without dueling heads
    """

    q: th.Tensor
    value: th.Tensor
    advantage: th.Tensor


QHead = Callable[[QOutputs, th.Tensor], th.Tensor]  # of the outputs and the ranked actions (B, 1 or 2)


class QReader(PlainReader):
    """
    Heads of DQN, QR-DQN (the mean of its quantiles) and dueling networks. The action is that of
    the policy's own ``predict`` or ``_predict``.

    :param policy: with a Q-network
    """

    ranks_actions = True

    def __init__(self, policy: DQNPolicy | QRDQNPolicy) -> None:
        self.policy = policy
        self.network = uncompiled(policy.quantile_net if isinstance(policy, QRDQNPolicy) else policy.q_net)
        self.actions = int(policy.action_space.n)  # type: ignore[attr-defined]

    @cached_property
    def _heads(self) -> dict[str, QHead]:
        """Every head by name."""
        dueling = isinstance(self.network, DuelingQNetwork)
        return {
            **({"value": _value, "advantage": _advantage} if dueling else {}),
            "q": _best_q,
            **({"gap": _gap} if self.actions > 1 else {}),
            **{f"q_{a}": _q_of(a) for a in range(self.actions)},
            **({f"advantage_{a}": _advantage_of(a) for a in range(self.actions)} if dueling else {}),
        }

    def names(self) -> tuple[str, ...]:
        """All heads."""
        return tuple(self._heads)

    def shown(self) -> tuple[str, ...]:
        """``value`` and ``advantage`` of a dueling network, else ``q``."""
        return ("value", "advantage") if "value" in self._heads else ("q",)

    def values(
        self,
        obs: PyTorchObs,
        names: tuple[str, ...],
        choice: th.Tensor | None,
        memory: th.Tensor | None,
        masks: th.Tensor | None = None,
    ) -> Mapping[str, th.Tensor]:
        """Some heads, (B,) each."""
        outputs = self._outputs(obs)
        # Which action is taken is a choice. It is not differentiated.
        ranked = self._ranked(obs, outputs.q) if choice is None else choice
        return {name: self._heads[name](outputs, ranked) for name in names}

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """The action of ``predict(deterministic=True)`` and the best of the others (B, 2); (B, 1) if there is only one action."""
        return self._ranked(obs, self._outputs(obs).q)

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """Q-values, (B, A)."""
        return self._outputs(obs).q

    def attends(self, name: str) -> bool:
        """
        With a stream of their own each, the value and the advantages, and not ``q``, which is made of both. Behind a
        :class:`saccade.policies.SoftAttentionExtractor` all heads.
        """
        if isinstance(self.policy, SoftAttentionDuelingPolicy):
            return _stream(name) in ("value", "advantage")
        return super().attends(name)

    def attention(self, obs: PyTorchObs, name: str, memory: th.Tensor | None) -> SoftWeights | None:
        """Of the stream of ``value``, or of that of the advantages; or of the features extractor."""
        if not self.attends(name):
            return None
        if not isinstance(self.policy, SoftAttentionDuelingPolicy):
            return weights_while(lambda: self.network(copied(obs)), self._extractor_of(name))
        return SoftWeights(self.policy.attention(copied(obs))[_stream(name)], self.policy.q_net.map_places)

    def _extractor_of(self, name: str) -> nn.Module:
        return self.network.features_extractor

    @cached_property
    def _adds_up(self) -> bool:
        """Whether q is V + A, and not what a subclass makes of them."""
        return isinstance(self.network, DuelingQNetwork) and not overrides(self.network, DuelingQNetwork, ("forward",))

    @property
    def _policy_class(self) -> type:
        return QRDQNPolicy if isinstance(self.policy, QRDQNPolicy) else DQNPolicy

    @cached_property
    def _acts_greedily(self) -> bool:
        """Whether the action is the one with the highest q, and not what a subclass makes of it."""
        network = next(each for each in (QuantileNetwork, DuelingQNetwork, QNetwork) if isinstance(self.network, each))
        own = overrides(self.policy, self._policy_class, ("predict", "_predict"))
        return not (own or overrides(self.network, network, ("_predict",)))

    def _outputs(self, obs: PyTorchObs) -> QOutputs:
        value = advantage = None
        if isinstance(self.network, DuelingQNetwork):
            value, advantage = self.network.value_advantage(copied(obs))
            if self._adds_up:
                return QOutputs(value + advantage, value, advantage)
        q = self.network(copied(obs))
        q = q.mean(dim=1) if q.ndim == 3 else q  # (B, quantiles, A) of QR-DQN
        return QOutputs(q, q[:, :0] if value is None else value, q[:, :0] if advantage is None else advantage)

    def _ranked(self, obs: PyTorchObs, q: th.Tensor) -> th.Tensor:
        if self._acts_greedily:
            return q.topk(min(2, self.actions), dim=1).indices
        best = taken(self.policy, self._policy_class, obs).long().reshape(-1, 1)
        if self.actions == 1:
            return best
        return th.cat([best, q.detach().scatter(1, best, -th.inf).argmax(1, keepdim=True)], dim=1)


def _stream(name: str) -> str:
    return name.partition("_")[0]


def _value(outputs: QOutputs, ranked: th.Tensor) -> th.Tensor:
    return outputs.value.squeeze(1)


def _advantage(outputs: QOutputs, ranked: th.Tensor) -> th.Tensor:
    return outputs.advantage.gather(1, ranked[:, :1]).squeeze(1)


def _best_q(outputs: QOutputs, ranked: th.Tensor) -> th.Tensor:
    return outputs.q.gather(1, ranked[:, :1]).squeeze(1)


def _gap(outputs: QOutputs, ranked: th.Tensor) -> th.Tensor:
    best, second = outputs.q.gather(1, ranked).unbind(1)
    return best - second


def _q_of(action: int) -> QHead:
    return lambda outputs, ranked: outputs.q[:, action]


def _advantage_of(action: int) -> QHead:
    return lambda outputs, ranked: outputs.advantage[:, action]
