"""The suite's envs draw themselves, as gymnasium's tools expect it."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import RecordVideo

from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.registration import TASKS
from saccade.envs.tasks.fixed_length_game import enlarged

IDS = sorted(f"saccade/{name}-v0" for name in TASKS)
SMALL = {"dataset": "digits"}


def arguments(name: str) -> dict:
    return SMALL if any(word in name for word in ("MNIST", "Digit", "HouseNumber")) else {}


@pytest.mark.parametrize("name", IDS)
def test_one_env_and_many_show_what_the_agent_sees(name):
    one = gym.make(name, render_mode="rgb_array", **arguments(name))
    many = gym.make_vec(name, num_envs=2, render_mode="rgb_array", **arguments(name))
    assert one.metadata["render_modes"] == ["rgb_array"]
    assert one.metadata["render_fps"] > 0
    assert (one.render_mode, many.render_mode) == ("rgb_array", "rgb_array")
    with pytest.raises(gym.error.ResetNeeded):
        many.render()
    seen, _ = one.reset(seed=3)
    many.reset(seed=3)
    picture, pictures = one.render(), many.render()
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert len(pictures) == 2
    assert (picture == pictures[0]).all()
    assert max(picture.shape) >= 160
    seen = seen["image"] if isinstance(seen, dict) else seen
    if seen.ndim == 1:
        return  # a game of vectors draws something else
    side = picture.shape[0] // seen.shape[1]
    assert (picture[::side, ::side].transpose(2, 0, 1) == seen).all()


@pytest.mark.parametrize("name", IDS)
def test_gymnasiums_own_check(name):
    check_env(gym.make(name, render_mode="rgb_array", **arguments(name)).unwrapped)


def test_without_a_mode_there_is_no_picture():
    one, many = gym.make("saccade/Catch-v0"), gym.make_vec("saccade/Catch-v0", num_envs=1)
    one.reset()
    many.reset()
    assert one.unwrapped.render() is None
    assert many.render() is None


@pytest.mark.parametrize("make", [gym.make, gym.make_vec])
@pytest.mark.filterwarnings("ignore:.*render_mode")  # gymnasium's own
def test_another_mode_is_refused_in_one_line(make):
    with pytest.raises(ValueError, match="render_mode is 'ascii'; it must be 'rgb_array'"):
        make("saccade/Catch-v0", render_mode="ascii")


def test_enlarged_by_hand():
    small = np.array([[[[1, 2]]]], dtype=np.uint8)
    assert (enlarged(small)[0, :, :, 2] == [[1] * 80 + [2] * 80] * 80).all()
    colours = np.zeros((1, 3, 200, 100), dtype=np.uint8)
    colours[0, 1] = 7
    assert enlarged(colours).shape == (1, 200, 100, 3)
    assert (enlarged(colours)[0, 5, 5] == [0, 7, 0]).all()


def test_sb3_gets_the_pictures():
    env = GymnasiumVecEnv(VectorGazeWrapper(gym.make_vec("saccade/Catch-v0", num_envs=3, render_mode="rgb_array")))
    env.reset()
    assert len(env.get_images()) == 3
    assert env.render().shape[2] == 3


def test_a_stock_video(tmp_path):
    env = RecordVideo(gym.make("saccade/Catch-v0", render_mode="rgb_array", size=8), str(tmp_path / "films"), disable_logger=True)
    env.reset(seed=0)
    for _ in range(7):
        env.step(1)
    env.close()
    (film,) = tmp_path.glob("films/*.mp4")
    assert film.stat().st_size > 0
