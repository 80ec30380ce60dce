import gc
from dataclasses import replace

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from single_checks import randomised_once
from small_policies import POLICIES, observed, small_policy
from stable_baselines3 import PPO
from stable_baselines3.common.envs import FakeImageEnv
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from saccade.saliency import explain, heads
from saccade.saliency.checks.randomisation import layers_from_head, with_random_layers
from saccade.saliency.errors import UnknownPolicyError
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.map_making import strength_map
from saccade.saliency.readers.entries import Entries
from saccade.saliency.statistics.similarity import rank_correlation


def layers(family: str, head: str) -> list[str]:
    policy = small_policy(family)
    return layers_from_head(heads(policy)[head], Entries.of(policy, observed(policy, 1)))


def test_layers_come_from_the_head_down_and_are_its_own():
    trunk = [f"q_net.features_extractor.network.{i}" for i in (5, 2, 0)]
    assert layers("dqn", "q") == ["q_net.q_net.2", "q_net.q_net.0", *trunk]
    assert layers("dueling", "gap")[0].startswith("q_net.advantage_stream")
    assert not any("value_stream" in name for name in layers("dueling", "gap"))
    value = layers("separate", "value")
    assert value[0] == "value_net"
    assert value[-1] == "vf_features_extractor.network.0"
    assert not any(name.startswith(("pi_", "action_net")) for name in value)
    assert layers("recurrent", "action")[:2] == ["action_net", "mlp_extractor.policy_net.0"]
    assert "lstm_actor" in layers("recurrent", "action")
    assert "lstm_critic" not in layers("recurrent", "action")


def test_frozen_layers_are_layers_too():
    policy = small_policy("dqn").requires_grad_(False)
    obs = observed(policy, 2)
    assert len(randomised_once(heads(policy)["q"], obs, jacobian)[-1].layers) == 5
    assert not any(p.requires_grad for p in policy.parameters())


class Attending(BaseFeaturesExtractor):
    """Attention takes the weights of its output layer without calling that layer."""

    def __init__(self, space):
        super().__init__(space, 4)
        self.embedding = nn.Linear(1, 4)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, observations):
        tokens = self.embedding(observations[..., None])
        return self.attention(tokens, tokens, tokens)[0].mean(1)


class Scripted(BaseFeaturesExtractor):
    """TorchScript takes no hooks."""

    def __init__(self, space):
        super().__init__(space, 4)
        self.network = th.jit.script(nn.Sequential(nn.Linear(18, 4), nn.Tanh()))

    def forward(self, observations):
        return self.network(observations)


@pytest.mark.parametrize(
    ("extractor", "own"),
    [(Attending, ["attention.out_proj", "attention", "embedding"]), (Scripted, ["network.0"])],
)
def test_layers_that_are_not_called_themselves_get_random_weights_too(extractor, own):
    env = FakeImageEnv(screen_height=3, screen_width=6, n_channels=1, discrete=True)
    env.observation_space = spaces.Box(-1, 1, (18,))
    policy = PPO("MlpPolicy", env, policy_kwargs={"features_extractor_class": extractor, "net_arch": []}, device="cpu").policy
    obs = np.random.default_rng(0).uniform(-1, 1, (2, 18)).astype(np.float32)
    found = layers_from_head(heads(policy)["value"], Entries.of(policy, obs))
    assert found == ["value_net", *(f"features_extractor.{name}" for name in own)]
    assert explain(policy, obs, ("value",)).trust[0].random_all


@pytest.mark.parametrize("family", POLICIES)
def test_every_policy_can_be_copied_and_stays_as_it_is(family):
    """Also after it has been asked, when SB3's distributions hold graphs."""
    policy = small_policy(family)
    obs = observed(policy, 2)
    for head in heads(policy).values():
        head(Entries.of(policy, obs).packed())
    before = {name: x.clone() for name, x in policy.named_parameters()}
    state = th.get_rng_state()
    names = layers_from_head(heads(policy)["value" if "value" in heads(policy) else "q"], Entries.of(policy, obs))
    other = with_random_layers(policy, names)
    assert th.equal(th.get_rng_state(), state)
    assert all(th.equal(x, before[name]) for name, x in policy.named_parameters())
    changed = {name.rpartition(".")[0] for name, x in other.named_parameters() if not th.equal(x, before[name])}
    assert changed == set(names)
    again = dict(with_random_layers(policy, names).named_parameters())
    assert all(th.equal(x, again[name]) for name, x in other.named_parameters())


def test_weights_keep_their_size():
    policy = small_policy("dqn")
    before = policy.q_net.q_net[0].weight
    after = with_random_layers(policy, ["q_net.q_net.0"]).q_net.q_net[0].weight
    assert after.std().item() == pytest.approx(before.std().item(), rel=0.15)
    assert not np.isclose(np.corrcoef(after.detach().flatten(), before.detach().flatten())[0, 1], 1, atol=0.5)


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


def test_a_function_that_cannot_be_copied_with_its_network_is_refused():
    policy = small_policy("dqn")
    extractor = policy.q_net.features_extractor
    before = extractor.forward
    extractor.forward = lambda seen: before(seen)
    line = r"^q_net.features_extractor.forward is a function that holds a part of the network, so a copy with random weights cannot"
    with pytest.raises(UnknownPolicyError, match=line):
        with_random_layers(policy, [])
    extractor.forward = lambda seen: nn.functional.relu(seen)  # holds nothing
    with_random_layers(policy, [])
