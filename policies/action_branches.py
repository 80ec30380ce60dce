"""Actions made of several choices, such as what to do and where to look: each choice is a branch."""

import numpy as np
import torch as th
from gymnasium import spaces


def branch_sizes(action_space: spaces.Space) -> tuple[int, ...]:
    """
    How many choices each branch has.

    :param action_space: ``Discrete``, which is one branch, or ``MultiDiscrete`` of one dimension, a branch for each entry
    :return: one number a branch, D of them
    :raises ValueError: if the space is another one, or if its choices are not counted from 0
    """
    if isinstance(action_space, spaces.Discrete | spaces.MultiDiscrete) and np.any(action_space.start):
        raise ValueError(f"choices must be counted from 0, but these are {action_space}; put the env into an action wrapper")
    if isinstance(action_space, spaces.Discrete):
        return (int(action_space.n),)
    if isinstance(action_space, spaces.MultiDiscrete) and action_space.nvec.ndim == 1:
        return tuple(int(n) for n in action_space.nvec)
    raise ValueError(f"a Q-network needs discrete actions, Discrete or MultiDiscrete of one dimension; these are {action_space}")


def q_of_actions(branch_q: th.Tensor, actions: th.Tensor, sizes: tuple[int, ...], taught: tuple[int, ...] = ()) -> th.Tensor:
    """
    Q(s, a) of joint actions: the sum of what each branch adds.

    :param branch_q: (B, sum of sizes), the branches one after another
    :param actions: (B, D) integers, one choice a branch
    :param sizes: of the D branches
    :param taught: branches that add nothing, because they learn from examples and not from rewards
    :return: (B, 1)
    """
    if len(sizes) == 1:
        return branch_q.gather(1, actions)
    parts = [
        each.gather(1, actions[:, d : d + 1]) for d, each in enumerate(th.split(branch_q, list(sizes), dim=1)) if d not in taught
    ]
    return th.cat(parts, dim=1).sum(dim=1, keepdim=True)


def greedy_actions(branch_q: th.Tensor, sizes: tuple[int, ...], taught: tuple[int, ...] = ()) -> tuple[th.Tensor, th.Tensor]:
    """
    The joint action with the highest Q. As Q is a sum over the branches, each branch takes its own best choice.

    :param branch_q: (B, sum of sizes)
    :param sizes: of the D branches
    :param taught: branches that add nothing to Q. They take the choice with the highest output, too
    :return: actions (B, D), and their Q (B, 1)
    """
    best = [each.max(dim=1, keepdim=True) for each in th.split(branch_q, list(sizes), dim=1)]
    if len(best) == 1:
        return best[0].indices, best[0].values
    values = [each.values for d, each in enumerate(best) if d not in taught]
    return th.cat([each.indices for each in best], dim=1), th.cat(values, dim=1).sum(dim=1, keepdim=True)
