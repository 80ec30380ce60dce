"""Log-probabilities, entropies, samples and modes against torch.distributions."""

import math

import pytest
import torch as th
from torch.distributions import Categorical, Independent, MultivariateNormal, Normal

from saccade.policies.gaze_distribution import CategoricalGaussianDistribution, TilesDistribution

LOGITS = th.tensor([[0.0, 1.0, -2.0], [0.5, 0.5, 3.0]])
MEAN = th.tensor([[0.1, -0.4], [0.9, 0.0]])


def hybrid(std: float = 0.2) -> CategoricalGaussianDistribution:
    return CategoricalGaussianDistribution(3).proba_distribution(LOGITS, MEAN, th.tensor(std).log())


def test_hybrid_log_probability_against_torch():
    actions = th.tensor([[2.0, 0.3, -0.4], [0.0, 1.4, -0.2]])
    expected = Categorical(logits=LOGITS).log_prob(actions[:, 0].long()) + MultivariateNormal(MEAN, 0.04 * th.eye(2)).log_prob(
        actions[:, 1:]
    )
    assert th.allclose(hybrid().log_prob(actions), expected, atol=1e-5)
    split = hybrid().action_log_prob(actions) + hybrid().gaze_log_prob(actions)
    assert th.allclose(split, expected, atol=1e-5)


def test_hybrid_log_probability_by_hand():
    distribution = CategoricalGaussianDistribution(2).proba_distribution(th.zeros(1, 2), th.zeros(1, 2), th.tensor(0.0))
    given = distribution.log_prob(th.tensor([[1.0, 1.0, 2.0]]))
    assert given.item() == pytest.approx(math.log(0.5) - math.log(2 * math.pi) - (1 + 4) / 2, rel=1e-6)


def test_hybrid_entropy_and_sample_statistics():
    expected = Categorical(logits=LOGITS).entropy() + Independent(Normal(MEAN, 0.2), 1).entropy()
    assert th.allclose(hybrid().entropy(), expected, atol=1e-6)
    th.manual_seed(0)
    many = th.stack([hybrid().sample() for _ in range(4000)])
    assert many.shape == (4000, 2, 3)
    assert set(many[..., 0].unique().tolist()) == {0, 1, 2}
    assert th.allclose(many[..., 1:].mean(0), MEAN, atol=0.015)
    assert th.allclose(many[..., 1:].std(0), th.tensor(0.2), atol=0.01)
    assert (th.stack([many[:, 0, 0] == i for i in range(3)]).float().mean(1) - LOGITS[0].softmax(0)).abs().max() < 0.03
    surprise = -th.stack([hybrid().log_prob(sample) for sample in many]).mean(0)
    assert th.allclose(surprise, hybrid().entropy(), atol=0.1)


def test_hybrid_mode_and_gradients():
    assert th.equal(hybrid().mode(), th.tensor([[1.0, 0.1, -0.4], [2.0, 0.9, 0.0]]))
    mean = MEAN.clone().requires_grad_()
    distribution = CategoricalGaussianDistribution(3).proba_distribution(LOGITS, mean, th.tensor(-1.0))
    sample = distribution.sample()
    assert not sample.requires_grad
    distribution.gaze_log_prob(sample).sum().backward()
    assert th.allclose(mean.grad, (sample[:, 1:] - MEAN) / math.exp(-2), rtol=1e-4)


def test_hybrid_log_prob_from_params():
    th.manual_seed(0)
    actions, log_probs = CategoricalGaussianDistribution(3).log_prob_from_params(LOGITS, MEAN, th.tensor(0.2).log())
    assert th.equal(log_probs, hybrid().log_prob(actions))


