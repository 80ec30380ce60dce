"""REINFORCE where things are named in turn: the parts of its loss by hand, and the whole against enumeration."""

import math
from itertools import product

import pytest
import torch as th
from torch.nn import functional as F

from saccade.agents.episodic.naming_loss import (
    before_each_step,
    decisions,
    gains_of_things,
    log_likelihoods,
    mean_of_alike,
    naming_cross_entropy,
    scaled,
)
from saccade.agents.episodic.told_answers import NO_ANSWER


def test_likelihoods_leave_not_yet_out():
    logits, asked = th.randn(4, 5, 4), th.randint(-1, 3, (4, 5))
    found = log_likelihoods(logits, asked)
    for t, i in product(range(4), range(5)):
        right = int(asked[t, i])
        expected = 0.0 if right == NO_ANSWER else float(logits[t, i, right] - logits[t, i, :3].exp().sum().log())
        assert float(found[t, i]) == pytest.approx(expected, abs=1e-6)
    louder = logits.clone()
    louder[..., 3] += 5  # "not yet"
    assert th.allclose(log_likelihoods(louder, asked), found)


def test_decisions_are_marginal_over_the_answers():
    logits, answers = th.randn(3, 6, 5), th.rand(3, 6) < 0.5
    found, entropies = decisions(logits, answers)
    wait = logits.softmax(2)[..., 4]
    assert th.allclose(found.exp(), th.where(answers, 1 - wait, wait), atol=1e-6)
    assert th.allclose(entropies, th.distributions.Bernoulli(probs=wait).entropy(), atol=1e-5)
    certain = th.tensor([[[0.0, 0.0, 200.0]]])
    for answered in (True, False):
        log_probability, entropy = decisions(certain, th.tensor([[answered]]))
        assert log_probability.isfinite().all()
        assert float(entropy) == pytest.approx(0, abs=1e-6)


def test_cross_entropy_by_hand():
    likelihoods = th.tensor([[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]])
    asked = th.tensor([[0, 1], [0, NO_ANSWER], [2, NO_ANSWER]])
    answers = th.tensor([[False, True], [True, False], [True, False]])
    # Given: 2, 3, 5. Put off: 1.
    assert float(naming_cross_entropy(likelihoods, asked, answers, 0.3)) == pytest.approx(10 / 3 + 0.3)
    nothing = th.full_like(asked, NO_ANSWER)
    assert float(naming_cross_entropy(likelihoods, nothing, answers, 0.3)) == 0


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_cross_entropy_of_an_agent_that_answers_at_the_end_is_that_of_a_label(weight):
    logits, labels = th.randn(5, 7, 11), th.randint(10, (7,))
    asked, answers = labels.expand(5, -1), th.zeros(5, 7, dtype=th.bool)
    answers[-1] = True
    expected = F.cross_entropy(logits[-1, :, :10], labels)
    expected = expected + weight * F.cross_entropy(logits[:-1, :, :10].flatten(0, 1), labels.repeat(4))
    found = naming_cross_entropy(log_likelihoods(logits, asked), asked, answers, weight)
    assert th.allclose(found, expected)


def test_gains_by_hand():
    likelihoods = th.tensor([[-2.0], [-0.5], [-1.0], [0.0]])
    asked = th.tensor([[4], [4], [7], [NO_ANSWER]])
    answers = th.tensor([[False], [True], [True], [False]])
    # Of the 4: 1.5. Then of the 7, which was one of ten before: ln 10 - 1. Then nothing is asked.
    found = gains_of_things(likelihoods, asked, answers, 10, 2.0)
    assert found[:, 0].tolist() == pytest.approx([1.5, math.log(10) - 1, 0, 0])
    assert gains_of_things(likelihoods, asked, answers, 10, 1.0).max() == 1


def test_gains_of_each_thing_add_up_to_what_is_known_in_the_end():
    """The first thing has a gain from its first look on, each later one from no knowledge at all."""
    likelihoods = -th.rand(9, 1)
    asked = th.tensor([3, 3, 3, 5, 5, 5, 5, 0, NO_ANSWER])[:, None]
    answers = th.tensor([0, 0, 1, 0, 0, 0, 1, 1, 0], dtype=th.bool)[:, None]
    gains = gains_of_things(likelihoods, asked, answers, 10, 100.0)
    log = likelihoods[:, 0]
    assert float(gains.sum()) == pytest.approx(float(log[2] - log[0] + log[6] + log[7] + 2 * math.log(10)), abs=1e-5)


def test_mean_of_alike_by_hand():
    returns = th.tensor([[1.0, 3.0, 5.0, 7.0], [0.0, 2.0, 4.0, 6.0]])
    named = th.tensor([[0, 0, 0, 0], [1, 1, 0, 1]])
    failed = th.tensor([[0, 0, 0, 0], [0, 0, 0, 1]], dtype=th.bool)
    assert mean_of_alike(returns, named, failed).tolist() == [[4, 4, 4, 4], [1, 1, 4, 6]]


def test_counts_and_scales_by_hand():
    said = th.tensor([[True, False], [True, True], [False, False]])
    assert before_each_step(said).tolist() == [[0, 0], [1, 0], [2, 1]]
    excess, chosen = th.tensor([[3.0, -1.0], [9.0, -2.0]]), th.tensor([[True, True], [False, True]])
    assert scaled(excess, chosen, False).tolist() == [[3, -1], [0, -2]]
    deviation = th.tensor([3.0, -1.0, -2.0]).std(unbiased=False)
    assert th.allclose(scaled(excess, chosen, True), th.tensor([[3.0, -1.0], [0.0, -2.0]]) / deviation)
    assert not scaled(excess, th.zeros_like(chosen), True).any()


def test_the_gradient_of_decisions_is_that_of_the_expected_reward():
    """
    Two steps, one thing. Answering at the first step is right with probability 0.5, at the second with 0.9, and waiting twice
    earns nothing. The mean of log-probability times return, over all decisions with their probabilities, has the gradient of the
    expected reward.
    """
    logits = th.tensor([[0.3, -0.2], [0.1, 0.4]], requires_grad=True)  # of two steps: the only answer, "not yet"
    right = (0.5, 0.9)
    expected, surrogate = th.zeros(()), th.zeros(())
    for first, second in product((True, False), repeat=2):
        answers = th.tensor([[first], [second]])
        logs, _ = decisions(logits[:, None], answers)
        reward = right[0] if first else right[1] if second else 0.0
        path = logs[0, 0] + (0 if first else logs[1, 0])
        if first and not second:
            continue  # nothing is asked at the second step, so it is one case with the other
        expected = expected + path.exp() * reward
        surrogate = surrogate + path.exp().detach() * path * reward
    (by_formula,) = th.autograd.grad(expected, logits, retain_graph=True)
    (by_reinforce,) = th.autograd.grad(surrogate, logits)
    assert th.allclose(by_formula, by_reinforce, atol=1e-6)
    waits = logits.detach().softmax(1)[:, 1]
    by_hand = (1 - waits[0]) * 0.5 + waits[0] * (1 - waits[1]) * 0.9
    assert float(expected.detach()) == pytest.approx(float(by_hand))


def test_a_single_chosen_step_keeps_its_advantage():
    excess, chosen = th.tensor([[0.5], [3.0]]), th.tensor([[True], [False]])
    assert scaled(excess, chosen, normalize=True).tolist() == [[0.5], [0.0]]
