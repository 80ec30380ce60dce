"""The heads of dueling networks whose actions have several branches, such as what to do and where to look."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy
from torch import nn

from ...policies import DuelingQNetwork, SoftAttentionDuelingPolicy, q_of_actions
from ..errors import UnknownPolicyError
from .own_functions import copied, overrides, taken, uncompiled
from .plain_reader import PlainReader
from .protocol import SoftWeights
from .soft_extractor import weights_while


class Outputs(NamedTuple):
    """
    One forward pass.

    :ivar value: (B, 1)
    :ivar advantage: (B, A) over the choices of all branches
    :ivar adds: (B, A) what each choice adds to Q, as the network's ``forward`` says it; None: its advantage, beside V
    """

    value: th.Tensor
    advantage: th.Tensor
    adds: th.Tensor | None = None

    @property
    def preferred(self) -> th.Tensor:
        """(B, A) what the choices of a branch differ by."""
        return self.advantage if self.adds is None else self.adds


BranchHead = Callable[[Outputs, th.Tensor], th.Tensor]  # of the outputs and the ranked joint actions (B, 2, D)


class BranchReader(PlainReader):
    """
    Heads of a :class:`saccade.policies.DuelingQNetwork` with D branches. Q is that of the network's own ``forward``. The action is
    that of the policy's own ``predict`` or ``_predict``. The second best joint action differs from the best in one branch: the one
    that loses least. If a policy does not take the best, the second is the best. An idle branch, whose choice changes nothing, has
    no head. A branch that is taught has logits: its heads read them, and they have no part in ``q`` and ``gap``.

    :param policy: with such a network; its ``branch_names`` are those of the heads, if it has such names
    :raises UnknownPolicyError: if its network is another one
    """

    ranks_actions = True

    def __init__(self, policy: DQNPolicy) -> None:
        network = uncompiled(policy.q_net)
        if not isinstance(network, DuelingQNetwork):
            raise UnknownPolicyError(f"no heads are known for a {type(network).__name__} with several branches of actions")
        self.policy = policy
        self.network = network
        self.sizes = network.sizes
        self.names_of_branches: tuple[str, ...] = getattr(policy, "branch_names", ()) or tuple(map(str, range(len(self.sizes))))

    @property
    def _branches(self) -> dict[str, int]:
        """The branches that change something: the head of each, and its number."""
        named = enumerate(self.names_of_branches)
        return {f"advantage_{name}" if d else "advantage": d for d, name in named if d not in self.network.idle}

    @cached_property
    def _heads(self) -> dict[str, BranchHead]:
        """Every head by name."""
        branches, named = self._branches, self.names_of_branches
        return {
            "value": lambda outputs, ranked: outputs.value.squeeze(1),
            **{head: self._chosen_of(d) for head, d in branches.items()},
            "q": lambda outputs, ranked: self._q(outputs, ranked[:, 0]),
            **({"gap": self._gap} if max(self.sizes[d] for d in branches.values() if d not in self.network.taught) > 1 else {}),
            **{f"advantage_{named[d]}_{a}": self._choice_of(d, a) for d in branches.values() for a in range(self.sizes[d])},
        }

    def names(self) -> tuple[str, ...]:
        """All heads."""
        return tuple(self._heads)

    def shown(self) -> tuple[str, ...]:
        """The value, and the advantage of each branch."""
        return ("value", *self._branches)

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
        ranked = self._ranked(obs, outputs.preferred) if choice is None else choice
        return {name: self._heads[name](outputs, ranked) for name in names}

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """The action of ``predict(deterministic=True)`` and the best of the others, (B, 2, D)."""
        return self._ranked(obs, self._outputs(obs).preferred)

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None, masks: th.Tensor | None = None) -> th.Tensor:
        """V + A of the choices of the first branch, (B, A_0); of a network with a ``forward`` of its own what they add to Q."""
        outputs = self._outputs(obs)
        first = outputs.preferred[:, : self.sizes[0]]
        return outputs.value + first if outputs.adds is None else first

    def attends(self, name: str) -> bool:
        """
        With a stream of their own each, the value and the advantages, and not ``q``, which is made of all. Behind a
        :class:`saccade.policies.SoftAttentionExtractor` all heads.
        """
        if isinstance(self.policy, SoftAttentionDuelingPolicy):
            return name not in ("q", "gap")
        return super().attends(name)

    def attention(self, obs: PyTorchObs, name: str, memory: th.Tensor | None) -> SoftWeights | None:
        """Of the stream of ``value``, or of that of the advantage's branch; or of the features extractor."""
        if not self.attends(name):
            return None
        if not isinstance(self.policy, SoftAttentionDuelingPolicy):
            return weights_while(lambda: self.network.value_advantage(copied(obs)), self._extractor_of(name))
        branch = self._branches.get(name)
        if branch is None and name != "value":  # a single choice, such as advantage_1_4
            branch = self.names_of_branches.index(name.rpartition("_")[0].removeprefix("advantage_"))
        stream = "value" if branch is None else f"advantage_{branch}" if branch else "advantage"
        return SoftWeights(self.policy.attention(copied(obs))[stream], self.policy.q_net.map_places)

    def _extractor_of(self, name: str) -> nn.Module:
        return self.network.features_extractor

    @cached_property
    def _acts_greedily(self) -> bool:
        """Whether the action is the one with the highest Q, and not what a subclass makes of it."""
        return not (
            overrides(self.policy, DQNPolicy, ("predict", "_predict"))
            or overrides(self.network, DuelingQNetwork, ("_predict", "forward"))
        )

    def _outputs(self, obs: PyTorchObs) -> Outputs:
        """The heads, and Q as the network itself computes it."""
        value, advantage = self.network.value_advantage(copied(obs))
        own = overrides(self.network, DuelingQNetwork, ("forward",))
        return Outputs(value, advantage, self.network(copied(obs)) if own else None)

    def _ranked(self, obs: PyTorchObs, preferred: th.Tensor) -> th.Tensor:
        parts = th.split(preferred.detach(), list(self.sizes), dim=1)
        if self._acts_greedily:
            best = th.stack([each.argmax(dim=1) for each in parts], dim=1)
        else:
            best = taken(self.policy, DQNPolicy, obs).long().reshape(-1, len(self.sizes))
        others = [each.scatter(1, best[:, d : d + 1], -th.inf).max(dim=1) for d, each in enumerate(parts)]
        losses = [each.gather(1, best[:, d : d + 1]).squeeze(1) - others[d].values for d, each in enumerate(parts)]
        for d in (*self.network.idle, *self.network.taught):
            losses[d] = th.full_like(losses[d], th.inf)
        changed = th.stack(losses, dim=1).argmin(dim=1, keepdim=True)  # the branch of the second best joint action
        second = best.scatter(1, changed, th.stack([each.indices for each in others], dim=1).gather(1, changed))
        greedy = th.stack([best[:, d] if d in self.network.idle else each.argmax(dim=1) for d, each in enumerate(parts)], dim=1)
        beaten = (greedy != best).any(dim=1, keepdim=True)  # by an action that a policy of its own kind does not take
        return th.stack([best, th.where(beaten, greedy, second)], dim=1)

    def _q(self, outputs: Outputs, actions: th.Tensor) -> th.Tensor:
        q = q_of_actions(outputs.preferred, actions, self.sizes, self.network.taught)
        return (q if outputs.adds is not None else outputs.value + q).squeeze(1)

    def _gap(self, outputs: Outputs, ranked: th.Tensor) -> th.Tensor:
        return self._q(outputs, ranked[:, 0]) - self._q(outputs, ranked[:, 1])

    def _chosen_of(self, branch: int) -> BranchHead:
        return lambda outputs, ranked: (
            th.split(outputs.advantage, list(self.sizes), dim=1)[branch].gather(1, ranked[:, 0, branch : branch + 1]).squeeze(1)
        )

    def _choice_of(self, branch: int, action: int) -> BranchHead:
        return lambda outputs, ranked: th.split(outputs.advantage, list(self.sizes), dim=1)[branch][:, action]
