from itertools import product

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.policies import branch_sizes, greedy_actions, q_of_actions


def test_by_hand():
    # Two branches of 2 and 3 choices. The best is choice 1 (5) and choice 0 (4); the action (0, 2) has 1 + 3.
    branch_q = th.tensor([[1.0, 5.0, 4.0, -2.0, 3.0]])
    actions, values = greedy_actions(branch_q, (2, 3))
    assert actions.tolist() == [[1, 0]]
    assert values.tolist() == [[9.0]]
    assert q_of_actions(branch_q, th.tensor([[0, 2]]), (2, 3)).tolist() == [[4.0]]


def test_a_branch_that_is_taught_is_chosen_and_adds_nothing():
    branch_q = th.tensor([[1.0, 5.0, 4.0, -2.0, 3.0]])
    actions, values = greedy_actions(branch_q, (2, 3), taught=(1,))
    assert actions.tolist() == [[1, 0]]
    assert values.tolist() == [[5.0]]
    assert q_of_actions(branch_q, th.tensor([[0, 2]]), (2, 3), taught=(1,)).tolist() == [[1.0]]


def test_the_greedy_action_is_the_best_of_all_joint_actions():
    sizes = (2, 4, 3)
    branch_q = th.randn(20, sum(sizes), generator=th.Generator().manual_seed(0))
    joint = th.tensor(list(product(*map(range, sizes))))
    every = th.cat([q_of_actions(branch_q, each.expand(20, 3), sizes) for each in joint], dim=1)
    actions, values = greedy_actions(branch_q, sizes)
    assert th.allclose(values.squeeze(1), every.max(dim=1).values)
    assert th.equal(actions, joint[every.argmax(dim=1)])
    assert th.allclose(q_of_actions(branch_q, actions, sizes), values)


def test_one_branch_is_a_plain_maximum():
    q = th.randn(5, 3)
    actions, values = greedy_actions(q, (3,))
    assert th.equal(actions, q.argmax(dim=1, keepdim=True))
    assert th.equal(values, q.amax(dim=1, keepdim=True))
    assert th.equal(q_of_actions(q, actions, (3,)), q.gather(1, actions))


def test_sizes():
    assert branch_sizes(spaces.Discrete(4)) == (4,)
    assert branch_sizes(spaces.MultiDiscrete([2, 3])) == (2, 3)
    for space in (spaces.MultiBinary(2), spaces.Box(0, 1, (2,), np.float32), spaces.MultiDiscrete([[2, 3], [4, 5]])):
        with pytest.raises(ValueError, match="needs discrete actions"):
            branch_sizes(space)
    for space in (spaces.MultiDiscrete([2, 3], start=[0, 1]), spaces.Discrete(3, start=5)):
        with pytest.raises(ValueError, match="choices must be counted from 0"):
            branch_sizes(space)
