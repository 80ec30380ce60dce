"""GlimpsePolicy and its extractor: stock SB3 algorithms, glimpses, gradients, and inputs that are refused."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib import RecurrentPPO
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3 import PPO
from stable_baselines3.common.preprocessing import preprocess_obs

from saccade.envs import GazeWrapper, GymnasiumVecEnv, VectorGazeWrapper
from saccade.policies import GlimpseExtractor, GlimpsePolicy

DIGITS = {"dataset": "digits", "glimpses": 4}


def gaze_env(tiles=None, n_envs=3, name="saccade/ClutteredMNIST-v0", **arguments) -> GymnasiumVecEnv:
    arguments = arguments or DIGITS
    return GymnasiumVecEnv(VectorGazeWrapper(gym.make_vec(name, num_envs=n_envs, **arguments), tiles))


def policy(tiles=None, **arguments) -> GlimpsePolicy:
    th.manual_seed(0)
    env = gaze_env(tiles)
    return GlimpsePolicy(env.observation_space, env.action_space, lambda _: 1e-3, **arguments)


def observations(count: int, tiles=None) -> dict[str, th.Tensor]:
    env = gaze_env(tiles, n_envs=count)
    env.seed(0)
    return {key: th.as_tensor(values) for key, values in env.reset().items()}


@pytest.mark.parametrize("tiles", [None, 4])
def test_stock_recurrent_ppo_trains_saves_and_loads_it(tiles, tmp_path):
    """It learns without policy_kwargs; the loaded agent acts the same."""
    env = GazeWrapper(gym.make("saccade/ClutteredMNIST-v0", **DIGITS), tiles)
    model = RecurrentPPO(GlimpsePolicy, env, n_steps=32, batch_size=16, n_epochs=2, seed=0, device="cpu")
    before = [parameter.clone() for parameter in model.policy.parameters()]
    model.learn(64)
    changed = [not th.equal(a, b) for a, b in zip(before, model.policy.parameters(), strict=True)]
    assert all(changed)
    model.save(tmp_path / "agent")
    loaded = RecurrentPPO.load(tmp_path / "agent", device="cpu")
    obs, _ = env.reset(seed=1)
    state = loaded_state = None
    for t in range(4):
        start = np.array([t == 0])
        action, state = model.predict(obs, state, start, deterministic=True)
        other, loaded_state = loaded.predict(obs, loaded_state, start, deterministic=True)
        assert (action == other).all()
        assert env.action_space.contains(action)
        obs, *_ = env.step(action)


def test_stock_ppo_learns_the_task_without_a_gaze(tmp_path):
    env = gym.make("saccade/ClutteredMNIST-v0", **DIGITS)
    model = PPO("CnnPolicy", env, n_steps=16, batch_size=8, n_epochs=1, seed=0, device="cpu").learn(16)
    model.save(tmp_path / "agent")
    obs, _ = env.reset(seed=0)
    loaded = PPO.load(tmp_path / "agent", device="cpu")
    assert loaded.predict(obs, deterministic=True)[0] == model.predict(obs, deterministic=True)[0]


def test_the_extractor_works_in_stock_policies():
    env = gaze_env()
    model = PPO(
        "MultiInputPolicy",
        env,
        n_steps=8,
        batch_size=8,
        n_epochs=1,
        device="cpu",
        policy_kwargs={"features_extractor_class": GlimpseExtractor},
    ).learn(24)
    assert isinstance(model.policy.features_extractor, GlimpseExtractor)
    recurrent = RecurrentPPO(
        "MultiInputLstmPolicy",
        env,
        n_steps=8,
        batch_size=8,
        n_epochs=1,
        device="cpu",
        policy_kwargs={"features_extractor_class": GlimpseExtractor},
    ).learn(24)
    assert isinstance(recurrent.policy.features_extractor, GlimpseExtractor)


def test_features_of_raw_images_equal_those_of_preprocessed_images():
    made, obs = policy(), observations(5)
    given = made.extract_features(obs)
    prepared = preprocess_obs(obs, made.observation_space)
    assert prepared["image"].max() <= 1
    assert th.allclose(given, made.features_extractor(prepared), atol=1e-6)
    as_floats = {**obs, "image": obs["image"].float()}  # saliency maps are computed from floats
    assert th.allclose(given, made.extract_features(as_floats), atol=1e-6)


def test_images_of_other_dtypes_give_the_same_features():
    made, obs = policy(), observations(3)
    for dtype in (th.float64, th.int32):
        given = made.extract_features({**obs, "image": obs["image"].to(dtype)})
        assert th.allclose(given, made.extract_features(obs), atol=1e-6)


def test_only_pixels_near_the_gaze_matter():
    made, obs = policy(), observations(2)
    states, starts = made.start_states(2), th.ones(2)
    gaze = th.tensor([[-0.8, -0.8], [0.0, 0.0]])
    near = made.get_distribution({"image": obs["image"], "gaze": gaze}, states, starts)[0].action.logits
    changed = obs["image"].clone()
    changed[:, :, 40:, 40:] = 255
    far = made.get_distribution({"image": changed, "gaze": gaze}, states, starts)[0].action.logits
    assert th.equal(near[0], far[0])
    assert not th.equal(near[1], far[1])


def test_the_gaze_head_gets_a_gradient_and_the_observed_gaze_none():
    made, obs = policy(), observations(4)
    obs["gaze"].requires_grad_()
    distribution, values, _ = made.look(obs, made.start_states(4), th.ones(4))
    actions = distribution.sample()
    assert not actions.requires_grad
    (distribution.gaze_log_prob(actions).sum() + distribution.action_log_prob(actions).sum() + values.sum()).backward()
    assert obs["gaze"].grad is None
    assert all(parameter.grad.abs().sum() > 0 for parameter in made.gaze_net.parameters())


@pytest.mark.parametrize("detached", [False, True])
def test_the_gaze_head_trains_the_core_only_if_not_detached(detached):
    made, obs = policy(detach_gaze=detached), observations(4)
    distribution, values, _ = made.look(obs, made.start_states(4), th.ones(4))
    (distribution.gaze_log_prob(distribution.sample()).sum() + values.sum()).backward()
    assert (made.lstm_actor.weight_ih_l0.grad is None) == detached


@pytest.mark.parametrize("ends", [False, True])
def test_sequences_give_the_same_as_sb3_contribs_loop(ends):
    """With episodes that start at the start of a sequence, as in its buffer, and with one that starts inside."""
    made = policy()
    n_seq, steps = 3, 5
    features = th.randn(n_seq * steps, 256)
    starts = th.zeros(n_seq, steps)
    starts[0, 0] = starts[2, 0] = 1
    starts[1, 3] = float(ends)
    states = (th.randn(1, n_seq, 256), th.randn(1, n_seq, 256))
    ours, our_states = GlimpsePolicy._process_sequence(features, states, starts.flatten(), made.lstm_actor)
    theirs, their_states = RecurrentActorCriticPolicy._process_sequence(features, states, starts.flatten(), made.lstm_actor)
    assert th.allclose(ours, theirs, atol=1e-6)
    for a, b in zip(our_states, their_states, strict=True):
        assert th.allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("tiles", [None, 3])
def test_all_methods_of_the_policy_agree(tiles):
    made, obs = policy(tiles), observations(6, tiles)
    states, starts = made.start_states(6), th.ones(6)
    actions, values, log_probs, _ = made.forward(obs, RNNStates(states, states), starts)
    again, their_log_probs, entropy = made.evaluate_actions(obs, actions, RNNStates(states, states), starts)
    distribution, next_states = made.get_distribution(obs, states, starts)
    looked, look_values, look_states = made.look(obs, states, starts)
    assert th.allclose(log_probs, their_log_probs, atol=1e-6)
    assert th.allclose(values, again, atol=1e-6)
    assert th.allclose(values, made.predict_values(obs, states, starts), atol=1e-6)
    assert th.allclose(values[:, 0], look_values, atol=1e-6)
    assert th.allclose(distribution.log_prob(actions), log_probs, atol=1e-6)
    assert th.allclose(looked.log_prob(actions), log_probs, atol=1e-6)
    assert th.equal(next_states[0], look_states[0])
    assert entropy.shape == (6,)


@pytest.mark.parametrize(
    "arguments",
    [
        {"shared_lstm": False, "enable_critic_lstm": True},
        {"shared_lstm": False, "enable_critic_lstm": False},
        {"net_arch": {"pi": [32], "vf": [16]}},
        {"n_lstm_layers": 2, "lstm_hidden_size": 64},
        {"share_features_extractor": False, "shared_lstm": False, "enable_critic_lstm": True},
        {"features_extractor_kwargs": {"size": 8, "scales": 2, "network": "fc", "what_dim": 64}},
        {"normalize_images": False},
        {"features_extractor_kwargs": {"size": 40, "scales": 1, "network": "nature"}},
    ],
)
def test_other_networks_save_and_load(arguments, tmp_path):
    model = RecurrentPPO(GlimpsePolicy, gaze_env(), n_steps=8, batch_size=8, n_epochs=1, device="cpu", policy_kwargs=arguments)
    model.learn(24)
    model.policy.save(tmp_path / "policy")
    loaded = GlimpsePolicy.load(tmp_path / "policy", device="cpu")
    env = gaze_env()
    env.seed(0)
    obs = env.reset()
    assert (loaded.predict(obs, deterministic=True)[0] == model.policy.predict(obs, deterministic=True)[0]).all()


def test_scales_fit_the_image_by_default():
    for name, kwargs, scales in (("saccade/TranslatedMNIST-v0", {"size": 28}, 2), ("saccade/ClutteredMNIST-v0", {"size": 100}, 3)):
        env = gaze_env(None, 1, name, **DIGITS, **kwargs)
        assert GlimpseExtractor(env.observation_space).retina.scales == scales


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"size": 12, "scales": 4}, "spans 96 pixels"),
        ({"size": 61}, "more than the image"),
        ({"network": "transformer"}, "conv, fc"),
        ({"size": 1, "network": "conv"}, "needs 2x2"),
        ({"size": 35, "scales": 1, "network": "nature"}, "needs 36x36"),
        ({"size": 0}, "at least 1"),
    ],
)
def test_unsuitable_retinas_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        GlimpseExtractor(gaze_env().observation_space, **kwargs)


def test_action_spaces_without_a_gaze_are_refused():
    space = gaze_env().observation_space
    boxes = [spaces.Box(low, high, (3,)) for low, high in ((-1, 1), (0, 1), (0, np.inf))]
    for actions in (spaces.Discrete(3), spaces.MultiDiscrete([2, 3, 4]), *boxes):
        with pytest.raises(ValueError, match="GazeWrapper"):
            GlimpsePolicy(space, actions, lambda _: 1e-3)


def test_observation_spaces_without_image_and_gaze_are_refused():
    space = gaze_env().observation_space
    with pytest.raises(ValueError, match="'image' and 'gaze'"):
        GlimpseExtractor(spaces.Dict({"image": space["image"]}))
    for image in (spaces.Discrete(3), spaces.Box(0, 1, (5,))):
        with pytest.raises(ValueError, match="three axes"):
            GlimpseExtractor(spaces.Dict({"image": image, "gaze": space["gaze"]}))


def test_unsuitable_noise_of_the_gaze_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        policy(gaze_std=0.0)
    with pytest.raises(ValueError, match="gaze_std"):
        policy(log_std_init=-1.0)


def test_look_needs_a_shared_lstm():
    other = policy(shared_lstm=False, enable_critic_lstm=True)
    with pytest.raises(ValueError, match="shared_lstm"):
        other.look(observations(1), other.start_states(1), th.ones(1))
