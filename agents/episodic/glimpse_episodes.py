"""The episodes of policies with a gaze that REINFORCE learns from."""

from dataclasses import dataclass, field

import torch as th

from ...policies.gaze_distribution import GazeDistribution


@dataclass
class Episodes:
    """
    One episode of each env: for each step a tensor (N, ...) with its autograd graph.

    :ivar labels: (N,) right answers, or None if the env gives none
    :ivar chosen: int64, the action of each step, without its gaze
    :ivar asked: int64, where things are named one after the other, the right answer at each step; -1 where nothing is asked
    :ivar forced: (N,) bool, whether the env chose the gazes, whatever the actions said; None if it chose none
    """

    action_logits: list[th.Tensor] = field(default_factory=list)
    action_log_probs: list[th.Tensor] = field(default_factory=list)
    gaze_log_probs: list[th.Tensor] = field(default_factory=list)
    action_entropies: list[th.Tensor] = field(default_factory=list)
    gaze_entropies: list[th.Tensor] = field(default_factory=list)
    values: list[th.Tensor] = field(default_factory=list)
    rewards: list[th.Tensor] = field(default_factory=list)
    chosen: list[th.Tensor] = field(default_factory=list)
    asked: list[th.Tensor] = field(default_factory=list)
    labels: th.Tensor | None = None
    forced: th.Tensor | None = None

    def add(self, distribution: GazeDistribution, actions: th.Tensor, values: th.Tensor) -> None:
        """Add one step: the policy's distribution, the actions (N, ...) drawn from it, and the baseline (N,)."""
        self.action_logits.append(distribution.action.logits)
        self.action_log_probs.append(distribution.action_log_prob(actions))
        self.gaze_log_probs.append(distribution.gaze_log_prob(actions))
        self.action_entropies.append(distribution.action.entropy())
        self.gaze_entropies.append(distribution.gaze_entropy())
        self.values.append(values)
        self.chosen.append(actions[:, 0].round().long())
