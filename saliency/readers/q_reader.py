"""What a Q-network can be asked about."""

import torch as th
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy

from ...policies import DuelingQNetwork


class QHeads:
    """
    Heads of DQN, QR-DQN (the mean over its quantiles) and dueling networks.

    :param policy: with a Q-network
    """

    recurrent = False

    def __init__(self, policy: DQNPolicy | QRDQNPolicy) -> None:
        self.network = policy.quantile_net if isinstance(policy, QRDQNPolicy) else policy.q_net
        self.dueling = isinstance(self.network, DuelingQNetwork)
        self.actions = int(policy.action_space.n)  # type: ignore[attr-defined]

    def names(self) -> tuple[str, ...]:
        """All heads; those of single actions last."""
        gap = ("gap",) if self.actions > 1 else ()
        single = [f"{kind}_{a}" for kind in ("q", "advantage") for a in range(self.actions) if kind == "q" or self.dueling]
        return (*(("value", "advantage") if self.dueling else ()), "q", *gap, *single)

    def shown(self) -> tuple[str, ...]:
        """Heads that are shown unless others are asked for."""
        return ("value", "advantage") if self.dueling else ("q",)

    def choice(self, obs: PyTorchObs, memory: th.Tensor | None) -> th.Tensor:
        """Best and second action (B, 2); (B, 1) where there is one only."""
        return self.preferences(obs, memory).topk(min(2, self.actions), dim=1).indices

    def preferences(self, obs: PyTorchObs, memory: th.Tensor | None) -> th.Tensor:
        """Q of every action, (B, A)."""
        q = self.network(obs)
        return q.mean(dim=1) if q.ndim == 3 else q

    def values(self, obs: PyTorchObs, choice: th.Tensor | None, memory: th.Tensor | None) -> dict[str, th.Tensor]:
        """All heads, (B,) each."""
        parts: dict[str, th.Tensor] = {}
        if isinstance(self.network, DuelingQNetwork):
            value, advantage = self.network.value_advantage(obs)
            q = value + advantage
        else:
            q = self.preferences(obs, memory)
        # Which action is the best one is a choice, not a quantity to differentiate.
        ranked = q.topk(min(2, self.actions), dim=1).indices if choice is None else choice
        chosen = q.gather(1, ranked)
        parts["q"] = chosen[:, 0]
        if self.actions > 1:
            parts["gap"] = chosen[:, 0] - chosen[:, 1]
        parts |= {f"q_{a}": q[:, a] for a in range(self.actions)}
        if isinstance(self.network, DuelingQNetwork):
            parts["value"], parts["advantage"] = value.squeeze(1), advantage.gather(1, ranked[:, :1]).squeeze(1)
            parts |= {f"advantage_{a}": advantage[:, a] for a in range(self.actions)}
        return parts
