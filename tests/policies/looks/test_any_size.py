"""A policy whose gaze moves in pixels does the same on images of any size; others are refused."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib import RecurrentPPO
from stable_baselines3.common.policies import ActorCriticCnnPolicy

from saccade.agents import PQN
from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.gaze import Gaze
from saccade.policies import GlimpseDuelingPolicy, GlimpsePolicy
from saccade.policies.looks.any_size import set_image_size

SMALL = {"lstm_hidden_size": 8, "features_extractor_kwargs": {"size": 4, "scales": 3, "features_dim": 8, "what_dim": 8}}


def space(side: int, channels: int = 1, **arguments) -> Gaze:
    image = spaces.Box(0, 255, (channels, side, side), np.uint8)
    return Gaze(spaces.Discrete(3), image, **{"relative": True, "pixels": 6, **arguments})


def policy(side: int, kind=GlimpsePolicy, arguments=SMALL, **of_gaze):
    th.manual_seed(0)
    gaze = space(side, **of_gaze)
    made = kind(gaze.observation_space, gaze.action_space, lambda _: 1e-3, **arguments)
    made.set_training_mode(False)
    return made


def shown(side: int, middle: np.ndarray, x: float, y: float) -> dict[str, np.ndarray]:
    """A black image with a picture around its middle, a gaze some pixels away from there, and the move that led to it."""
    image, at = np.zeros((1, 1, side, side), np.uint8), (side - len(middle)) // 2
    image[0, 0, at : at + len(middle), at : at + len(middle)] = middle
    gaze = np.float32([[2 * x / side, 2 * y / side]])
    return {"image": image, "gaze": gaze, "move": np.float32([[x / 6, y / 6]])}


@pytest.mark.parametrize("side", [20, 50, 200])
def test_the_same_picture_gives_the_same_answer_and_the_same_move(side):
    middle = np.random.default_rng(0).integers(0, 256, (12, 12))
    made = policy(30)
    first = made.predict(shown(30, middle, 2, -3), deterministic=True)
    set_image_size(made, space(side).observation_space)
    second = made.predict(shown(side, middle, 2, -3), deterministic=True)
    assert np.allclose(first[0], second[0], atol=1e-5)
    for one, other in zip(first[1], second[1], strict=True):
        assert np.allclose(one, other, atol=1e-5)


def test_a_dueling_policy_too():
    middle = np.random.default_rng(0).integers(0, 256, (12, 12))
    arguments = {"features_extractor_kwargs": SMALL["features_extractor_kwargs"]}
    made = policy(30, GlimpseDuelingPolicy, arguments, tiles=3)
    before = made.q_net(made.obs_to_tensor(shown(30, middle, 1, 1))[0])
    set_image_size(made, space(90, tiles=3).observation_space)
    assert made.q_net.observation_space["image"].shape == (1, 90, 90)
    assert th.allclose(made.q_net(made.obs_to_tensor(shown(90, middle, 1, 1))[0]), before, atol=1e-5)


def test_learners_take_it_as_any_other_policy():
    def env(**arguments):
        batch = gym.make_vec("saccade/Catch-v0", num_envs=4)
        return GymnasiumVecEnv(VectorGazeWrapper(batch, relative=True, pixels=6, **arguments))

    extractor = {"features_extractor_kwargs": {"size": 4, "scales": 2, "features_dim": 8, "what_dim": 8}}
    small = {**extractor, "lstm_hidden_size": 8}
    learners = {
        256: PQN(
            GlimpseDuelingPolicy, env(tiles=3), n_steps=8, batch_size=16, device="cpu", compile=False, policy_kwargs=extractor
        ),
        64: RecurrentPPO(GlimpsePolicy, env(), n_steps=8, batch_size=16, device="cpu", policy_kwargs=small),
    }
    for steps, model in learners.items():
        before = {name: x.clone() for name, x in model.policy.named_parameters()}
        model.learn(steps)
        after = dict(model.policy.named_parameters())
        assert model.num_timesteps >= steps
        assert all(x.isfinite().all() for x in after.values())
        moved = [name for name, x in after.items() if not th.equal(x, before[name])]
        assert any("where" in name for name in moved)  # the part of the network that is told the move


def test_the_network_is_told_the_move_and_not_the_gaze():
    made = policy(30)
    seen = shown(30, np.zeros((1, 1)), 0, 0)
    same = made.predict(seen, deterministic=True)[0]
    assert np.array_equal(made.predict({**seen, "gaze": seen["gaze"] + 0.5}, deterministic=True)[0], same)
    assert not np.array_equal(made.predict({**seen, "move": seen["move"] + 0.5}, deterministic=True)[0], same)


def test_condensed_observations_give_the_same_features():
    extractor = policy(30).features_extractor
    seen = {key: th.as_tensor(x) for key, x in shown(30, np.full((5, 5), 200), 1, 2).items()}
    condensed = extractor.condense(seen)
    assert sorted(condensed) == ["gaze", "glimpse", "move"]
    assert th.equal(extractor(condensed), extractor(seen))


def test_the_retina_may_span_more_than_the_image():
    assert policy(10).retina.span == 16
    with pytest.raises(ValueError, match="spans 16 pixels, more than the image of 10x10"):
        policy(10, relative=False, pixels=None)
    with pytest.raises(ValueError, match="4x4 pixels, more than the image of 3x3"):
        policy(3)


@pytest.mark.parametrize(
    ("kept", "asked", "message"),
    [
        (
            {"pixels": None},
            {"pixels": None},
            "only agents whose gaze moves in pixels .* take images of 60x60 after images of 30x30",
        ),
        ({}, {"pixels": None}, "only the height and width of images may differ"),
        ({}, {"channels": 2}, "only the height and width of images may differ"),
    ],
)
def test_other_differences_are_refused(kept, asked, message):
    made = policy(30, **kept)
    before = made.observation_space
    with pytest.raises(ValueError, match=message):
        set_image_size(made, space(60, **asked).observation_space)
    assert made.observation_space is before


def test_images_smaller_than_a_glimpse_and_policies_without_a_gaze_are_refused():
    with pytest.raises(ValueError, match="its glimpses have 4x4 pixels, more than images of 3x3"):
        set_image_size(policy(30), space(3).observation_space)
    image = spaces.Box(0, 255, (1, 40, 40), np.uint8)
    plain = ActorCriticCnnPolicy(image, spaces.Discrete(2), lambda _: 1e-3)
    with pytest.raises(ValueError, match=r"it was trained with Box.*, but the env has Box"):
        set_image_size(plain, spaces.Box(0, 255, (1, 50, 50), np.uint8))
    set_image_size(plain, image)  # the same: nothing to do
