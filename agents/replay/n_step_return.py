"""Discounted sums of rewards over several steps."""

import torch as th


def n_step_return(rewards: th.Tensor, stops: th.Tensor, gamma: float) -> tuple[th.Tensor, th.Tensor]:
    """
    sum_{k < m} gamma^k r_k, where m counts the steps up to and including the first stop, or all n (Sutton 1988).

    :param rewards: (B, n), of consecutive steps
    :param stops: (B, n) bool, True where the sum must end with this step
    :param gamma: discount factor
    :return: the sums (B,), and m (B,) int64 from 1 to n; the value after the last step is discounted by gamma^m
    """
    n = rewards.shape[1]
    stopped_before = stops.long().cumsum(dim=1) - stops.long()  # stops strictly before each step
    counts = stopped_before == 0
    discounts = gamma ** th.arange(n, dtype=rewards.dtype, device=rewards.device)
    return (rewards * discounts * counts).sum(dim=1), counts.sum(dim=1)
