"""Epsilon-greedy exploration, independent in every env."""

import numpy as np


def epsilon_greedy(greedy: np.ndarray, epsilon: float | np.ndarray, n_actions: int | np.ndarray) -> np.ndarray:
    """
    Replace each action by a uniformly random one with probability epsilon, independently of the others. With several branches, each
    branch of each action is replaced by itself, so that a random gaze does not always come with a random action.

    The random numbers come from numpy's global generator, which SB3 seeds.

    :param greedy: actions of the envs, (N,), or one action, (); with D branches (N, D) or (D,)
    :param epsilon: 0 to 1; one for all branches, or one for each, (D,)
    :param n_actions: number of actions; of each branch, (D,), with several
    :return: actions, of the same shape as ``greedy``
    """
    if not np.any(epsilon):
        return greedy
    explores = np.random.rand(*greedy.shape) < epsilon
    return np.where(explores, np.random.randint(n_actions, size=greedy.shape), greedy)
