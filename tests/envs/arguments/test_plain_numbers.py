"""A number in quotes, or half a one, is refused in a line that names the argument, and not from deep inside."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from saccade.envs import GazeWrapper, make_atari


class Pictures(gym.Env):
    observation_space, action_space = spaces.Box(0, 255, (1, 40, 40), np.uint8), spaces.Discrete(3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"screen_size": 84.0}, "screen_size is 84.0; it must be a whole number"),
        ({"screen_size": "84"}, "screen_size is '84'; it must be a whole number"),
        ({"screen_size": (84,)}, "screen_size is (84,); it must be one whole number, or (height, width)"),
        ({"screen_size": (84, 0)}, "screen_size is 0; it must be a whole number, at least 1"),
        ({"action_repeat_probability": "0.25"}, "action_repeat_probability is '0.25'; it must be a number"),
        ({"num_threads": "2"}, "num_threads is '2'; it must be a whole number"),
        ({"num_threads": -1}, "num_threads is -1; it must be a whole number, at least 0"),
        ({"seed": ""}, "seed is ''; it must be a whole number"),
        ({"n_envs": True}, "n_envs is True; it must be a whole number"),
        ({"game": 5}, "the game is 5; it must be a name, such as 'Enduro'"),
    ],
)
def test_of_an_atari_game(given, message):
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the message is compared below, whole
        make_atari(**{"game": "Pong", **given})
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"reach": "1"}, "reach is '1'; it must be a number"),
        ({"within": None}, "within is None; it must be a number"),
        ({"step": "0.5", "tiles": 3, "relative": True}, "step is '0.5'; it must be a number"),
        ({"pixels": "3", "relative": True}, "pixels is '3'; it must be a number"),
        ({"memory": 1.5}, "memory is 1.5; it must be True, False or a whole number of channels a frame"),
    ],
)
def test_of_a_gaze(given, message):
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        GazeWrapper(Pictures(), **given)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("task", "given", "message"),
    [
        ("Catch", {"size": "24"}, "size is '24'; it must be a whole number"),
        ("Reorder", {"noise": "0.1"}, "noise is '0.1'; it must be a number"),
        ("ClutteredMNIST", {"dataset": "digits", "stop": True, "look_price": "0"}, "look_price is '0'; it must be a number"),
    ],
)
def test_of_a_task(task, given, message):
    with pytest.raises(ValueError, match=message):
        gym.make(f"saccade/{task}-v0", **given)


@pytest.mark.parametrize("given", [{"num_envs": "2"}, {"num_envs": 2, "copies": 1.0}])
def test_of_a_batch_of_a_task(given):
    with pytest.raises(ValueError, match=r"(num_envs is '2'|copies is 1.0); it must be a whole number"):
        gym.make_vec("saccade/Catch-v0", **given)


def test_numbers_of_numpy_are_numbers():
    env = make_atari("Pong", np.int64(1), screen_size=(np.int32(84), np.int32(60)), action_repeat_probability=np.float32(0.25))
    assert env.observation_space.shape == (4, 84, 60)
    env.close()
    assert GazeWrapper(Pictures(), reach=np.float32(0.5), memory=np.int64(1)).gaze.reach == 0.5
