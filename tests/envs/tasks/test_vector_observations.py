"""Games whose observations are float vectors: observations, pictures, seeds and saved states as for games of images."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env as gymnasium_check
from stable_baselines3.common.env_checker import check_env as sb3_check

from saccade.envs import GymnasiumVecEnv
from saccade.envs.tasks.fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from saccade.envs.tasks.fixed_length_game import FixedLengthGame


class Walk(FixedLengthGame):
    """A place in the plane. Actions move it to the left or to the right, and its start is random."""

    def __init__(self) -> None:
        self.observation_space = spaces.Box(-8, 8, (2,), np.float32)
        self.action_space = spaces.Discrete(2)
        self.length, self.draws, self.device = 4, 2, th.device("cpu")

    def begin(self, uniforms, seeds, episodes):
        self.place = uniforms.float()

    def play(self, actions, last):
        self.place[:, 0] += 2 * actions - 1
        return self.place[:, 0].clone()

    def observations(self):
        return self.place

    def pictures(self):
        pictures = np.zeros((len(self.place), 4, 6, 3), dtype=np.uint8)
        pictures[:] = (100 * self.place[:, 1]).byte().numpy()[:, None, None, None]
        return pictures


class Doubles(Walk):
    """It breaks its word: the space has numbers of four bytes."""

    def observations(self):
        return self.place.double()


class Nothing(Walk):
    observations = FixedLengthGame.observations


@pytest.mark.filterwarnings("ignore:.*symmetric and normalized")
def test_checkers_of_gymnasium_and_sb3_find_no_fault_and_would_find_one():
    good, bad = FixedLengthEnv(Walk()), FixedLengthEnv(Doubles())
    gymnasium_check(good, skip_render_check=True)
    sb3_check(good)
    assert good._steps > 0  # they have played
    with pytest.raises(AssertionError, match="reset\\(\\)"):
        sb3_check(bad)


def test_one_and_many_agree_and_observations_are_copies():
    many = FixedLengthVectorEnv(3, Walk(), render_mode="rgb_array")
    seen, _ = many.reset(seed=5)
    assert seen.shape == (3, 2)
    assert seen.dtype == np.float32
    seen[:] = 7
    for i in range(3):
        one = FixedLengthEnv(Walk(), render_mode="rgb_array")
        first, _ = one.reset(seed=5 + i)
        assert (first == many._observations()[i]).all()
        assert (one.render() == many.render()[i]).all()
        assert one.render().shape == (4, 6, 3)
        assert int(one.render()[0, 0, 0]) == int(100 * first[1])


def test_the_next_episode_and_the_last_observation_of_this_one():
    env = FixedLengthVectorEnv(2, Walk())
    before, _ = env.reset(seed=0)
    for t in range(4):
        after, rewards, ended, _, info = env.step(np.array([0, 1]))
        assert ended.all() == (t == 3)
    assert (info["final_obs"] == before + np.array([[-4, 0], [4, 0]], dtype=np.float32)).all()
    assert (rewards == info["final_obs"][:, 0]).all()
    assert not (after == info["final_obs"]).any()


def test_a_saved_state_comes_back():
    env = FixedLengthVectorEnv(2, Walk())
    env.reset(seed=1)
    env.step(np.array([1, 0]))
    state = env.save_state()
    expected = [env.step(np.array([t % 2, 1]))[0] for t in range(6)]
    other = FixedLengthVectorEnv(2, Walk())
    other.restore_state(state)
    assert (np.stack(expected) == np.stack([other.step(np.array([t % 2, 1]))[0] for t in range(6)])).all()


def test_sb3_gets_vectors_and_pictures():
    env = GymnasiumVecEnv(FixedLengthVectorEnv(2, Walk(), render_mode="rgb_array"))
    assert env.reset().shape == (2, 2)
    assert [picture.shape for picture in env.get_images()] == [(4, 6, 3)] * 2


def test_a_game_without_observations_says_so():
    with pytest.raises(TypeError, match=r"abstract class Nothing .*observations"):
        Nothing()
