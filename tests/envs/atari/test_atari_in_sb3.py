"""Wrappers, other envs of the same kind, and SB3's algorithms."""

import gymnasium as gym
import numpy as np
import pytest
from atari_play import assert_same_play, noops, play, random_actions
from gymnasium.vector import VectorWrapper
from gymnasium.wrappers.vector import TransformReward
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor


class OneFrameOfTheStack(VectorWrapper):
    """Changes observations, terminal observations and their space."""

    def __init__(self, env):
        super().__init__(env)
        box = env.single_observation_space
        self.single_observation_space = gym.spaces.Box(0, 255, (1, *box.shape[1:]), np.uint8)

    def reset(self, **kwargs):
        observations, info = self.env.reset(**kwargs)
        return observations[:, -1:], info

    def step(self, actions):
        observations, *rest, info = self.env.step(actions)
        if "final_obs" in info:
            info["final_obs"] = info["final_obs"][:, -1:]
        return observations[:, -1:], *rest, info


def test_a_wrapper_changes_what_sb3_sees(atari):
    env, plain = atari("Breakout", 2, seed=0, wrapper=OneFrameOfTheStack), atari("Breakout", 2, seed=0)
    assert isinstance(env.env, OneFrameOfTheStack)
    assert env.observation_space.shape == (1, 84, 84)
    np.testing.assert_array_equal(env.reset(), plain.reset()[:, -1:])
    actions = random_actions(env, 200)
    n_terminal = 0
    for (observations, _, _, infos), (stacks, _, _, plain_infos) in zip(play(env, actions), play(plain, actions), strict=True):
        np.testing.assert_array_equal(observations, stacks[:, -1:])
        for info, plain_info in zip(infos, plain_infos, strict=True):
            if "terminal_observation" in plain_info:
                n_terminal += 1
                np.testing.assert_array_equal(info["terminal_observation"], plain_info["terminal_observation"][-1:])
    assert n_terminal > 4


def test_a_reward_wrapper_does_not_change_the_score(atari):
    def halved(vector_env):
        return TransformReward(vector_env, lambda rewards: rewards / 2)

    env = atari("SpaceInvaders", 1, seed=0, max_frames=800, wrapper=halved)
    env.reset()
    played = play(env, random_actions(env, 200))
    assert {float(rewards[0]) for _, rewards, *_ in played} == {0.0, 0.5}
    score = played[-1][3][0]["episode"]["r"]
    assert score >= 5
    assert score % 5 == 0
    assert env.env_is_wrapped(Monitor) == [True]


def test_remake_makes_an_env_of_the_same_kind(atari):
    kwargs = {
        "evaluation": True,
        "terminal_on_life_loss": True,
        "clip_reward": True,
        "noop_max": 7,
        "fire_reset": False,
        "frame_skip": 3,
        "frame_stack": 2,
        "screen_size": (60, 50),
        "action_repeat_probability": 0.1,
        "full_action_space": True,
        "max_frames": 90,
        "num_threads": 1,
        "wrapper": OneFrameOfTheStack,
    }
    env, expected = atari("Breakout", 1, seed=0, **kwargs), atari("Breakout", 2, seed=5, **kwargs)
    first = expected.reset()
    actions = random_actions(expected, 100)
    played = play(expected, actions)
    remade = env.remake(n_envs=2, seed=5, render_mode="rgb_array")
    again = remade.remake(n_envs=2, seed=5)
    assert (env.render_mode, remade.render_mode, again.render_mode) == (None, "rgb_array", None)
    for other in (remade, again):
        assert other.num_envs == 2
        assert other.observation_space == env.observation_space
        assert other.action_space == env.action_space
        np.testing.assert_array_equal(other.reset(), first)
        assert_same_play(play(other, actions), played)
        other.close()


def test_remake_does_not_change_the_env(atari):
    env, plain = atari("Breakout", 1, seed=0), atari("Breakout", 1, seed=0)
    env.reset()
    plain.reset()
    actions = random_actions(env, 60)
    first = play(env, actions[:30])
    other = env.remake(n_envs=1, seed=9)
    other.reset()
    play(other, noops(other, 20))
    other.close()
    assert_same_play(first + play(env, actions[30:]), play(plain, actions))


class RandomPlayer:
    def __init__(self, n_actions):
        self.n_actions = n_actions
        self.rng = np.random.default_rng(0)

    def predict(self, observations, state=None, episode_start=None, deterministic=False):
        return self.rng.integers(0, self.n_actions, len(observations)), state


@pytest.mark.filterwarnings("error")
def test_evaluate_policy_reports_raw_scores_of_whole_games(atari):
    """Also for a training env, with clipped rewards and episodes that end with a lost life."""
    results = []
    for kwargs in ({}, {"evaluation": True}):
        env = atari("SpaceInvaders", 2, seed=1, **kwargs)
        assert env.env_is_wrapped(Monitor) == [True, True]
        assert env.env_is_wrapped(Monitor, indices=[1]) == [True]
        results.append(evaluate_policy(RandomPlayer(env.action_space.n), env, n_eval_episodes=4, return_episode_rewards=True))
    assert results[0] == results[1]
    scores, lengths = results[0]
    assert len(scores) == 4
    assert max(scores) > 20
    assert all(score % 5 == 0 for score in scores)
    assert min(lengths) > 200


@pytest.mark.usefixtures("one_torch_thread")
def test_stock_dqn_runs(atari):
    env = atari("Pong")
    model = DQN("CnnPolicy", env, buffer_size=500, learning_starts=50, batch_size=8, device="cpu", seed=0).learn(100)
    assert model.env is env, "SB3 found nothing to wrap"
    assert model.num_timesteps == 100
    assert model._n_updates > 0


@pytest.mark.usefixtures("one_torch_thread")
def test_stock_ppo_runs(atari):
    env = atari("Breakout", 2, max_frames=60)
    model = PPO("CnnPolicy", env, n_steps=20, batch_size=20, n_epochs=1, device="cpu", seed=0).learn(40)
    assert model.num_timesteps == 40
    assert [episode["l"] for episode in model.ep_info_buffer] == [15, 15]


def test_a_wrapper_that_is_none_is_refused_in_a_line(atari):
    with pytest.raises(
        TypeError, match=r"^wrapper is 5; it must be a function or a class that takes a gymnasium.vector.VectorEnv$"
    ):
        atari("Pong", wrapper=5)
    with pytest.raises(TypeError, match=r"^wrapper gives a NoneType; it must give a gymnasium.vector.VectorEnv$"):
        atari("Pong", wrapper=lambda env: None)
