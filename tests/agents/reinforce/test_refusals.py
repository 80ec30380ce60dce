"""What REINFORCE refuses: wrong labels, envs, policies, numbers and weights."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from stable_baselines3.common.vec_env import VecNormalize

from saccade.agents import REINFORCE, NonFiniteLossError
from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.tasks.fixed_length_envs import FixedLengthVectorEnv


def test_labels_out_of_range_are_refused(reinforce, far_right_game):
    class Wrong(far_right_game):
        def info(self):
            return {"label": self.label + 1}

    env = GymnasiumVecEnv(VectorGazeWrapper(FixedLengthVectorEnv(8, Wrong()), (1, 2)))
    with pytest.raises(ValueError, match="from 0 to 1"):
        reinforce(env).learn(16)


def test_episodes_of_different_lengths_are_refused(reinforce, far_right_game):
    vector = FixedLengthVectorEnv(2, far_right_game())

    class Stopper(gym.vector.VectorWrapper):
        def step(self, actions):
            images, rewards, ended, cut, info = self.env.step(actions)
            ended = np.array([True, False])
            info.setdefault("final_obs", images)
            return images, rewards, ended, cut, info

    model = reinforce(GymnasiumVecEnv(VectorGazeWrapper(Stopper(vector), (1, 2))))
    with pytest.raises(ValueError, match="same length"):
        model.learn(4)


def test_supervised_needs_labels(far_right, reinforce):
    with pytest.raises(ValueError, match="no 'label'"):
        reinforce(far_right(tells=False), supervised=True).learn(2)
    model = reinforce(far_right(tells=True), supervised=False)
    model.learn(2)
    assert model._n_updates == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"gaze_samples": 0},
        {"gaze_samples": 3},
        {"gaze_samples": 1.0},
        {"gaze_std": 0.0},
        {"gaze_std": "0.1"},
        {"ent_coef": "0.1"},
        {"early_weight": "1"},
        {"gamma": "a"},
        {"gamma": 1.5},
        {"max_grad_norm": None},
        {"n_epochs": 1.5},
        {"vf_coef": -1},
        {"gain_limit": -1},
        {"policy_kwargs": {"gaze_std": 0.3}},
    ],
)
def test_arguments_out_of_range_are_refused(arguments, far_right, reinforce):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        reinforce(far_right(n_envs=2), **arguments)


def test_unsuitable_envs_and_policies_are_refused(digits):
    with pytest.raises(AssertionError, match="action spaces"):
        REINFORCE("GlimpsePolicy", "CartPole-v1")
    with pytest.raises(ValueError, match="such as MlpLstmPolicy, not MultiInputActorCriticPolicy"):
        REINFORCE(MultiInputActorCriticPolicy, digits())
    with pytest.raises(ValueError, match="norm_obs=False"):
        REINFORCE("GlimpsePolicy", VecNormalize(digits()))
    REINFORCE("GlimpsePolicy", VecNormalize(digits(), norm_obs=False)).learn(24)
    REINFORCE("GlimpsePolicy", VecNormalize(digits(), norm_obs_keys=["image"])).learn(24)
    with pytest.raises(ValueError, match="unknown"):
        REINFORCE("MlpPolicy", digits())


@pytest.mark.parametrize("tiles", [(1, 2), None])
@pytest.mark.parametrize("head", ["value_net", "action_net", "gaze_net"])
def test_a_network_with_nan_weights_is_not_saved(tmp_path, head, tiles, far_right, reinforce):
    model = reinforce(far_right(tiles=tiles))
    with th.no_grad():
        list(getattr(model.policy, head).parameters())[-1].fill_(float("nan"))  # a bias of its last layer
    with pytest.raises(NonFiniteLossError):
        model.learn(4)
    with pytest.raises(NonFiniteLossError):
        model.save(tmp_path / "agent")
    assert not list(tmp_path.iterdir())


def test_gaze_samples_need_envs_with_copies(digits):
    REINFORCE("GlimpsePolicy", digits(copies=4), gaze_samples=4, device="cpu").learn(8 * 3)
    model = REINFORCE("GlimpsePolicy", digits(), gaze_samples=4, device="cpu")
    with pytest.raises(ValueError, match="copies=4"):
        model.learn(8 * 3)
