"""The Q-learners find the optimal values of a corridor, which are known exactly."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.agents import PQN, DoubleDQN, FrameReplayBuffer
from saccade.policies import DuelingMlpPolicy

PLACES, GAMMA = 5, 0.9
LEFT_EXIT = 0.3  # near, and worth less than the right exit, 1, from every place
# By hand: V(s) = 0.9^(4 - s), since the right exit is 4 - s steps away and then one more; Q(s, left) = 0.9 V(s - 1).
RIGHT = [0.6561, 0.729, 0.81, 0.9, 1.0]
LEFT = [LEFT_EXIT, 0.59049, 0.6561, 0.729, 0.81]


class Corridor(gym.Env):
    """Five places in a row, with an exit at each end. An episode starts anywhere."""

    observation_space = spaces.Box(0, 1, (PLACES,), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = int(self.np_random.integers(PLACES))
        return self._here(), {}

    def step(self, action):
        self.place += 1 if action else -1
        out = not 0 <= self.place < PLACES
        reward = 0.0 if not out else 1.0 if action else LEFT_EXIT
        self.place = min(max(self.place, 0), PLACES - 1)
        return self._here(), reward, out, False, {}

    def _here(self):
        return np.eye(PLACES, dtype=np.float32)[self.place]


def corridors(n_envs: int) -> DummyVecEnv:
    env = DummyVecEnv([Corridor] * n_envs)
    env.seed(0)
    return env


def assert_optimal(model) -> None:
    with th.no_grad():
        q = model.policy.q_net(th.eye(PLACES)).numpy()
    np.testing.assert_allclose(q, np.stack([LEFT, RIGHT], axis=1), atol=0.03)
    assert (model.predict(np.eye(PLACES, dtype=np.float32), deterministic=True)[0] == 1).all(), "always to the right"


@pytest.mark.parametrize(
    "buffer", [{}, {"replay_buffer_class": FrameReplayBuffer, "replay_buffer_kwargs": {"frame_channels": PLACES}}]
)
def test_double_dqn(buffer):
    explore = {"exploration_fraction": 1.0, "exploration_initial_eps": 1.0, "exploration_final_eps": 0.5}
    model = DoubleDQN(
        DuelingMlpPolicy,
        corridors(8),
        learning_rate=2e-3,
        gamma=GAMMA,
        buffer_size=4000,
        learning_starts=200,
        batch_size=64,
        train_freq=4,
        gradient_steps=8,
        target_update_interval=64,
        seed=0,
        **explore,
        **buffer,
    )
    assert_optimal(model.learn(3000))


@pytest.mark.parametrize("q_lambda", [0.0, 0.3])
def test_pqn(q_lambda):
    model = PQN(
        "MlpPolicy",
        corridors(16),
        learning_rate=lambda progress: 2e-3 * progress,
        gamma=GAMMA,
        n_steps=8,
        batch_size=64,
        n_epochs=4,
        q_lambda=q_lambda,
        # Longer returns are those of what the agent does; so it must explore less in the end, or they are not the optimal ones.
        exploration_fraction=1.0,
        exploration_final_eps=0.3 if q_lambda == 0 else 0.02,
        seed=0,
    )
    assert_optimal(model.learn(16_000))
