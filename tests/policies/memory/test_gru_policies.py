"""GRU policies: against torch's GRU step by step, in stock RecurrentPPO, saved and loaded, and under the Jacobian through time."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from random_observations import RandomObservations
from sb3_contrib import RecurrentPPO
from stable_baselines3.common.vec_env import DummyVecEnv
from torch import nn

from saccade.policies import CnnGruPolicy, MlpGruPolicy, MultiInputGruPolicy
from saccade.policies.memory.gru import Gru
from saccade.saliency import heads
from saccade.saliency.loading.saved_policy import load_policy
from saccade.saliency.through_time.sequential_jacobian import sequential_jacobian

VECTOR = spaces.Box(-1, 1, (3,), np.float32)
IMAGE = spaces.Box(0, 255, (1, 36, 36), np.uint8)
KINDS = {
    "vector": (MlpGruPolicy, VECTOR, {}),
    "image": (CnnGruPolicy, IMAGE, {"features_extractor_kwargs": {"features_dim": 8}}),
    "dict": (MultiInputGruPolicy, spaces.Dict({"where": VECTOR, "which": spaces.Discrete(3)}), {}),
}
STEP = 1e-2  # float32, so no smaller
MEMORIES = {
    "two": {},
    "shared": {"shared_lstm": True, "enable_critic_lstm": False},
    "actor": {"enable_critic_lstm": False, "n_lstm_layers": 2},
}


def made(kind: str, memory: str = "two", **more) -> RecurrentPPO:
    policy, space, keywords = KINDS[kind]
    env = DummyVecEnv([lambda: RandomObservations(space)] * 2)
    keywords = {**keywords, **MEMORIES[memory], "lstm_hidden_size": 5, **more}
    return RecurrentPPO(policy, env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu", policy_kwargs=keywords)


def test_it_computes_what_torchs_gru_computes_and_carries_the_cell():
    th.manual_seed(0)
    ours, cell = Gru(3, 4, 2), th.randn(2, 5, 4)
    theirs = nn.GRU(3, 4, 2)
    theirs.load_state_dict(ours.gru.state_dict())
    steps, hidden = th.randn(6, 5, 3), th.randn(2, 5, 4)
    outputs, (after, carried) = ours(steps, (hidden, cell))
    expected, last = theirs(steps, hidden)
    assert th.equal(outputs, expected)
    assert th.equal(after, last)
    assert carried is cell


def test_a_step_by_hand():
    """Cho et al. 2014: r and z between 0 and 1, h' = (1 - z) tanh(W x + r U h) + z h."""
    gru = Gru(1, 1)
    with th.no_grad():
        for name, values in {"weight_ih_l0": [0.5, -1.0, 2.0], "weight_hh_l0": [1.0, 0.3, -0.7]}.items():
            getattr(gru.gru, name).copy_(th.tensor(values)[:, None])
        gru.gru.bias_ih_l0.zero_()
        gru.gru.bias_hh_l0.zero_()
    x, h = 0.8, -0.4
    r, z = (1 / (1 + np.exp(-a)) for a in (0.5 * x + h, -x + 0.3 * h))
    expected = (1 - z) * np.tanh(2 * x + r * -0.7 * h) + z * h
    output, _ = gru(th.tensor([[[x]]]), (th.tensor([[[h]]]), th.zeros(1, 1, 1)))
    assert output.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("kind", "memory"), [("vector", "two"), ("vector", "shared"), ("image", "actor"), ("dict", "shared")])
def test_stock_recurrent_ppo_trains_them_and_a_file_gives_them_back(kind, memory, tmp_path):
    model = made(kind, memory)
    grus = [module for module in model.policy.modules() if isinstance(module, Gru)]
    assert len(grus) == (2 if memory == "two" else 1)
    assert not any(isinstance(module, nn.LSTM) for module in model.policy.modules())
    before = [p.detach().clone() for gru in grus for p in gru.parameters()]
    model.learn(64)
    after = [p for gru in grus for p in gru.parameters()]
    assert any(not th.equal(x, y) for x, y in zip(before, after, strict=True))
    model.save(tmp_path / "model.zip")
    model.policy.save(tmp_path / "policy.pth")
    obs = model.env.reset()
    expected, memory_after = model.predict(obs, deterministic=True)
    loaded = [RecurrentPPO.load(tmp_path / "model.zip").policy, type(model.policy).load(tmp_path / "policy.pth")]
    for policy in (*loaded, load_policy(tmp_path / "model.zip", device="cpu")):
        assert type(policy) is type(model.policy)
        actions, memory_there = policy.predict(obs, deterministic=True)
        assert (actions == expected).all()
        assert np.array_equal(memory_there[0], memory_after[0])


@pytest.mark.parametrize("memory", sorted(MEMORIES))
def test_the_jacobian_through_time_equals_finite_differences(memory):
    policy = made("vector", memory, net_arch=[6]).policy
    with th.no_grad():
        policy.action_net.weight.mul_(100)  # SB3 makes it tiny
    obs = np.random.default_rng(1).uniform(-1, 1, (6, 3)).astype(np.float32)
    starts = np.array([1, 0, 0, 0, 1, 0], dtype=bool)
    assert list(heads(policy)) == ["value", "action", "entropy", "action_0", "action_1"]
    for head in ("value", "action"):
        found = sequential_jacobian(policy, obs, head, starts)
        expected = np.zeros((6, 6, 3))
        for t in range(6):
            for i in range(3):
                shifted = [along(policy, obs, t, i, step, starts, head) for step in (STEP, -STEP)]
                expected[:, t, i] = (shifted[0] - shifted[1]) / (2 * STEP)
        assert np.abs(np.asarray(found) - expected).max() < 2e-3 * np.abs(expected).max()
        assert np.abs(expected[3, 0]).max() > 0 or (memory == "actor" and head == "value")  # there is a memory


def along(policy, obs: np.ndarray, t: int, i: int, step: float, starts: np.ndarray, head: str) -> np.ndarray:
    """A head at every step of the play, with one number of one observation changed, through sb3-contrib's own functions."""
    changed = obs.copy()
    changed[t, i] += step
    shape = (policy.lstm_actor.num_layers, 1, 5)
    states = tuple(th.zeros(shape, dtype=th.float32) for _ in range(2))
    values = []
    base = states
    for now, plain, start in zip(changed, obs, starts, strict=True):
        begins = th.tensor([float(start)], dtype=th.float32)
        with th.no_grad():
            if head == "value":
                values.append(policy.predict_values(th.from_numpy(now[None]), states, begins).item())
                states = _next(policy, policy.lstm_critic or policy.lstm_actor, now, states, begins)
            else:
                distribution, states = policy.get_distribution(th.from_numpy(now[None]), states, begins)
                logits = distribution.distribution.logits[0].clone()  # SB3 fills the same object again
                likes, base = policy.get_distribution(th.from_numpy(plain[None]), base, begins)
                values.append(logits[likes.distribution.logits[0].argmax()].item())
    return np.array(values)


def _next(policy, gru, now, states, begins):
    features = policy.extract_features(th.from_numpy(now[None]))
    features = features[1] if isinstance(features, tuple) else features
    return policy._process_sequence(features, states, begins, gru)[1]
