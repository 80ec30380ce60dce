import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from small_policies import POLICIES, observed, small_policy
from stable_baselines3 import PPO
from stable_baselines3.common.envs import FakeImageEnv
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from saccade.saliency import explain, heads
from saccade.saliency.checks.random_weights.random_layers import layers_from_head, with_random_layers
from saccade.saliency.errors import UnknownPolicyError
from saccade.saliency.readers.entries import Entries


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
