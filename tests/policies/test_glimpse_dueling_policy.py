"""What to do and where to look, over one network that sees only glimpses."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.agents import PQN
from saccade.envs import make_atari
from saccade.envs.gaze_wrappers import VectorGazeWrapper
from saccade.policies import GlimpseDuelingPolicy, q_of_actions

SPACE = spaces.Dict(
    {"image": spaces.Box(0, 255, (2, 24, 24), np.uint8), "gaze": spaces.Box(-1, 1, (2,)), "gazes": spaces.Box(-1, 1, (2, 2))}
)
ACTIONS = spaces.MultiDiscrete([3, 9])
EYE = {"size": 6, "scales": 2}


def made(**arguments) -> GlimpseDuelingPolicy:
    th.manual_seed(0)
    return GlimpseDuelingPolicy(SPACE, ACTIONS, lambda _: 1e-3, hidden_width=16, features_extractor_kwargs=EYE, **arguments)


def observed(count: int = 4) -> dict[str, th.Tensor]:
    return {key: th.as_tensor(np.stack([space.sample() for _ in range(count)])) for key, space in SPACE.items()}


def test_heads_and_eye():
    policy, obs = made(), observed()
    value, advantage = policy.q_net.value_advantage(obs)
    assert value.shape == (4, 1)
    assert advantage.shape == (4, 12)
    assert (policy.retina.size, policy.retina.scales) == (6, 2)
    assert policy.predict({key: part.numpy() for key, part in obs.items()})[0].shape == (4, 2)


def test_a_forced_gaze_has_no_advantage_and_learns_nothing():
    free, forced, obs = made(), made(forced_gaze=True), observed()
    (value, advantage), (same_value, other) = (each.q_net.value_advantage(obs) for each in (free, forced))
    assert th.equal(value, same_value)
    assert th.equal(advantage[:, :3], other[:, :3])
    assert th.equal(other[:, 3:], th.zeros(4, 9))
    forced.q_net(obs).square().sum().backward()
    assert all(parameter.grad is None for parameter in forced.q_net.further_streams.parameters())
    forced.forced_gaze = False
    assert th.equal(forced.q_net(obs), free.q_net(obs))


def test_a_taught_gaze_has_logits_that_are_no_part_of_q(tmp_path):
    free, taught, obs = made(), made(taught_gaze=True), observed()
    (value, advantage), (same_value, same) = (each.q_net.value_advantage(obs) for each in (free, taught))
    assert th.equal(value, same_value)
    assert th.equal(advantage, same)
    outputs = taught.q_net(obs)
    assert th.allclose(outputs[:, :3], value + advantage[:, :3])
    assert th.equal(outputs[:, 3:], advantage[:, 3:])
    chosen = taught.predict({key: part.numpy() for key, part in obs.items()})[0]
    assert np.array_equal(chosen, np.stack([advantage[:, :3].argmax(1), advantage[:, 3:].argmax(1)], axis=1))
    q_of_actions(outputs, th.as_tensor(chosen), (3, 9), taught.q_net.taught).sum().backward()
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in taught.q_net.further_streams.parameters())
    assert any(parameter.grad.any() for parameter in taught.q_net.advantage_stream.parameters())
    taught.save(tmp_path / "policy")
    loaded = GlimpseDuelingPolicy.load(tmp_path / "policy")
    assert loaded.taught_gaze
    assert th.equal(loaded.q_net(obs), outputs)


@pytest.mark.parametrize("actions", [spaces.Discrete(3), spaces.MultiDiscrete([3, 9, 2]), spaces.Box(-1, 1, (3,), np.float32)])
def test_other_actions_are_refused(actions):
    with pytest.raises(ValueError, match=r"takes the actions of saccade\.envs\.GazeWrapper with tiles"):
        GlimpseDuelingPolicy(SPACE, actions, lambda _: 1e-3)


def test_pqn_trains_it_on_atari_and_it_is_saved(tmp_path):
    env = make_atari("Breakout", n_envs=2, seed=0, wrapper=lambda env: VectorGazeWrapper(env, tiles=3, memory=True))
    kwargs = {"features_extractor_kwargs": {"size": 10, "scales": 4}, "hidden_width": 16}
    model = PQN(
        GlimpseDuelingPolicy, env, n_steps=4, batch_size=8, policy_kwargs=kwargs, device="cpu", compile=False, autocast=False
    )
    before = [parameter.clone() for parameter in model.q_net.parameters()]
    model.learn(16)
    assert all(not th.equal(old, new) for old, new in zip(before, model.q_net.parameters(), strict=True))
    model.save(tmp_path / "model")
    loaded = PQN.load(tmp_path / "model", device="cpu")
    observations = env.reset()
    assert (loaded.predict(observations, deterministic=True)[0] == model.predict(observations, deterministic=True)[0]).all()
    env.close()


def test_condensed_observations_give_the_same_q_bit_for_bit():
    policy, obs = made(), observed()
    condensed = policy.q_net.condense(obs)
    assert {key: tuple(x.shape) for key, x in condensed.items()} == {"gazes": (4, 2, 2), "glimpse": (4, 4, 6, 6)}
    assert th.equal(policy.q_net(condensed), policy.q_net(obs))
    single = GlimpseDuelingPolicy(
        spaces.Dict({key: SPACE[key] for key in ("image", "gaze")}), ACTIONS, lambda _: 1e-3, features_extractor_kwargs=EYE
    )
    del obs["gazes"]
    assert th.equal(single.q_net(single.q_net.condense(obs)), single.q_net(obs))


def test_images_as_they_are_are_not_condensed():
    assert made(normalize_images=False).q_net.condense is None
