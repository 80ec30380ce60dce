"""Copies of a game count once, and standard errors say what they are."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from corridor import Corridor
from stable_baselines3 import A2C
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.experiments.scoring.game_player import GamePlayer
from saccade.experiments.scoring.games import play_games
from saccade.experiments.scoring.played_games import GREEDY, Kind, PlayedGames


def corridors(*starts_and_rewards: tuple[int, float], monitor: bool = False) -> DummyVecEnv:
    def one(start: int, reward: float) -> gym.Env:
        return Monitor(Corridor(start, reward)) if monitor else Corridor(start, reward)

    return DummyVecEnv([lambda start=start, reward=reward: one(start, reward) for start, reward in starts_and_rewards])


def policy_of(env: DummyVecEnv):
    return A2C("MlpPolicy", env, device="cpu", seed=0).policy


def games(*scores: float, copies: bool = False) -> PlayedGames:
    names = [str(score) for score in scores] if copies else [str(i) for i in range(len(scores))]
    return PlayedGames(np.array(scores), np.full(len(scores), 7), [None] * len(scores), names)


@pytest.mark.parametrize("monitor", [False, True])
def test_two_possible_games_played_ten_times_are_two(monitor):
    env = corridors((0, 1.0), (0, 1.0), (5, 2.0), monitor=monitor)
    played = play_games(policy_of(env), env, 10)
    assert sorted(played.scores) == [3.0] * 6 + [6.0] * 4
    assert played.distinct == 2
    assert played.is_first.sum() == 2
    assert played.mean == 4.5  # and not 4.2, the mean over all copies
    assert played.std == pytest.approx(np.sqrt(2 * 1.5**2 / 1))
    assert played.standard_error == pytest.approx(1.5)
    assert set(played.lengths) == {3}
    assert set(played.frames) == {12}


def test_games_with_one_score_but_other_pictures_or_rewards_are_no_copies():
    env = corridors((0, 1.0), (1, 1.0), (0, 1.0))
    played = play_games(policy_of(env), env, 6)
    assert set(played.scores) == {3.0}
    assert played.distinct == 2
    assert played.std == 0.0


def test_standard_error_by_hand():
    played = games(2.0, 4.0, 9.0)
    assert played.mean == 5.0
    assert played.std == pytest.approx(np.sqrt((9 + 1 + 16) / 2))  # divided by 3 - 1
    assert played.standard_error == pytest.approx(np.sqrt(26 / 2 / 3))
    assert "5.0, standard error 2.1 (standard deviation 3.6, min 2, median 4, max 9); 3 of 3 games distinct" in played.text()


def test_copies_do_not_make_the_standard_error_smaller():
    once, many = games(2.0, 4.0, 9.0, copies=True), games(2.0, 4.0, 9.0, 9.0, 9.0, 2.0, copies=True)
    assert many.standard_error == once.standard_error
    assert many.figures()["distinct"] == 3
    assert many.figures()["games"] == 6


@pytest.mark.parametrize("name", ["sticky", "epsilon"])
def test_games_of_chance_that_come_out_alike_are_draws_of_their_own(name):
    """Nine of ten games succeed in one way. Without its repetitions this way would have the weight of one game."""
    played = games(*[1.0] * 9, 0.0, copies=True).of_kind(Kind(name, 0.1))
    assert played.distinct == 2
    assert played.mean == pytest.approx(0.9)
    assert played.standard_error == pytest.approx(np.sqrt(0.9 * 0.1 / 9))
    assert "2 of 10 games distinct" in played.text()


@pytest.mark.parametrize("played", [games(4.0), games(4.0, 4.0, 4.0, copies=True)])
def test_one_game_has_no_standard_error_and_says_so(played):
    assert played.std is None
    assert played.standard_error is None
    assert "one game has no standard error" in played.text()
    assert played.figures()["standard_error"] is None


def test_each_kind_has_its_name():
    played = games(1.0, 2.0).of_kind(Kind("sticky", 0.25))
    assert played.text().startswith("sticky actions 0.25: 1.5, standard error 0.5")
    assert str(Kind("epsilon", 0.01)) == "epsilon 0.01"
    assert str(GREEDY) == "greedy"


def test_epsilon_makes_the_games_of_a_corridor_differ():
    env = corridors((0, 1.0), (0, 1.0))
    policy = policy_of(env)
    assert play_games(GamePlayer(policy, env), env, 8).distinct == 1
    assert play_games(GamePlayer(policy, env, epsilon=0.5, seed=1), env, 8).distinct > 1
    again = [play_games(GamePlayer(policy, env, epsilon=0.5, seed=1), env, 8).trajectories for _ in range(2)]
    assert again[0] == again[1]  # the seed decides


def test_epsilon_is_the_share_of_random_actions_and_keeps_to_the_masks(monkeypatch):
    env = corridors((0, 1.0))
    player = GamePlayer(policy_of(env), env, epsilon=0.3, seed=0)
    seen = np.zeros((3000, 2), np.float32)
    usual = player._policy.predict(seen[:1], deterministic=True)[0]
    masks = np.ones((3000, 3), dtype=bool)
    masks[:, (usual[0] + 1) % 3] = False
    monkeypatch.setattr("saccade.experiments.scoring.game_player.act", lambda *_: (np.repeat(usual, 3000), None))
    monkeypatch.setattr("saccade.experiments.scoring.game_player.masks_of", lambda *_: th.as_tensor(masks))
    player._masked = True
    chosen, _ = player.predict(seen, episode_start=np.zeros(3000, dtype=bool))
    assert set(np.unique(chosen)) == {usual[0], (usual[0] + 2) % 3}
    assert 0.12 < np.mean(chosen != usual) < 0.18  # half of the random actions are the usual one
