"""The parts of REINFORCE's loss, by hand and against independent formulas."""

import pytest
import torch as th
from torch.nn import functional as F

from saccade.agents.episodic.reinforce_loss import (
    advantages,
    answer_loss,
    information_gains,
    mean_where,
    returns_to_go,
    without_last_gaze,
)


def test_returns_by_hand():
    rewards = th.tensor([[1.0, 0.0], [0.0, 2.0], [4.0, -1.0]])
    assert returns_to_go(rewards).tolist() == [[5, 1], [4, 1], [4, -1]]
    assert returns_to_go(rewards, 0.5).tolist() == [[2, 0.75], [2, 1.5], [4, -1]]
    assert returns_to_go(rewards, 0.0).tolist() == rewards.tolist()


def test_returns_equal_a_product_with_a_triangular_matrix_of_discounts():
    rewards, gamma = th.rand(6, 5), 0.9
    steps = th.arange(6)
    triangle = (gamma ** (steps[None] - steps[:, None]).float()).triu()
    assert th.allclose(returns_to_go(rewards, gamma), triangle @ rewards, atol=1e-6)
    assert th.equal(returns_to_go(rewards[:1]), rewards[:1])


def test_gains_by_hand():
    likelihoods = th.tensor([[-3.0, -1.0], [-0.5, -1.5], [-0.25, -9.0]])
    assert information_gains(likelihoods, 2.0).tolist() == [[2.0, -0.5], [0.25, -2.0], [0.0, 0.0]]


def test_gains_add_up_to_the_total_gain():
    likelihoods = -th.rand(8, 4)
    total = information_gains(likelihoods, 100.0).sum(0)
    assert th.allclose(total, likelihoods[-1] - likelihoods[0], atol=1e-6)
    assert not information_gains(likelihoods[:1], 2.0).any()  # a single glimpse


def test_without_last_gaze_by_hand():
    x = th.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert without_last_gaze(x).tolist() == [[1, 2], [0, 0]]
    assert without_last_gaze(x[:1]).tolist() == [[0, 0]]


def test_advantages_by_hand():
    returns, baselines = th.tensor([[1.0, 3.0]]), th.tensor([[1.0, 1.0]])
    assert th.allclose(advantages(returns, baselines), th.tensor([[0.0, 2.0]]))
    assert advantages(returns, baselines, normalize=False).tolist() == [[0.0, 2.0]]
    assert not advantages(returns, returns).any()  # standard deviation 0


def test_advantages_without_spread_stay_as_they_are():
    single, equal = th.tensor([[0.5]]), th.full((1, 4), -0.1)
    assert th.equal(advantages(single, th.zeros_like(single)), single)
    assert th.equal(advantages(equal + 0.3, th.full_like(equal, 0.3)), equal + 0.3 - 0.3)  # with errors of rounding
    assert float(advantages(th.tensor([[1.0, 1.01]]), th.zeros(1, 2)).max()) == pytest.approx(1.01 / 0.005, rel=1e-3)


def test_advantages_subtract_the_mean_of_the_other_samples():
    returns = th.tensor([[1.0, 2.0, 6.0, 5.0, 5.0, 5.0]])
    given = advantages(returns, th.zeros(1, 6), samples=3, normalize=False)
    assert given.tolist() == [[1 - 4.0, 2 - 3.5, 6 - 1.5, 0.0, 0.0, 0.0]]


def test_advantages_of_samples_with_different_baselines():
    returns, baselines = th.rand(4, 6), th.rand(4, 6)
    given = advantages(returns, baselines, samples=2, normalize=False)
    excess = returns - baselines
    assert th.allclose(given[:, 0], excess[:, 0] - excess[:, 1])
    assert th.allclose(given[:, 5], excess[:, 5] - excess[:, 4])


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_answer_loss_equals_torchs_cross_entropy(weight):
    logits, labels = th.randn(5, 7, 10), th.randint(10, (7,))
    likelihoods = logits.log_softmax(2).gather(2, labels.expand(5, -1)[..., None]).squeeze(2)
    last = F.cross_entropy(logits[-1], labels)
    early = F.cross_entropy(logits[:-1].flatten(0, 1), labels.repeat(4))
    assert th.allclose(answer_loss(likelihoods, weight), last + weight * early)
    assert th.allclose(answer_loss(likelihoods[-1:], weight), last)


def test_mean_of_chosen_steps():
    x, chosen = th.tensor([[1.0, 2.0], [4.0, 9.0]]), th.tensor([[True, False], [True, False]])
    assert mean_where(x, chosen).item() == 2.5
    x, chosen = th.rand(5, 7), th.rand(5, 7) < 0.5
    assert mean_where(x, chosen).item() == pytest.approx(x[chosen].mean().item())


def test_the_mean_of_no_steps_is_0_and_its_gradient_too():
    x = th.rand(2, 3, requires_grad=True)
    mean = mean_where(x, th.zeros(2, 3, dtype=th.bool))
    mean.backward()
    assert mean.item() == 0
    assert x.grad is not None
    assert x.grad.tolist() == [[0.0] * 3] * 2
