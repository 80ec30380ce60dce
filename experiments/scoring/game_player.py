"""A policy that plays: it knows what its env allows, and acts at random now and then where games would repeat themselves."""

from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ...saliency.states.masks import allowed_actions, masks_of
from ...saliency.states.play import act


class GamePlayer:
    """
    Takes the place of a policy in SB3's ``evaluate_policy``.

    :param policy: of any kind
    :param env: in which it plays; with an epsilon its actions are Discrete, MultiDiscrete or MultiBinary
    :param epsilon: probability of a random action among the allowed ones, in each env step
    :param seed: of the random actions
    """

    def __init__(self, policy: BasePolicy, env: VecEnv, epsilon: float = 0.0, seed: int = 0) -> None:
        self._policy, self._env, self._epsilon = policy, env, epsilon
        self._random = np.random.default_rng(seed)
        self._masked = masks_of(policy, env) is not None  # asked once, because it takes longer than a step

    def predict(
        self, observation: Any, state: Any = None, episode_start: np.ndarray | None = None, deterministic: bool = True
    ) -> tuple[np.ndarray, Any]:
        """As SB3's ``predict``; without exploration of the policy's own."""
        start = np.zeros(self._env.num_envs, dtype=bool) if episode_start is None else episode_start
        masks = masks_of(self._policy, self._env) if self._masked else None
        actions, state = act(self._policy, observation, state, start, masks)
        if not self._epsilon:
            return actions, state
        at_random = self._random.random(len(actions)) < self._epsilon
        if not at_random.any():
            return actions, state
        if masks is None:
            masks = th.ones((len(actions), _width(self._env.action_space)), dtype=th.bool)
        actions = np.array(actions)
        actions[at_random] = allowed_actions(self._env.action_space, masks[th.as_tensor(at_random)], self._random)
        return actions, state


def _width(space: spaces.Space) -> int:
    """The length of a mask, as sb3-contrib has them."""
    if isinstance(space, spaces.Discrete):
        return int(space.n)
    return int(space.nvec.sum()) if isinstance(space, spaces.MultiDiscrete) else 2 * int(np.prod(space.shape or ()))