def test_tiles_distribution_against_torch():
    tiles = th.tensor([[0.0, 0.1, 0.2, 0.3], [2.0, 0.0, 0.0, -1.0]])
    distribution = TilesDistribution(3, 4).proba_distribution(LOGITS, tiles)
    actions = th.tensor([[2, 3], [0, 1]])
    expected = LOGITS.log_softmax(1)[[0, 1], [2, 0]] + tiles.log_softmax(1)[[0, 1], [3, 1]]
    assert th.allclose(distribution.log_prob(actions), expected)
    assert th.allclose(distribution.log_prob(actions.float()), expected)  # SB3's buffer returns floats
    assert th.allclose(distribution.entropy(), Categorical(logits=LOGITS).entropy() + Categorical(logits=tiles).entropy())
    assert distribution.mode().tolist() == [[1, 3], [2, 0]]
    th.manual_seed(0)
    many = th.stack([distribution.sample() for _ in range(4000)])
    shares = th.stack([(many[:, 1, 1] == i).float().mean() for i in range(4)])
    assert (shares - tiles[1].softmax(0)).abs().max() < 0.03
    actions, log_probs = TilesDistribution(3, 4).log_prob_from_params(LOGITS, tiles)
    assert th.equal(log_probs, distribution.log_prob(actions))


WITH_NOT_YET = th.tensor([[0.2, 0.25, 0.15, 0.4], [0.1, 0.2, 0.1, 0.6]]).log()  # the last index is "not yet"


def test_whether_to_answer_is_decided_before_which_answer():
    """Answers of 0.2, 0.25 and 0.15 together are likelier than "not yet" with 0.4, which is the likeliest index."""
    distribution = CategoricalGaussianDistribution(4).proba_distribution(WITH_NOT_YET, th.zeros(2, 2), th.tensor(0.0))
    assert distribution.mode()[:, 0].tolist() == [3, 3]
    distribution.waits = True
    distribution.proba_distribution(WITH_NOT_YET, th.zeros(2, 2, 2), th.tensor(0.0))
    assert distribution.mode()[:, 0].tolist() == [1, 3]
    tiles = TilesDistribution(4, 3)
    tiles.waits = True
    assert tiles.proba_distribution(WITH_NOT_YET, th.zeros(2, 2, 3)).mode()[:, 0].tolist() == [1, 3]


def test_who_answers_looks_elsewhere_than_who_waits():
    distribution = CategoricalGaussianDistribution(4)
    distribution.waits = True
    mean = th.tensor([[[0.5, 0.0], [-0.5, 0.1]], [[0.3, 0.3], [-0.3, -0.2]]], requires_grad=True)
    distribution.proba_distribution(WITH_NOT_YET, mean, th.tensor(-2.0))
    assert distribution.mode().tolist() == [[1.0, 0.5, 0.0], pytest.approx([3.0, -0.3, -0.2])]
    actions = th.tensor([[3.0, 0.2, 0.2], [0.0, 0.2, 0.2]])
    of_decision = Normal(th.stack([mean[0, 1], mean[1, 0]]), th.tensor(-2.0).exp())
    assert th.allclose(distribution.gaze_log_prob(actions), of_decision.log_prob(actions[:, 1:]).sum(1))
    (gradient,) = th.autograd.grad(distribution.log_prob(actions).sum(), mean)
    assert (gradient.abs().sum(2) > 0).tolist() == [[False, True], [True, False]]  # what was not decided learns nothing
    drawn = distribution.sample()
    means = mean[range(2), (drawn[:, 0] == 3).long().tolist()]
    assert ((drawn[:, 1:] - means).abs() < 1).all()  # 7 standard deviations


def test_tiles_of_who_answers_and_of_who_waits():
    tiles = TilesDistribution(4, 3)
    tiles.waits = True
    of_tiles = th.tensor([[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]]).log()
    tiles.proba_distribution(WITH_NOT_YET[:1], of_tiles)
    logs = [tiles.gaze_log_prob(th.tensor([[index, 2]])).exp().item() for index in range(4)]
    assert logs == pytest.approx([0.25, 0.25, 0.25, 0.8])
    entropies = Categorical(logits=of_tiles[0]).entropy()
    assert tiles.gaze_entropy().item() == pytest.approx((0.6 * entropies[0] + 0.4 * entropies[1]).item())
    # The entropy of index and tile together, by counting all pairs.
    pairs = th.tensor([[index, tile] for index in range(4) for tile in range(3)])
    together = TilesDistribution(4, 3)
    together.waits = True
    together.proba_distribution(WITH_NOT_YET[:1].expand(12, -1), of_tiles.expand(12, -1, -1))
    probabilities = together.log_prob(pairs).exp()
    assert probabilities.sum().item() == pytest.approx(1)
    assert tiles.entropy().item() == pytest.approx(-(probabilities * probabilities.log()).sum().item())
