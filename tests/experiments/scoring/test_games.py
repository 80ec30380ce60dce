"""The bar of the final games, and what is said of a run that is too short."""

import time

import gymnasium as gym
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env

from saccade.experiments import RunConfig
from saccade.experiments.scoring import games
from saccade.experiments.scoring.games import episodes_at_once, game_bar, play_games
from saccade.experiments.setup.hyperparameters import too_short


def test_progress_is_told_after_every_step_of_all_envs():
    env = make_vec_env(lambda: gym.make("CartPole-v1", max_episode_steps=6), 2)
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=16, device="cpu", seed=0)
    told: list[int] = []
    played = play_games(model, env, 5, progress=told.append)
    assert len(played.scores) == 5
    assert told == sorted(told)
    assert len(told) >= 6 * 2  # 5 games of at most 6 steps on 2 envs: 3 rounds


def test_the_bar_ends_where_it_should(capsys, monkeypatch):
    monkeypatch.setattr(games, "EVERY_IN_A_LOG", 0.0)
    with game_bar(3, True) as show:
        for ended in (0, 0, 1, 3):
            show(ended)
    shown = capsys.readouterr().err
    assert "final games" in shown
    assert "3/3" in shown
    assert "4 env steps" in shown
    with game_bar(3, False) as show:
        show(1)
    assert not capsys.readouterr().err


def test_a_log_gets_few_pictures_of_the_bar(capsys, monkeypatch):
    """In a file each picture stays: one long game would fill thousands of lines."""
    with game_bar(3, True) as show:
        for _ in range(1000):
            show(0)
            time.sleep(0.0005)
    assert capsys.readouterr().err.count("final games") == 1
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with game_bar(3, True) as show:
        for _ in range(1000):
            show(0)
            time.sleep(0.0005)
    assert capsys.readouterr().err.count("final games") > 3


@pytest.mark.parametrize(
    ("env", "agent", "steps", "said"),
    [
        ("Pong", "glimpse-ppo", 1000, "one rollout of 2,048: the agent learns only once, at learning rate 0"),
        ("Pong", "glimpse-ppo", 4000, "two rollouts of 2,048: the agent learns only twice, and"),
        ("Pong", "glimpse-ppo", 5000, None),
        ("Enduro", "pqn", 1024, "one rollout of 1,024: the agent learns only once, at learning rate 0"),
        ("Enduro", "dueling-dqn", 10, None),
        ("Catch", "glimpse-reinforce", 10, None),
    ],
)
def test_a_run_of_one_or_two_rollouts(env, agent, steps, said):
    warning = too_short(RunConfig(env=env, agent=agent, total_timesteps=steps).fitted)
    assert warning is None if said is None else said in warning


def test_a_constant_rate_is_not_called_0():
    fitted = RunConfig(env="Enduro", total_timesteps=1000, set={"learning_rate": 1e-3}).fitted
    assert "learning rate" not in too_short(fitted)


def test_fewer_episodes_of_large_images_at_once():
    assert [episodes_at_once({"size": size}) for size in (28, 100, 256)] == [500, 500, 500]
    assert [episodes_at_once({"size": size}) for size in (512, 1024, 100_000)] == [125, 31, 1]
    assert episodes_at_once({}) == 500
