"""Prioritized replay: transitions with large errors are drawn more often."""

from typing import Any, NamedTuple

import numpy as np
import torch as th
from stable_baselines3.common.vec_env import VecNormalize

from ...policies.plain_numbers import check_number, check_whole_numbers
from .frame_replay_buffer import FrameReplayBuffer
from .sum_tree import SumTree


class PrioritizedSamples(NamedTuple):
    """SB3's ``ReplayBufferSamples`` with weights and places."""

    observations: th.Tensor
    actions: th.Tensor
    next_observations: th.Tensor
    dones: th.Tensor
    rewards: th.Tensor
    discounts: th.Tensor | None
    weights: th.Tensor  # (B, 1), at most 1
    places: th.Tensor  # (B,) int64, for set_priorities


class PrioritizedFrameReplayBuffer(FrameReplayBuffer):
    """
    :class:`FrameReplayBuffer` with proportional prioritization (Schaul et al. 2016, section 3.3).

    A transition is drawn with probability P = p^alpha / sum p^alpha, where p = |error| + epsilon. A new transition gets the largest
    p so far. Each loss has the weight (M P)^-beta, divided by the largest weight of the batch; M is the number of transitions in
    the buffer. The sum is cut into B equal slices, and one transition is drawn from each. The paper raises beta to 1 over the
    training; here ``beta`` rises to 1 over ``beta_updates`` samples.

    SB3's own DQN sets no priorities, so with it this buffer samples uniformly.

    :param args: as in ``FrameReplayBuffer``
    :param alpha: 0 for uniform draws; the paper: 0.6
    :param beta: initial value, 0 to 1; the paper: 0.4
    :param beta_updates: number of samples after which beta is 1
    :param epsilon: above 0, so that transitions without error are drawn too
    :param kwargs: as in ``FrameReplayBuffer``
    :raises ValueError: if one of these numbers is out of range
    """

    def __init__(
        self, *args: Any, alpha: float = 0.6, beta: float = 0.4, beta_updates: int = 2_500_000, epsilon: float = 1e-6, **kwargs: Any
    ) -> None:
        for name, number in {"alpha": alpha, "beta": beta, "epsilon": epsilon}.items():
            check_number(name, number)
        check_whole_numbers(beta_updates=beta_updates)
        if alpha < 0 or not 0 <= beta <= 1 or beta_updates < 1 or epsilon <= 0:
            raise ValueError(
                f"alpha={alpha}, beta={beta}, beta_updates={beta_updates}, epsilon={epsilon}: alpha must be at least "
                "0, beta from 0 to 1, beta_updates at least 1 and epsilon above 0"
            )
        self.alpha, self.first_beta, self.beta_updates, self.epsilon = alpha, beta, beta_updates, epsilon
        super().__init__(*args, **kwargs)

    def reset(self) -> None:
        super().reset()
        self.samples = 0
        self.tree = SumTree(self.buffer_size * self.n_envs, self.device)
        self.largest = th.ones((), dtype=th.float64, device=self.device)  # of p^alpha

    @property
    def beta(self) -> float:
        """Current exponent of the weights."""
        return self.first_beta + (1 - self.first_beta) * min(self.samples / self.beta_updates, 1.0)

    def add(
        self,
        obs: np.ndarray,
        next_obs: np.ndarray,
        action: np.ndarray,
        reward: np.ndarray,
        done: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        """As in ``FrameReplayBuffer``."""
        position = self.pos
        super().add(obs, next_obs, action, reward, done, infos)
        self.tree[position * self.n_envs + th.arange(self.n_envs, device=self.device)] = self.largest

    def sample(self, batch_size: int, env: VecNormalize | None = None) -> PrioritizedSamples:  # type: ignore[override]
        """
        Draw a batch, with weights for its losses.

        :param batch_size: B
        :param env: normalizes observations and rewards, as in SB3
        """
        slices = th.arange(batch_size, device=self.device) + th.rand(batch_size, dtype=th.float64, device=self.device)
        places = self.tree.find(slices / batch_size * self.tree.total)
        weights = (self.tree[places] / self.tree.total * (self.size() * self.n_envs)) ** -self.beta
        self.samples += 1
        samples = self._transitions(places // self.n_envs, places % self.n_envs, env)
        return PrioritizedSamples(
            samples.observations,
            samples.actions,
            samples.next_observations,
            samples.dones,
            samples.rewards,
            samples.discounts,
            weights=(weights / weights.max()).float()[:, None],
            places=places,
        )

    def set_priorities(self, places: th.Tensor, errors: th.Tensor) -> None:
        """
        Set the priorities of transitions from their errors.

        :param places: (B,), as sampled
        :param errors: (B,), absolute temporal-difference errors
        """
        priorities = (errors.double() + self.epsilon) ** self.alpha
        self.tree[places] = priorities
        self.largest = th.maximum(self.largest, priorities.max())

    def _move(self, device: th.device) -> None:
        super()._move(device)
        self.tree, self.largest = self.tree.to(device), self.largest.to(device)

    def __getstate__(self) -> dict[str, Any]:
        cpu = th.device("cpu")
        return {**super().__getstate__(), "tree": self.tree.to(cpu), "largest": self.largest.to(cpu)}
