import torch as th

from saccade.agents.replay.n_step_return import n_step_return


def test_n_step_returns_by_hand():
    rewards = th.tensor([[1.0, 2.0, 4.0]] * 4)
    stops = th.tensor([[False, False, False], [False, True, False], [True, False, True], [False, False, True]])
    total, steps = n_step_return(rewards, stops, gamma=0.5)
    assert total.tolist() == [3.0, 2.0, 1.0, 3.0]  # 1 + 1 + 1, 1 + 1, 1, 1 + 1 + 1
    assert steps.tolist() == [3, 2, 1, 3]


def test_with_one_step_the_return_is_the_reward():
    total, steps = n_step_return(th.tensor([[2.5], [-1.0]]), th.tensor([[True], [False]]), gamma=0.9)
    assert total.tolist() == [2.5, -1.0]
    assert steps.tolist() == [1, 1]
