"""Epsilon-greedy exploration, a coin for every env."""

import numpy as np


def epsilon_greedy(greedy: np.ndarray, epsilon: float, n_actions: int) -> np.ndarray:
    """
    Each action replaced by a uniformly random one with probability epsilon, independently of the others.

    Draws from numpy's global generator, which SB3 seeds.

    :param greedy: actions of the envs, (N,), or a single one, ()
    :param epsilon: 0 to 1
    :param n_actions: A, of the action space
    :return: of the same shape
    """
    if epsilon == 0.0:
        return greedy
    explores = np.random.rand(*greedy.shape) < epsilon
    return np.where(explores, np.random.randint(n_actions, size=greedy.shape), greedy)
