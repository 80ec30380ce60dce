"""The networks on whole canvases: answers after each look, the loss by hand, and what each costs."""

import math
from functools import partial

import pytest
import torch as th

from saccade.experiments.scoring.multiply_adds import multiply_adds
from saccade.experiments.whole_image.looks import EARLY_WEIGHT, answers_of, loss_of
from saccade.experiments.whole_image.networks import NETWORKS, make_network


@pytest.mark.parametrize("name", sorted(NETWORKS))
@pytest.mark.parametrize("size", [28, 41])
def test_answers_after_each_look(name, size):
    th.manual_seed(0)
    network = make_network(name, size, 10, 3, {})
    answers = answers_of(network, th.rand(2, 1, size, size))
    assert answers.shape == (1 if name == "cnn" else 3, 2, 10)
    labels = th.tensor([[3], [7]])
    loss_of(answers, labels).backward()
    assert all(weights.grad is not None for weights in network.parameters())


def test_the_loss_by_hand():
    answers = th.tensor([[[0.0, 0.0]], [[math.log(3.0), 0.0]], [[0.0, math.log(3.0)]]])  # three looks at one canvas
    early = (math.log(2) + math.log(4 / 3)) / 2  # the right class has probabilities 1/2, 3/4 and 1/4
    assert loss_of(answers, th.tensor([[0]])).item() == pytest.approx(math.log(4) + EARLY_WEIGHT * early)
    once = th.randn(1, 5, 4)
    labels = th.tensor([0, 1, 2, 3, 0])
    assert loss_of(once, labels[:, None]).item() == pytest.approx(th.nn.functional.cross_entropy(once[0], labels).item())


def test_the_window_has_the_weights_of_the_hard_agents_network():
    """As many in the glimpse network, the core and the answer: only the head that says where to look has other outputs."""
    from gymnasium import spaces

    from saccade.envs.gaze import Gaze
    from saccade.policies import GlimpsePolicy

    gaze = Gaze(spaces.Discrete(10), spaces.Box(0, 255, (1, 60, 60), "uint8"))
    policy = GlimpsePolicy(gaze.observation_space, gaze.action_space, lambda _: 1e-3)
    hard = {
        "glimpse_network": policy.features_extractor.glimpse_network,
        "core": policy.lstm_actor,
        "answer": policy.action_net,
    }
    for name in ("window", "bilinear"):
        network = make_network(name, 60, 10, 8, {})
        for part, of_policy in hard.items():
            assert [x.shape for x in getattr(network, part).parameters()] == [x.shape for x in of_policy.parameters()]


def test_what_grows_with_the_canvas():
    """The retina reads as many pixels of a large canvas as of a small one. All others grow."""
    grown = {}
    for name in NETWORKS:
        counts = []
        for size in (48, 96):
            network, canvas = make_network(name, size, 10, 2, {}), th.zeros(1, 1, size, size)
            counts.append(multiply_adds(partial(network, canvas)))
        grown[name] = counts[1] / counts[0]
    assert grown["bilinear"] == 1
    assert 1 < grown["window"] < 1.5
    assert grown["cnn"] == pytest.approx(4, rel=0.02)
    assert 2 < grown["soft"] < 4
