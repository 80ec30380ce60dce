import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from saccade.saliency.memory.episode_drawing import drawing_of, shares


class Row:
    """Draws each step as a pixel as bright as its strength, and the first feature in red."""

    def drawn(self, observations, strengths):
        picture = np.zeros((2, len(observations), 3), np.uint8)
        picture[0, :, 0] = observations[:, 0]
        picture[1] = 0 if strengths is None else np.round(255 * strengths)[:, None]
        return picture


class Draws(gym.Env):
    observation_space, action_space = spaces.Box(0, 99, (1,), np.float32), spaces.Discrete(2)

    def __init__(self, of_game: bool = True, drawn=None):
        if of_game:
            self.game = Row()
        else:
            self.drawn = drawn or Row().drawn

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.full(1, 50, np.float32), {}

    def step(self, action):
        return np.full(1, 60, np.float32), 0.0, False, False, {}


SEEN = np.array([[10.0], [20.0], [30.0]], np.float32)


@pytest.mark.parametrize("of_game", [False, True])
def test_an_env_or_its_game_draws(of_game):
    draw = drawing_of(DummyVecEnv([lambda: Draws(of_game)] * 2))
    picture = draw(SEEN, np.array([0.0, 0.2, 1.0]), 2)
    assert picture[0, :, 0].tolist() == [10, 20, 30]
    assert picture[1, :, 1].tolist() == [0, 51, 255]
    assert draw(SEEN, None, None)[1].max() == 0


@pytest.mark.parametrize("decision", [0, 2, None])
def test_a_drawing_that_takes_the_decision_gets_it(decision):
    got = []

    def drawn(observations, strengths=None, decision=1):
        got.append(decision)
        return Row().drawn(observations, strengths)

    assert drawing_of(DummyVecEnv([lambda: Draws(False, drawn)]))(SEEN, None, decision).shape == (2, 3, 3)
    assert got == [decision]


def test_it_gets_observations_as_the_env_gives_them():
    env = VecNormalize(DummyVecEnv([Draws]), norm_reward=False)
    env.reset()
    for _ in range(5):
        env.step([0])
    seen = np.array([[50.0], [55.0], [60.0]], np.float32)
    drawn = drawing_of(env)(env.normalize_obs(seen), None, None)[0, :, 0].astype(int)
    assert drawn.tolist() == pytest.approx([50, 55, 60], abs=1)


def test_others_draw_nothing(monkeypatch):
    assert drawing_of(DummyVecEnv([lambda: gym.make("CartPole-v1")])) is None
    assert drawing_of(DummyVecEnv([lambda: Draws(False, lambda *_: "no picture")]))(SEEN, None, None) is None
    monkeypatch.setattr("saccade.saliency.memory.episode_drawing.in_processes", lambda _: True)
    assert drawing_of(DummyVecEnv([Draws])) is None  # a method in another process cannot be fetched


def test_shares():
    assert shares(np.array([0.0, 2.0, 4.0])).tolist() == [0.0, 0.5, 1.0]
    assert shares(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert shares(np.zeros(0)).shape == (0,)
