"""The target of double Q-learning."""

import torch as th


def double_q_target(
    rewards: th.Tensor,
    dones: th.Tensor,
    discounts: th.Tensor | float,
    next_q_online: th.Tensor,
    next_q_target: th.Tensor,
) -> th.Tensor:
    """
    r + (1 - done) * discount * Q_target(s', argmax_a Q_online(s', a)) (van Hasselt et al. 2015, equation 4).

    :param rewards: (B, 1); for n > 1 the discounted sum over n steps
    :param dones: (B, 1), 1 where the episode ended by itself in s'; 0 where a time limit cut it
    :param discounts: (B, 1) or a number: gamma^k, with k the steps from s to s'
    :param next_q_online: (B, A), of the network that chooses the action
    :param next_q_target: (B, A), of the network that rates it
    :return: (B, 1)
    """
    chosen = next_q_online.argmax(dim=1, keepdim=True)
    return rewards + (1 - dones) * discounts * next_q_target.gather(1, chosen)
