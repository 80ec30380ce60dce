"""MlpLongLstmPolicy: how much it keeps, what differs from the stock policy, saved and loaded, its Jacobian through time."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib import RecurrentPPO
from sb3_contrib.ppo_recurrent.policies import MlpLstmPolicy
from torch import nn

from saccade.agents import REINFORCE
from saccade.policies import MlpLongLstmPolicy
from saccade.policies.memory.long_lstm_policy import open_forget_gates
from saccade.saliency.loading.saved_policy import load_policy
from saccade.saliency.through_time.sequential_jacobian import temporal_norms

SEEN, ACTIONS = spaces.Box(-1, 1, (3,), np.float32), spaces.Discrete(2)
SMALL = {"lstm_hidden_size": 5, "net_arch": []}


def made(policy, **keywords):
    th.manual_seed(0)
    return policy(SEEN, ACTIONS, lambda _: 1e-3, **SMALL, **keywords)


def test_a_cell_with_a_bias_keeps_what_its_gate_lets_through():
    lstm = nn.LSTM(1, 4, num_layers=2)
    for weights in lstm.parameters():
        nn.init.zeros_(weights)
    open_forget_gates(lstm, 2.0)
    before = th.ones(2, 1, 4)
    _, (_, cell) = lstm(th.zeros(3, 1, 1), (before, before))
    # Without inputs the cell is multiplied by the forget gate at each step.
    np.testing.assert_allclose(cell.detach(), np.full((2, 1, 4), (1 / (1 + np.exp(-2.0))) ** 3), rtol=1e-5)


@pytest.mark.parametrize("memory", [{}, {"shared_lstm": True, "enable_critic_lstm": False}])
def test_only_the_forget_gates_differ_from_the_stock_policy(memory):
    stock, ours = made(MlpLstmPolicy, **memory), made(MlpLongLstmPolicy, forget_bias=1.5, **memory)
    for (name, before), after in zip(stock.state_dict().items(), ours.state_dict().values(), strict=True):
        expected = th.zeros_like(before)
        if "bias_hh" in name:
            expected[5:10] = 1.5
        th.testing.assert_close(after - before, expected, atol=1e-6, rtol=0)


def test_it_is_saved_and_loaded_with_what_it_has_learned(tmp_path):
    model = RecurrentPPO(
        MlpLongLstmPolicy, "CartPole-v1", n_steps=8, batch_size=8, n_epochs=1, seed=0, device="cpu", policy_kwargs=SMALL
    )
    model.learn(8)
    model.save(tmp_path / "model")
    loaded = load_policy(tmp_path / "model.zip", "cpu")
    assert isinstance(loaded, MlpLongLstmPolicy)
    for before, after in zip(model.policy.parameters(), loaded.parameters(), strict=True):
        assert (before == after).all()
    model.policy.save(tmp_path / "policy")
    assert MlpLongLstmPolicy.load(tmp_path / "policy").forget_bias == 2.0


def test_its_gradient_comes_back_from_farther_away():
    seen = np.random.default_rng(0).uniform(-1, 1, (40, 3)).astype(np.float32)
    far = [temporal_norms(made(policy), seen, outputs=[39])[0, 0] for policy in (MlpLstmPolicy, MlpLongLstmPolicy)]
    assert far[1] > 1000 * far[0]


def test_reinforce_knows_it_by_name():
    assert REINFORCE.policy_aliases["MlpLongLstmPolicy"] is MlpLongLstmPolicy


def test_an_lstm_without_biases_has_none_to_open():
    with pytest.raises(ValueError, match="bias=False"):
        made(MlpLongLstmPolicy, lstm_kwargs={"bias": False})
