"""Jacobians through time of long sequences: exact to many digits, the same in chunks, and within bounded memory."""

import subprocess
import sys

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from saccade.saliency import occlusion_through_time, sequential_jacobian, temporal_norms
from saccade.saliency.readers.head_reader import recurrent_reader

STEP = 2.0**-6  # float32 holds observations and steps exactly
MOST = 2.0  # GB
MEASURED = """
import resource, sys
import numpy as np
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from saccade.saliency import THROUGH_TIME
policy = RecurrentActorCriticPolicy(spaces.Box(-1, 1, (12,), np.float32), spaces.Discrete(29), lambda _: 1e-3)
obs = np.random.default_rng(0).uniform(-1, 1, (512, 12)).astype(np.float32)
THROUGH_TIME[sys.argv[1]](policy, obs, "action")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class Doubled(BaseFeaturesExtractor):
    """Vectors in double precision; SB3 gives single precision to every extractor."""

    def __init__(self, space):
        super().__init__(space, space.shape[0])

    def forward(self, observations):
        return observations.double()


class GruInLstmForm(nn.Module):
    """A GRU that is called as nn.LSTM is; the cell state comes back as it was."""

    def __init__(self, input_size, hidden_size, num_layers):
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.gru = nn.GRU(input_size, hidden_size, num_layers)

    def forward(self, steps, states):
        outputs, hidden = self.gru(steps, states[0].contiguous())
        return outputs, (hidden, states[1])


def exact_policy(memory, layers=1):
    th.manual_seed(0)
    policy = RecurrentActorCriticPolicy(
        spaces.Box(-4, 4, (3,), np.float32),
        spaces.Discrete(3),
        lambda _: 1e-3,
        net_arch=[4],
        ortho_init=False,
        activation_fn=nn.Tanh,
        features_extractor_class=Doubled,
        lstm_hidden_size=5,
        n_lstm_layers=layers,
    )
    if memory == "gru":
        policy.lstm_actor, policy.lstm_critic = (GruInLstmForm(3, 5, layers) for _ in range(2))
    return policy.double()


def head_along(policy, obs, head):
    """(T,) in double precision."""
    reader = recurrent_reader(policy)
    with th.no_grad():
        return reader.values_in_order(reader.features(th.as_tensor(obs)), head).numpy()


def slope(policy, obs, head, direction):
    """Derivative along a direction, with an error of order STEP^4: two central differences, extrapolated (Richardson)."""
    one, two = (
        (head_along(policy, obs + h * direction, head) - head_along(policy, obs - h * direction, head)) / (2 * h)
        for h in (STEP, STEP / 2)
    )
    return (4 * two - one) / 3


@pytest.mark.parametrize(("memory", "layers"), [("lstm", 1), ("lstm", 2), ("gru", 1), ("gru", 2)])
def test_equals_finite_differences_in_double_precision(memory, layers):
    policy = exact_policy(memory, layers)
    steps, random = 12, np.random.default_rng(0)
    obs = (random.integers(-64, 65, (steps, 3)) / 64).astype(np.float32)
    for head in ("value", "action_1"):
        jacobian = sequential_jacobian(policy, obs, head, outputs_at_once=5, frames_at_once=4).numpy()
        for t in (0, 3, 7, 11):
            direction = np.zeros_like(obs)
            direction[t] = random.integers(-4, 5, 3) / 4
            expected = slope(policy, obs, head, direction)
            along = jacobian[:, t] @ direction[t]
            # The gradient passes single precision once, where SB3 casts the observations.
            assert np.allclose(along, expected, atol=3e-7 * np.abs(expected).max() + 1e-9), (head, t)
            assert (expected[:t] == 0).all()


def test_long_sequences_are_the_same_in_chunks():
    policy = exact_policy("lstm")
    obs = np.random.default_rng(0).uniform(-1, 1, (150, 3)).astype(np.float32)
    outputs = [0, 40, 149]
    whole = temporal_norms(policy, obs, "value", outputs=outputs)
    assert np.allclose(
        temporal_norms(policy, obs, "value", outputs=outputs, frames_at_once=7, outputs_at_once=1), whole, atol=1e-12
    )
    hidden = occlusion_through_time(policy, obs, "value", outputs=outputs)
    assert np.allclose(occlusion_through_time(policy, obs, "value", outputs=outputs, rows_at_once=500), hidden, atol=1e-12)


def test_copies_of_a_long_episode_are_bounded(monkeypatch):
    """Where an episode is long, fewer decisions are differentiated together."""
    policy = exact_policy("lstm")
    obs = np.random.default_rng(0).uniform(-1, 1, (40, 3)).astype(np.float32)
    whole = temporal_norms(policy, obs, "value")
    monkeypatch.setattr("saccade.saliency.through_time.sequential_jacobian.ROWS_AT_ONCE", 100)
    largest = []
    unroll = type(recurrent_reader(policy).core).unroll

    def counted(core, features, memory):
        largest.append(len(features[0]))
        return unroll(core, features, memory)

    monkeypatch.setattr("saccade.saliency.readers.recurrent_actor_critic.RecurrentCore.unroll", counted)
    assert np.allclose(temporal_norms(policy, obs, "value"), whole, atol=1e-12)
    assert max(largest) <= 100


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", ["jacobian", "occlusion"])
def test_512_steps_of_a_stock_policy_within_two_gigabytes(method):
    """With 256 units for actor and critic each, and all 512 decisions. A process of its own, because a peak never goes down."""
    done = subprocess.run([sys.executable, "-c", MEASURED, method], capture_output=True, text=True, check=True, timeout=550)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit / 1e9 < MOST
