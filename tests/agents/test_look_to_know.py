"""Where to look and what to do, learnt together: the right action shows at one tile only, and a look at it is an action too."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

from saccade.agents import PQN
from saccade.envs import GazeWrapper
from saccade.policies import GlimpseDuelingPolicy

SIDE, TILES, STEPS = 16, 2, 2
SHOWN = (1, 0)  # row and column of the one tile that says what is right; the first look is at the opposite one
EYE = {"size": 8, "scales": 1, "features_dim": 32, "what_dim": 32, "where_dim": 16, "network": "fc", "layer_norm": True}


class LookToKnow(gym.Env):
    """Episodes of two steps. One tile is bright or dark by what the right action is; a right one is rewarded by 1 in the last."""

    observation_space = spaces.Box(0, 255, (1, SIDE, SIDE), np.uint8)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.right, self.t = int(self.np_random.integers(2)), 0
        return self._image(), {}

    def step(self, action):
        self.t += 1
        last = self.t == STEPS
        return self._image(), float(last and action == self.right), last, False, {}

    def _image(self):
        image = np.full((1, SIDE, SIDE), 128, np.uint8)
        row, column = (8 * at for at in SHOWN)
        image[:, row : row + 8, column : column + 8] = 255 * self.right
        return image


def envs(count: int, forced: str | None) -> VecMonitor:
    made = DummyVecEnv([lambda: GazeWrapper(LookToKnow(), tiles=TILES, first=(0.5, -0.5), forced=forced) for _ in range(count)])
    made.seed(0)
    return VecMonitor(made)


def trained(forced: str | None) -> PQN:
    model = PQN(
        GlimpseDuelingPolicy,
        envs(16, forced),
        n_steps=6,
        batch_size=48,
        n_epochs=2,
        learning_rate=2e-3,
        gamma=0.95,
        exploration_fraction=0.5,
        exploration_final_eps=0.02,
        policy_kwargs={"hidden_width": 32, "features_extractor_kwargs": EYE},
        seed=0,
        device="cpu",
        compile=False,
        autocast=False,
    )
    return model.learn(8_000)


def score(model: PQN, forced: str | None, episodes: int = 20) -> tuple[float, float]:
    """The mean reward of an episode, and the share of last looks that are at the tile."""
    env = envs(25, forced)
    observations, rewards, looks = env.reset(), [], []
    tile = np.array([SHOWN[1], SHOWN[0]]) * 2 / TILES - 1 + 1 / TILES
    for step in range(episodes * STEPS):
        if step % STEPS == STEPS - 1:
            looks.append(np.abs(observations["gaze"] - tile).max(axis=1) < 1e-6)
        actions, _ = model.predict(observations, deterministic=True)
        observations, reward, _, _ = env.step(actions)
        rewards.append(reward)
    return float(np.mean(rewards)) * STEPS, float(np.mean(looks))


def test_an_agent_learns_to_look_where_it_shows_and_to_do_what_it_sees(one_torch_thread):
    reward, looked = score(trained(None), None)
    assert reward > 0.95
    assert looked > 0.95


def test_under_a_random_gaze_it_cannot_be_solved(one_torch_thread):
    """One look of four shows what is right, and otherwise it must be guessed: 1/4 + 3/4 * 1/2."""
    reward, looked = score(trained("random"), "random")
    assert reward == pytest.approx(0.625, abs=0.1)
    assert looked == pytest.approx(0.25, abs=0.1)
