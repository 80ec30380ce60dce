from typing import ClassVar

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.saliency.states.game_pictures import as_rgb, env_that_draws, game_pictures, stacked_pictures

PICTURE = np.full((4, 6, 3), 100, np.uint8)
PICTURE[1, 2] = [200, 50, 0]


@pytest.mark.parametrize(
    ("given", "tolerance"),
    [
        pytest.param(PICTURE.astype(np.int64), 0, id="int64"),
        pytest.param(PICTURE.tolist(), 0, id="lists"),
        pytest.param(PICTURE.astype(np.float32), 0, id="floats to 255"),
        pytest.param(PICTURE / 255, 0, id="floats to 1"),
        pytest.param(PICTURE.astype(np.uint16) * 257, 0, id="uint16"),
        pytest.param(np.moveaxis(PICTURE, 2, 0), 0, id="channels first"),
        pytest.param(np.dstack([PICTURE, np.full((4, 6), 255, np.uint8)]), 0, id="opaque RGBA"),
        pytest.param([PICTURE * 0, PICTURE], 0, id="a list of frames"),
    ],
)
def test_the_same_picture_in_every_form(given, tolerance):
    picture = as_rgb(given)
    assert picture is not None
    assert (picture.dtype, picture.shape) == (np.uint8, (4, 6, 3))
    assert (picture == PICTURE).all()


def test_grey_boolean_and_transparent_pictures():
    grey = np.array([[0, 128], [255, 7]])
    assert (as_rgb(grey) == grey[:, :, None]).all()
    assert (as_rgb(grey[:, :, None]) == grey[:, :, None]).all()
    assert as_rgb(np.array([[True, False]])).tolist() == [[[255] * 3, [0] * 3]]
    assert as_rgb(np.array([[[200, 100, 50, 0], [200, 100, 50, 255]]], np.uint8)).tolist() == [[[0, 0, 0], [200, 100, 50]]]
    assert as_rgb(np.array([[[200, 255], [200, 51]]], np.uint8)).tolist() == [[[200] * 3, [40] * 3]]


@pytest.mark.parametrize(
    "given", [None, "picture", 3.0, [], np.zeros((0, 6, 3)), np.zeros((2, 3, 4, 5, 3)), [[1, 2], [3]], np.zeros((4, 5, 9, 7))]
)
def test_what_is_no_picture(given):
    assert as_rgb(given) is None


def test_numbers_out_of_range_and_not_finite():
    assert as_rgb(np.array([[-5, 300]]))[0, :, 0].tolist() == [0, 255]
    assert as_rgb(np.array([[np.nan, np.inf, 2.0]]))[0, :, 0].tolist() == [0, 255, 2]


def test_pictures_are_copies_that_the_env_may_overwrite():
    own = PICTURE.copy()
    picture = as_rgb(own)
    own[:] = 0
    assert (picture == PICTURE).all()


class Painter(gym.Env):
    """Draws whatever it is told to, or throws it."""

    metadata: ClassVar = {"render_modes": ["rgb_array"]}
    observation_space, action_space = spaces.Box(-1, 1, (2,)), spaces.Discrete(2)

    def __init__(self, drawn=None, render_mode="rgb_array"):
        assert render_mode in (None, "rgb_array")
        self.drawn, self.render_mode = drawn, render_mode

    def reset(self, *, seed=None, options=None):
        return np.zeros(2, np.float32), {}

    def render(self):
        if isinstance(self.drawn, BaseException):
            raise self.drawn
        return self.drawn


@pytest.mark.parametrize("drawn", [None, AssertionError("render_mode"), RuntimeError("no display"), SystemError(), "text"])
def test_an_env_that_cannot_draw_is_played_without_pictures(drawn):
    assert game_pictures(DummyVecEnv([lambda: Painter(PICTURE), lambda: Painter(drawn)])) is None


def test_an_env_that_draws_and_one_that_is_not_asked_to():
    (picture,) = game_pictures(DummyVecEnv([lambda: Painter(PICTURE.tolist())]))
    assert (picture == PICTURE).all()
    assert game_pictures(DummyVecEnv([lambda: Painter(PICTURE, render_mode=None)])) is None


def test_an_env_that_refuses_the_render_mode_is_made_without():
    class Refuses(Painter):
        def __init__(self, render_mode=None):
            assert render_mode is None, "this env cannot draw"
            super().__init__(render_mode=render_mode)

    assert env_that_draws(lambda mode: DummyVecEnv([lambda: Refuses(render_mode=mode)])).render_mode is None
    assert env_that_draws(lambda mode: DummyVecEnv([lambda: Painter(render_mode=mode)])).render_mode == "rgb_array"
    with pytest.raises(ZeroDivisionError):
        env_that_draws(lambda mode: 1 / 0)


def test_pictures_that_change_their_size_or_are_missing_are_left_out():
    assert stacked_pictures([PICTURE, PICTURE], 2).shape == (2, 4, 6, 3)
    assert stacked_pictures([PICTURE, PICTURE[1:]], 2) is None
    assert stacked_pictures([PICTURE], 2) is None
