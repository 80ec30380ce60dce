"""Q-learning of joint actions: what to do and where to look, which pay only together."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env

from saccade.agents import PQN, DoubleDQN
from saccade.agents.double_q_target import double_q_target
from saccade.envs import GazeWrapper
from saccade.policies import DuelingMlpPolicy, GlimpseDuelingPolicy


class Both(gym.Env):
    """Shows an action and a gaze; the reward is 1 if both are taken, and otherwise 0."""

    observation_space = spaces.Box(0, 1, (5,))
    action_space = spaces.MultiDiscrete([2, 3])

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self._shown(), {}

    def step(self, action):
        reward = float(tuple(action) == self.right)
        return self._shown(), reward, False, bool(self.np_random.random() < 0.1), {}

    def _shown(self):
        self.right = (int(self.np_random.integers(2)), int(self.np_random.integers(3)))
        shown = np.zeros(5, np.float32)
        shown[[self.right[0], 2 + self.right[1]]] = 1
        return shown


def rate(model: PQN | DoubleDQN) -> float:
    env = make_vec_env(Both, 50, seed=9)
    observations, rewards = env.reset(), []
    for _ in range(5):
        actions, _ = model.predict(observations, deterministic=True)
        observations, reward, _, _ = env.step(actions)
        rewards.append(reward)
    return float(np.mean(rewards))


def test_pqn_learns_what_pays_only_together(tmp_path):
    model = PQN("MlpPolicy", make_vec_env(Both, 8), seed=0, n_steps=8, batch_size=32, learning_rate=1e-3, gamma=0.5, device="cpu")
    assert rate(model) < 0.5
    model.learn(3000)
    assert rate(model) > 0.95
    model.save(tmp_path / "model")
    loaded = PQN.load(tmp_path / "model", env=make_vec_env(Both, 8), device="cpu")
    assert rate(loaded) == rate(model)
    loaded.learn(100, reset_num_timesteps=False)


def test_a_branch_goes_on_exploring(tmp_path):
    """Epsilon of the second branch stays where it was told to stay; that of the first falls."""
    taken = []

    class Watch(BaseCallback):
        def _on_step(self) -> bool:
            taken.append(self.locals["actions"] == self.locals["greedy"].cpu().numpy())
            return True

    explore = {"exploration_fraction": 0.1, "exploration_final_eps": 0.0, "exploration_branch_eps": [0.0, 0.6]}
    model = PQN("MlpPolicy", make_vec_env(Both, 8), seed=0, n_steps=8, batch_size=32, device="cpu", **explore)
    model.learn(4000, Watch())
    kept = np.concatenate(taken[100:]).mean(axis=0)
    assert kept[0] == 1
    assert abs(kept[1] - (1 - 0.6 * 2 / 3)) < 0.05  # one random choice of three is the same again
    model.save(tmp_path / "model")
    assert PQN.load(tmp_path / "model", device="cpu").exploration_branch_eps == [0.0, 0.6]


@pytest.mark.parametrize("floors", [[0.1], [0.1, 0.1, 0.1], [0.1, 1.5], [-0.1, 0.1]])
def test_epsilons_that_fit_no_branches_are_refused(floors):
    with pytest.raises(
        ValueError, match=r"exploration_branch_eps is \[.*\]; it must be 2 numbers from 0 to 1, one for each branch"
    ):
        PQN("MlpPolicy", make_vec_env(Both, 8), n_steps=8, batch_size=32, exploration_branch_eps=floors)


def test_epsilons_of_branches_need_branches():
    with pytest.raises(ValueError, match=r"is for MultiDiscrete actions, and these are Discrete\(2\); leave it out"):
        PQN("MlpPolicy", make_vec_env("CartPole-v1", 8), n_steps=8, batch_size=32, exploration_branch_eps=[0.1])
    with pytest.raises(ValueError, match=r"exploration_branch_eps is 0\.1; it must be a list of numbers"):
        PQN("MlpPolicy", make_vec_env(Both, 8), n_steps=8, batch_size=32, exploration_branch_eps=0.1)


def test_double_dqn_learns_it_too(tmp_path):
    arguments = {"gamma": 0.5, "learning_rate": 2e-3, "learning_starts": 200, "target_update_interval": 100, "buffer_size": 4000}
    model = DoubleDQN(DuelingMlpPolicy, make_vec_env(Both, 8), train_freq=1, gradient_steps=1, seed=0, device="cpu", **arguments)
    model.learn(4000)
    assert rate(model) > 0.95
    assert model.replay_buffer.actions.shape == (500, 8, 2)
    model.save(tmp_path / "model")
    assert rate(DoubleDQN.load(tmp_path / "model", device="cpu")) == rate(model)


def test_the_target_of_several_branches_by_hand():
    # Online, the best choices are 1 and 0. The target network gives them 10 and 3: 1 + 0.5 * 13.
    online, target = th.tensor([[0.0, 1.0, 5.0, 2.0]]), th.tensor([[20.0, 10.0, 3.0, 30.0]])
    one, zero = th.ones(1, 1), th.zeros(1, 1)
    assert double_q_target(one, zero, 0.5, online, target, (2, 2)).tolist() == [[7.5]]
    assert double_q_target(one, one, 0.5, online, target, (2, 2)).tolist() == [[1.0]]


@pytest.mark.parametrize("algorithm", [PQN, DoubleDQN])
@pytest.mark.parametrize("space", [spaces.Box(-1, 1, (2,)), spaces.MultiBinary(3)], ids=["box", "binary"])
def test_actions_that_are_not_counted_are_refused(algorithm, space):
    class Other(Both):
        action_space = space

    with pytest.raises(ValueError, match=f"{algorithm.__name__} takes Discrete or MultiDiscrete actions, and these are") as refusal:
        algorithm("MlpPolicy", make_vec_env(Other, 2), device="cpu")
    assert "tiles" not in str(refusal.value)


@pytest.mark.parametrize("algorithm", [PQN, DoubleDQN])
def test_a_gaze_without_tiles_is_refused_and_tiles_are_named(algorithm):
    env = make_vec_env(lambda: GazeWrapper(gym.make("saccade.envs:saccade/Catch-v0")), 2)
    with pytest.raises(ValueError, match=r"these are Box\(.*\); give the GazeWrapper tiles, such as tiles=5$"):
        algorithm(GlimpseDuelingPolicy, env, device="cpu")


@pytest.mark.parametrize("algorithm", [PQN, DoubleDQN])
@pytest.mark.parametrize("choices", [[3], [2, 3, 4]])
def test_a_policy_of_other_branches_is_refused(algorithm, choices):
    class Other(Both):
        action_space = spaces.MultiDiscrete(choices)

    with pytest.raises(ValueError, match=r"takes the actions of saccade\.envs\.GazeWrapper with tiles, not MultiDiscrete"):
        algorithm(GlimpseDuelingPolicy, make_vec_env(Other, 2), device="cpu")


@pytest.mark.parametrize("algorithm", [PQN, DoubleDQN])
def test_a_policy_of_one_branch_is_refused(algorithm):
    with pytest.raises(ValueError, match=r"actions have 2 branches \(MultiDiscrete\(\[2 3\]\)\); use DuelingCnnPolicy"):
        algorithm(DQN.policy_aliases["MlpPolicy"], make_vec_env(Both, 2), device="cpu")
