"""The loss of REINFORCE: its gradient against exact enumeration, and what each part of it trains."""

import itertools

import pytest
import torch as th

from saccade.agents import REINFORCE
from saccade.agents.episodic.glimpse_episodes import Episodes


def followed(model: REINFORCE, actions: list[tuple[int, int]], label: int, tells: bool) -> tuple[Episodes, th.Tensor, th.Tensor]:
    """One episode with the given actions, their log-probabilities (T,) with graph, and the rewards (T,)."""
    image = th.zeros(1, 1, 4, 8, dtype=th.uint8)
    image[..., 4:] = 60 + 150 * label
    gaze, states, episodes, log_probs, rewards = th.tensor([[-0.5, 0.0]]), model.policy.start_states(1), Episodes(), [], []
    for t, (doing, tile) in enumerate(actions):
        distribution, values, states = model.policy.look({"image": image, "gaze": gaze}, states, th.tensor([float(t == 0)]))
        taken = th.tensor([[doing, tile]])
        episodes.add(distribution, taken, values)
        last = t == len(actions) - 1
        rewards.append(float(doing == label and last))
        episodes.rewards.append(th.tensor([rewards[-1]]))
        log_probs.append(distribution.log_prob(taken)[0])
        gaze = th.tensor([[(-0.5, 0.5)[tile], 0.0]])
    episodes.labels = th.tensor([label]) if tells else None
    return episodes, th.stack(log_probs), th.tensor(rewards)


def gradients(loss: th.Tensor, parameters) -> list[th.Tensor]:
    return th.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_gradient_without_labels_equals_exact_enumeration(length, far_right, reinforce):
    """The expected gradient of the loss equals minus the gradient of the expected return, divided by the number of steps."""
    model = reinforce(far_right(length, tells=False), gamma=1.0, vf_coef=0.0, normalize_advantage=False)
    with th.no_grad():
        for parameter in model.policy.parameters():  # break the symmetry of the initial weights; this includes the baseline
            parameter += 0.3 * th.randn_like(parameter)
    parameters = [p for p in model.policy.parameters() if p.requires_grad]
    expected_return, estimated = th.zeros(()), [th.zeros_like(p) for p in parameters]
    choices = list(itertools.product(range(2), range(2)))
    for actions in itertools.product(choices, repeat=length):
        episodes, log_probs, rewards = followed(model, list(actions), label=1, tells=False)
        probability = log_probs.sum().exp()
        expected_return = expected_return + probability * rewards.sum()
        for total, gradient in zip(estimated, gradients(model.loss(episodes), parameters), strict=True):
            total += probability.detach() * gradient
    exact = gradients(expected_return, parameters)
    assert max(gradient.abs().max() for gradient in exact) > 1e-3
    for ours, truth in zip(estimated, exact, strict=True):
        assert th.allclose(ours, -truth / length, atol=2e-6)


def test_gaze_gradient_with_labels_equals_exact_enumeration(far_right, reinforce):
    """The gains and the final reward of the hybrid loss, enumerated over all gazes and answers."""
    length, coefficient = 3, 0.25
    model = reinforce(far_right(length), gamma=1.0, reinforce_coef=coefficient, gain_coef=0.7, normalize_advantage=False)
    with th.no_grad():
        for parameter in model.policy.parameters():
            parameter += 0.3 * th.randn_like(parameter)
    parameters = list(model.policy.gaze_net.parameters())
    worth, estimated = th.zeros(()), [th.zeros_like(p) for p in parameters]
    for actions in itertools.product(list(itertools.product(range(2), range(2))), repeat=length):
        episodes, log_probs, rewards = followed(model, list(actions), label=0, tells=True)
        likelihoods = th.stack([logits.log_softmax(1)[0, 0] for logits in episodes.action_logits]).detach()
        gained = 0.7 * likelihoods.diff().clamp(-2, 2).sum() + rewards.sum()
        probability = log_probs.sum().exp()
        worth = worth + probability * gained
        for total, gradient in zip(estimated, gradients(model.loss(episodes), parameters), strict=True):
            total += probability.detach() * gradient
    for ours, truth in zip(estimated, gradients(worth, parameters), strict=True):
        assert th.allclose(ours, -coefficient * truth / length, atol=2e-6)
    assert estimated[0].abs().max() > 1e-5


def test_with_labels_only_cross_entropy_trains_the_action_head(far_right, reinforce):
    model = reinforce(far_right(2), vf_coef=0.0, ent_coef=0.5)  # the entropy bonus must not reach the action head
    episodes, _, _ = followed(model, [(0, 1), (1, 0)], label=0, tells=True)
    logits = th.cat(episodes.action_logits)
    expected = th.nn.functional.cross_entropy(logits[1:], th.tensor([0])) + 0.3 * th.nn.functional.cross_entropy(
        logits[:1], th.tensor([0])
    )
    head = list(model.policy.action_net.parameters())
    for ours, truth in zip(gradients(model.loss(episodes), head), gradients(expected, head), strict=True):
        assert th.allclose(ours, truth, atol=1e-7)


@pytest.mark.parametrize("tells", [False, True])
def test_entropy_bonus_covers_what_reinforce_trains_but_not_the_last_gaze(tells, far_right, reinforce):
    plain, curious = (reinforce(far_right(2, tells=tells), ent_coef=weight) for weight in (0.0, 0.5))
    curious.policy.load_state_dict(plain.policy.state_dict())
    losses = [model.loss(followed(model, [(0, 1), (1, 0)], label=0, tells=tells)[0]) for model in (plain, curious)]
    played = followed(plain, [(0, 1), (1, 0)], label=0, tells=tells)[0]
    gazes, actions = (sum(x.item() for x in part) for part in (played.gaze_entropies[:1], played.action_entropies))
    expected = 0.5 * (gazes + (0 if tells else actions)) / 2  # a mean over the steps
    assert (losses[0] - losses[1]).item() == pytest.approx(expected, abs=1e-6)
