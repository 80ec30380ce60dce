import numpy as np

from saccade.agents.exploration import epsilon_greedy


def test_with_epsilon_0_the_actions_are_greedy():
    greedy = np.array([2, 0, 1])
    assert epsilon_greedy(greedy, 0.0, 3) is greedy


def test_with_epsilon_1_the_actions_are_uniform():
    np.random.seed(0)
    counts = np.bincount(epsilon_greedy(np.zeros(30_000, dtype=np.int64), 1.0, 3), minlength=3)
    assert np.allclose(counts, 10_000, atol=300)


def test_envs_explore_independently():
    np.random.seed(0)
    actions = np.stack([epsilon_greedy(np.zeros(2, dtype=np.int64), 0.5, 1_000_000) > 0 for _ in range(20_000)])
    assert np.allclose(actions.mean(axis=0), 0.5, atol=0.02)
    assert abs((actions[:, 0] & actions[:, 1]).mean() - 0.25) < 0.02


def test_a_single_action_keeps_its_shape():
    assert epsilon_greedy(np.array(1), 1.0, 4).shape == ()


def test_each_branch_explores_by_itself():
    np.random.seed(0)
    greedy = np.zeros((20_000, 2), dtype=np.int64)
    changed = epsilon_greedy(greedy, 0.5, np.array([2, 5])) != 0
    # A random choice is another one with 1/2 and 4/5: 0.25 and 0.4 of all, and both at once as often as independence says.
    assert np.allclose(changed.mean(axis=0), [0.25, 0.4], atol=0.02)
    assert abs(changed.all(axis=1).mean() - 0.1) < 0.01


def test_each_branch_has_an_epsilon_of_its_own():
    np.random.seed(0)
    greedy = np.zeros((20_000, 2), dtype=np.int64)
    changed = epsilon_greedy(greedy, np.array([0.0, 0.5]), np.array([2, 5])) != 0
    assert not changed[:, 0].any()
    assert abs(changed[:, 1].mean() - 0.4) < 0.02  # a random choice is another one in 4 of 5 cases
    assert epsilon_greedy(greedy, np.zeros(2), np.array([2, 5])) is greedy
