"""The target of double Q-learning."""

import torch as th

from ..policies import greedy_actions, q_of_actions


def double_q_target(
    rewards: th.Tensor,
    dones: th.Tensor,
    discounts: th.Tensor | float,
    next_q_online: th.Tensor,
    next_q_target: th.Tensor,
    sizes: tuple[int, ...] | None = None,
) -> th.Tensor:
    """
    r + (1 - done) * discount * Q_target(s', argmax_a Q_online(s', a)) (van Hasselt et al. 2015, equation 4).

    :param rewards: (B, 1); for n > 1 the discounted sum over n steps
    :param dones: (B, 1), 1 where the episode ended by itself in s'; 0 where a time limit cut it
    :param discounts: (B, 1) or a number: gamma^k, with k the steps from s to s'
    :param next_q_online: (B, A), of the network that chooses the action
    :param next_q_target: (B, A), of the network that rates it
    :param sizes: of the branches of the actions, if Q is a sum over several; A is then the number of all choices
    :return: (B, 1)
    """
    sizes = sizes or (next_q_online.shape[1],)
    chosen, _ = greedy_actions(next_q_online, sizes)
    return rewards + (1 - dones) * discounts * q_of_actions(next_q_target, chosen, sizes)
