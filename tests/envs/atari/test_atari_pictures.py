"""Pictures from ``render``."""

import ale_py
import cv2
import gymnasium as gym
import numpy as np
import pytest
from atari_play import assert_same_play, difference, play, random_actions

from saccade.envs import make_atari
from saccade.saliency.states.names import Names

gym.register_envs(ale_py)


@pytest.mark.parametrize(
    ("game", "kwargs"),
    [
        ("Breakout", {}),
        ("Breakout", {"action_repeat_probability": 0.25, "evaluation": True}),
        ("SpaceInvaders", {"frame_skip": 3, "max_frames": 500}),
    ],
)
def test_the_picture_shows_the_newest_frame(atari, game, kwargs):
    """Also after several games without a new seed, each with its own no-ops at the start."""
    env = atari(game, 2, seed=0, render_mode="rgb_array", **kwargs)
    assert env.render_mode == "rgb_array"
    last = env.reset()
    n_games = n_moved = 0
    for action in random_actions(env, 500):
        observations, _, _, infos = env.step(action)
        n_games += sum("episode" in info for info in infos)
        images = env.get_images()
        assert len(images) == 2
        for i, picture in enumerate(images):
            assert (picture.shape, picture.dtype) == ((210, 160, 3), np.uint8)
            grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (84, 84), interpolation=cv2.INTER_AREA)
            apart = difference(grey, observations[i, -1])
            assert apart < 0.5
            if difference(observations[i, -1], last[i, -1]) > 0.5:
                n_moved += 1
                assert apart < difference(grey, last[i, -1])
        last = observations
    assert n_games >= 4
    assert n_moved > 50


def test_pictures_match_frames_without_a_seed_and_after_a_reset(atari):
    """At full size all pixels are equal."""
    env = atari("Breakout", 2, render_mode="rgb_array", screen_size=(210, 160))
    for _ in range(3):
        last = env.reset()
        n_moved = 0
        for action in random_actions(env, 40):
            observations = env.step(action)[0]
            for i, picture in enumerate(env.get_images()):
                grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.int64)
                assert np.abs(grey - observations[i, -1]).max() <= 8
                n_moved += np.abs(grey - last[i, -1]).max() > 8
            last = observations
        assert n_moved > 40


def test_rendering_does_not_change_the_game(atari):
    plain, rendered = atari("Breakout", 2, seed=4), atari("Breakout", 2, seed=4, render_mode="rgb_array")
    np.testing.assert_array_equal(plain.reset(), rendered.reset())
    actions = random_actions(plain, 300)
    assert_same_play(play(plain, actions), play(rendered, actions))


def test_render_tiles_the_pictures_of_all_envs(atari):
    env = atari("Breakout", 2, seed=0, render_mode="rgb_array")
    env.reset()
    tiled = env.render()
    assert tiled.shape == (420, 160, 3)
    np.testing.assert_array_equal(tiled, np.concatenate(env.get_images()))


def test_without_render_mode_there_are_no_pictures(atari):
    env = atari("Breakout", 2)
    env.reset()
    assert env.render_mode is None
    assert list(env.get_images()) == [None, None]


@pytest.mark.parametrize(("full", "count"), [(False, 4), (True, 18)])
def test_actions_have_the_names_of_gymnasiums_own_env(full, count):
    ours = make_atari("Breakout", n_envs=2, full_action_space=full)
    theirs = gym.make("ALE/Breakout-v5", full_action_space=full)
    assert ours.env_method("get_action_meanings") == [theirs.unwrapped.get_action_meanings()] * 2
    assert len(Names.of(ours).actions) == count
    ours.close()
    theirs.close()
