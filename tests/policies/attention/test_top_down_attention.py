"""An LSTM that asks, alone and in sb3-contrib's policy."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib import RecurrentPPO
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3.common.envs import FakeImageEnv
from stable_baselines3.common.torch_layers import NatureCNN

from saccade.policies import SoftAttentionLstmPolicy
from saccade.policies.attention.soft_attention import answers_to, soft_weights
from saccade.policies.attention.top_down_attention import TopDownLstm
from saccade.saliency import NoMapError, explain, heads, load_policy


def lstm(**arguments) -> TopDownLstm:
    th.manual_seed(0)
    return TopDownLstm(
        **{"channels": 3, "grid": (2, 4), "hidden_size": 5, "queries": 2, "keys": 2, "values": 4, "waves": 2, **arguments}
    )


def states(count: int, layers: int = 1) -> tuple[th.Tensor, th.Tensor]:
    return th.randn(layers, count, 5), th.randn(layers, count, 5)


def test_many_steps_are_single_steps_one_after_another():
    core, features, before = lstm(num_layers=2), th.randn(6, 3, 24), states(3, 2)
    outputs, after = core(features, before)
    assert outputs.shape == (6, 3, 5)
    single = before
    for t in range(6):
        output, single = core(features[t : t + 1], single)
        assert th.allclose(output[0], outputs[t], atol=1e-6)
    assert all(th.allclose(one, other, atol=1e-6) for one, other in zip(single, after, strict=True))


@pytest.mark.parametrize("layers", [1, 2])
def test_a_step_by_its_formulas_and_torchs_lstm(layers):
    core, before = lstm(num_layers=layers), states(3, layers)
    features = th.randn(3, 24)
    output, weights, after = core.step(core.places(features), before)
    asked, places = core.ask(before[0][-1]).view(3, 2, -1), core.look(features)
    assert th.allclose(weights, soft_weights(asked, places[:, :, :2], core.basis), atol=1e-6)
    answers = answers_to(weights, places[:, :, 2:], core.basis)
    expected, expected_after = core.lstm(th.cat([answers, asked], dim=2).flatten(1)[None], before)
    for one, other in zip((output, *after), (expected, *expected_after), strict=True):
        assert th.allclose(one, other, atol=1e-6)


def test_the_memory_moves_the_attention():
    core, features = lstm(), th.randn(1, 3, 24)
    one, other = (core.attention(features, th.ones(1, 3), states(3)) for _ in range(2))
    assert one.shape == (1, 3, 2, 2, 4)
    assert th.allclose(one.sum((3, 4)), th.ones(1, 3, 2))
    assert not th.allclose(one, other)
    with th.no_grad():
        core.ask.weight.zero_()
    assert th.equal(core.attention(features, th.ones(1, 3), states(3)), core.attention(features, th.ones(1, 3), states(3)))


@pytest.mark.parametrize("layers", [1, 2])
def test_derivatives_by_finite_differences(layers):
    core = lstm(grid=(1, 2), hidden_size=3, num_layers=layers).double()
    features, hidden, cell = (
        th.randn(*shape, dtype=th.float64, requires_grad=True) for shape in ((3, 2, 6), (layers, 2, 3), (layers, 2, 3))
    )
    kept = th.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    names, parameters = zip(*core.named_parameters(), strict=True)

    def steps(features, hidden, cell, *parameters):
        given = dict(zip(names, parameters, strict=True))
        return tuple(
            th.func.functional_call(Unrolling(core), {f"core.{k}": x for k, x in given.items()}, (features, kept, hidden, cell))
        )

    assert th.autograd.gradcheck(steps, (features, hidden, cell, *parameters))


class Unrolling(th.nn.Module):
    """``unroll`` as a call, for ``functional_call``."""

    def __init__(self, core: TopDownLstm) -> None:
        super().__init__()
        self.core = core

    def forward(self, features, kept, hidden, cell):
        return self.core.unroll(features, kept, (hidden, cell))


@pytest.mark.parametrize("layers", [1, 2])
def test_the_derivative_by_hand_is_autograds(layers):
    core, before = lstm(num_layers=layers), states(3, layers)
    features, kept = th.randn(7, 3, 24, requires_grad=True), (th.rand(7, 3) > 0.3).float()
    wanted = (features, *core.parameters())
    steps = core.unroll(features, kept, before)
    ours = th.autograd.grad(sum((x * x.detach().cos()).sum() for x in steps), wanted)

    outputs, seen, after = [], [], before
    for t in range(7):
        forgotten = tuple(kept[t][None, :, None] * x for x in after)
        output, weights, after = core.step(core.places(features[t]), forgotten)
        outputs.append(output)
        seen.append(weights)
    looped = (th.cat(outputs), th.stack(seen), *after)
    assert all(th.allclose(one, other, atol=1e-6) for one, other in zip(steps, looped, strict=True))
    theirs = th.autograd.grad(sum((x * x.detach().cos()).sum() for x in looped), wanted)
    assert all(th.allclose(one, other, atol=1e-5) for one, other in zip(ours, theirs, strict=True))


def test_some_derivatives_alone():
    core, features = lstm(), th.randn(4, 3, 24, requires_grad=True)
    outputs, after = core(features, states(3))
    (first,) = th.autograd.grad(outputs[1].sum(), features, retain_graph=True)
    assert first[:2].abs().sum() > 0
    assert first[2:].abs().max() == 0
    th.autograd.grad(after[1].sum(), core.ask.weight)
    with pytest.raises(RuntimeError, match="can be differentiated once"):
        th.autograd.grad(core(features, states(3))[0].sum(), features, create_graph=True)


def test_derivatives_share_no_memory_and_are_contiguous():
    core = lstm(num_layers=2)
    parameters = list(core.parameters())
    found = th.autograd.grad(core(th.randn(4, 3, 24), states(3, 2))[0].sum(), parameters)
    assert all(each.is_contiguous() for each in found)
    assert len({each.data_ptr() for each in found}) == len(parameters)


@pytest.mark.parametrize("steps", [1, 4])
def test_states_of_another_precision_become_its_own(steps):
    core = lstm().double()
    outputs, after = core(th.randn(steps, 3, 24), states(3))
    assert {outputs.dtype, *(each.dtype for each in after)} == {th.float64}
    outputs.sum().backward()


@pytest.mark.parametrize("steps", [1, 4])
def test_no_sequences(steps):
    outputs, after = lstm()(th.randn(steps, 0, 24), states(0))
    assert outputs.shape == (steps, 0, 5)
    assert after[0].shape == (1, 0, 5)


def test_within_autocast_it_computes_in_its_own_precision():
    core, features, before = lstm(), th.randn(4, 3, 24), states(3)
    with th.autocast("cpu", dtype=th.bfloat16):
        within = core(features, before)[0]
        (within.sum()).backward()
    assert th.equal(within, core(features, before)[0])


def test_the_policy_forgets_as_sb3_contribs_loop_does():
    core, before = lstm(), states(3)
    features, starts = th.randn(3 * 6, 24), (th.rand(3 * 6) < 0.3).float()
    assert starts.view(3, 6)[:, 1:].any()
    ours, after = SoftAttentionLstmPolicy._process_sequence(features, before, starts, core)
    theirs, their_after = RecurrentActorCriticPolicy._process_sequence(features, before, starts, core)
    assert all(th.allclose(one, other, atol=1e-6) for one, other in zip((ours, *after), (theirs, *their_after), strict=True))
    by_truth, _ = SoftAttentionLstmPolicy._process_sequence(features, before, starts.bool(), core)
    assert th.equal(by_truth, ours)


def test_a_critic_without_memory_has_no_attention():
    space = spaces.Box(0, 255, (1, 52, 52), np.uint8)
    policy = SoftAttentionLstmPolicy(space, spaces.Discrete(2), lambda _: 1e-3, enable_critic_lstm=False, lstm_hidden_size=4)
    obs = np.stack([space.sample()] * 2)
    assert explain(policy, obs, heads=("action",), methods=("attention",), trust=False).maps
    with pytest.raises(NoMapError, match="value"):
        explain(policy, obs, heads=("value",), methods=("attention",), trust=False)


def trained() -> tuple[RecurrentPPO, FakeImageEnv]:
    env = FakeImageEnv(screen_height=52, screen_width=52, discrete=True, n_channels=1)
    kwargs = {"lstm_hidden_size": 8, "queries": 2}
    model = RecurrentPPO(
        SoftAttentionLstmPolicy, env, n_steps=12, batch_size=4, n_epochs=1, seed=0, policy_kwargs=kwargs, device="cpu"
    )
    before = {name: x.clone() for name, x in model.policy.named_parameters()}
    model.learn(12)
    unchanged = [name for name, x in model.policy.named_parameters() if th.equal(before[name], x)]
    assert unchanged == []
    return model, env


def test_recurrent_ppo_trains_saves_and_loads_it(tmp_path):
    model, env = trained()
    model.save(tmp_path / "model")
    loaded, memory, other = RecurrentPPO.load(tmp_path / "model", device="cpu"), None, None
    for step in range(5):
        obs, start = env.observation_space.sample(), np.array([step == 0])
        action, memory = model.predict(obs, memory, start, deterministic=True)
        same, other = loaded.predict(obs, other, start, deterministic=True)
        assert action == same
    policy = load_policy(tmp_path / "model.zip", device="cpu")
    assert {"value", "action"} <= heads(policy).keys()
    maps = explain(policy, np.stack([obs, obs]), methods=("jacobian",), trust=False).maps
    assert all(np.abs(each).max() > 0 for each in maps.values())


def test_where_actor_and_critic_look():
    model, _ = trained()
    policy = model.policy
    obs = th.as_tensor(np.stack([policy.observation_space.sample() for _ in range(3)]))
    shape = (1, 3, 8)
    memory = type(model._last_lstm_states)((th.randn(shape), th.randn(shape)), (th.randn(shape), th.randn(shape)))
    found = policy.attention(obs, memory, th.zeros(3))
    assert {name: tuple(x.shape) for name, x in found.items()} == {"action": (3, 2, 3, 3), "value": (3, 2, 3, 3)}
    started = policy.attention(obs, memory, th.ones(3))
    nothing = type(memory)(*[(th.zeros(shape), th.zeros(shape))] * 2)
    assert th.equal(started["action"], policy.attention(obs, nothing, th.zeros(3))["action"])
    assert not th.allclose(found["action"], started["action"])


def test_one_lstm_for_both_has_one_attention():
    space = spaces.Box(0, 255, (1, 52, 52), np.uint8)
    policy = SoftAttentionLstmPolicy(
        space, spaces.Discrete(2), lambda _: 1e-3, shared_lstm=True, enable_critic_lstm=False, lstm_hidden_size=4
    )
    zeros = (th.zeros(1, 1, 4), th.zeros(1, 1, 4))
    memory = type("Memory", (), {"pi": zeros, "vf": zeros})
    assert list(policy.attention(th.as_tensor(space.sample()[None]), memory, th.ones(1))) == ["action"]


@pytest.mark.parametrize("shared", [True, False], ids=["one extractor", "two"])
@pytest.mark.parametrize("critic", [True, False], ids=["two LSTMs", "one LSTM"])
def test_a_saved_policy_is_the_same_policy(tmp_path, shared, critic):
    space = spaces.Box(0, 255, (1, 36, 36), np.uint8)
    own = {
        "share_features_extractor": shared,
        "enable_critic_lstm": critic,
        "shared_lstm": shared and not critic,
        "queries": 2,
        "waves": 3,
    }
    policy = SoftAttentionLstmPolicy(space, spaces.Discrete(2), lambda _: 1e-3, lstm_hidden_size=4, **own)
    policy.save(tmp_path / "policy")
    loaded = SoftAttentionLstmPolicy.load(tmp_path / "policy", device="cpu")
    assert loaded.share_features_extractor is shared
    one, other = policy.state_dict(), loaded.state_dict()
    assert one.keys() == other.keys()
    assert all(th.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features_extractor_class": NatureCNN}, r"with a map of features, .*, not NatureCNN"),
        ({"lstm_kwargs": {"dropout": 0.1}}, "takes no lstm_kwargs"),
        ({"values": 0}, "values 0"),
    ],
)
def test_what_it_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        SoftAttentionLstmPolicy(spaces.Box(0, 255, (1, 52, 52), np.uint8), spaces.Discrete(2), lambda _: 1e-3, **arguments)
