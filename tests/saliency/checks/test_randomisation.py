import gc
from dataclasses import replace

import numpy as np
import pytest
import torch as th
from single_checks import randomised_once
from small_policies import observed, small_policy

from saccade.saliency import explain, heads
from saccade.saliency.checks.random_weights.random_layers import with_random_layers
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.map_making import strength_map
from saccade.saliency.readers.entries import Entries
from saccade.saliency.statistics.similarity import rank_correlation


def test_frozen_layers_are_layers_too():
    policy = small_policy("dqn").requires_grad_(False)
    obs = observed(policy, 2)
    assert len(randomised_once(heads(policy)["q"], obs, jacobian)[-1].layers) == 5
    assert not any(p.requires_grad for p in policy.parameters())


def test_figures_are_those_of_maps_made_by_hand():
    policy = small_policy("dueling")
    obs = observed(policy, 3)
    head = heads(policy)["advantage"]
    first, last = randomised_once(head, obs, jacobian, seed=3)
    assert len(first.layers) == 1
    assert first.layers[0].startswith("q_net.advantage_stream")
    assert first.layers[0] == last.layers[0]
    x = Entries.of(policy, obs).packed()
    other = heads(with_random_layers(policy, list(last.layers), 3))["advantage"]
    theirs = strength_map(jacobian, replace(other, choice=head.at(x).choice), obs)
    assert np.allclose(last.rank_correlation, rank_correlation(strength_map(jacobian, head, obs), theirs))


def test_a_map_of_the_observation_alone_fails_and_one_of_the_network_passes():
    """The check tells an edge detector, which never asks the network, from the Jacobian."""
    policy = small_policy("dqn")
    obs = np.random.default_rng(0).integers(0, 256, (6, 2, 16, 16), dtype=np.uint8)
    head = heads(policy)["q"]
    edges = randomised_once(head, obs, lambda head, obs: th.as_tensor(obs).float().diff(dim=3, prepend=th.zeros(6, 2, 16, 1)))
    assert all(np.allclose(x.rank_correlation, 1) and np.allclose(x.similarity, 1) for x in edges)
    ours = randomised_once(head, obs, jacobian)
    assert ours[-1].rank_correlation.mean() < 0.5
    assert ours[-1].similarity.mean() < 0.5


@pytest.mark.parametrize("family", ["dqn", "recurrent"])
def test_all_that_checks_make_is_freed_at_once(family):
    """Copies of the policy in cycles would stay until the garbage collector comes, and memory would grow event by event."""

    def tensors() -> int:
        return sum(issubclass(type(one), th.Tensor) for one in gc.get_objects())

    policy = small_policy(family)
    obs = observed(policy, 2)
    explain(policy, obs)  # what is made only once
    gc.collect()
    gc.disable()
    try:
        before = tensors()
        explain(policy, obs)
        assert tensors() == before
    finally:
        gc.enable()


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # of torch.compile about tensors of our own derivatives
@pytest.mark.parametrize("change", ["compiled", "bound"])
def test_a_function_in_place_of_a_method_computes_with_the_weights_of_the_copy(change):
    """As ``extractor.forward = torch.compile(extractor.forward)``: copying keeps functions, which hold the first weights."""
    plain, changed = small_policy("dqn"), small_policy("dqn")
    changed.load_state_dict(plain.state_dict())
    extractor = changed.q_net.features_extractor
    extractor.forward = th.compile(extractor.forward, backend="eager") if change == "compiled" else extractor.forward
    obs = observed(plain, 2)
    expected = randomised_once(heads(plain)["q"], obs, jacobian)
    found = randomised_once(heads(changed)["q"], obs, jacobian)
    assert [one.layers for one in found] == [one.layers for one in expected]
    assert not np.allclose(expected[0].rank_correlation, expected[1].rank_correlation)
    for one, other in zip(found, expected, strict=True):
        assert np.allclose(one.rank_correlation, other.rank_correlation, atol=1e-4)
    assert extractor.forward is vars(extractor)["forward"]  # the policy itself stays as it is
