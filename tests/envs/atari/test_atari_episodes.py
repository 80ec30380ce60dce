"""Ends of episodes and games, and their infos."""

import numpy as np
import pytest
from atari_play import FIRE, NO_HIDDEN_STEPS, NOOP, assert_same_play, noops, play, random_actions, spy_on_actions, start

from saccade.envs import make_atari


def steps_to_lost_lives(env, actions):
    """(previous observation, step) for every step in which the only env lost a life but not the game."""
    observations, (info,) = start(env)
    found, lives = [], info["lives"]
    for action in actions:
        step = env.step(action)
        info = step[3][0]
        if info["lives"] < lives and "episode" not in info:
            found.append((observations, step))
        lives, observations = info["lives"], step[0]
    return found


def test_a_lost_life_ends_the_training_episode_and_not_the_game(atari):
    env = atari("Breakout", 1, seed=0)
    observations, (info,) = start(env)
    assert info["lives"] == 5
    lost = 0
    for action in noops(env, 400):
        last, frame = observations, info["episode_frame_number"]
        observations, _, (done,), (info,) = env.step(action)
        if not done:
            np.testing.assert_array_equal(observations[0, :-1], last[0, 1:])
            assert info["episode_frame_number"] == frame + 4
            continue
        terminal = info["terminal_observation"]
        np.testing.assert_array_equal(terminal[:-1], last[0, 1:])
        assert not info["TimeLimit.truncated"]
        assert not observations[0, :-1].any()
        assert observations[0, -1].any()
        if "episode" in info:
            break
        lost += 1
        assert info["lives"] == 5 - lost
        assert info["episode_frame_number"] == frame + 4
        np.testing.assert_array_equal(terminal[-1], observations[0, -1])
    assert lost == 4
    assert "episode" in info
    assert env.reset_infos[0]["lives"] == 5
    assert env.reset_infos[0]["episode_frame_number"] < 30


def test_each_ended_episode_of_a_batch_has_its_own_stack(atari):
    """Some envs lose a life while others lose the game or continue, and two of these happen in the same step."""
    env = atari("Breakout", 4, seed=0, max_frames=600)
    observations, _ = start(env)
    seen, both_at_once = set(), False
    for action in random_actions(env, 500):
        last = observations
        observations, _, dones, infos = env.step(action)
        assert [info.get("env_id") for info in infos] == list(range(4)), "each env has its info, whatever ended beside it"
        for i, info in enumerate(infos):
            shifted = last[i, 1:]
            if dones[i]:
                seen.add(("truncated" if info["TimeLimit.truncated"] else "game over") if "episode" in info else "lost life")
                np.testing.assert_array_equal(info["terminal_observation"][:-1], shifted)
                assert info["terminal_observation"].shape == observations.shape[1:]
                assert not observations[i, :-1].any()
                assert observations[i, -1].any()
            else:
                assert "terminal_observation" not in info
                np.testing.assert_array_equal(observations[i, :-1], shifted)
        kinds = {("game" if "episode" in info else "life") for info, done in zip(infos, dones, strict=True) if done}
        both_at_once |= len(kinds) == 2
    assert seen == {"truncated", "game over", "lost life"}
    assert both_at_once


@pytest.mark.parametrize("more_steps", [1, 2, 3, 4])
def test_an_episode_shorter_than_the_stack_shows_no_older_frames(atari, more_steps):
    """A game is truncated soon after a lost life. Its last stacks show no frame from before that."""
    env = atari("Breakout", 1, seed=0, **NO_HIDDEN_STEPS)
    given = [[FIRE]] + [[NOOP]] * 100
    env.reset()
    n = 1 + next(t for t, (_, _, dones, _) in enumerate(play(env, np.array(given))) if dones[0])
    capped = atari("Breakout", 1, seed=0, max_frames=4 * (n + more_steps), **NO_HIDDEN_STEPS)
    capped.reset()
    played = play(capped, np.array(given[: n + more_steps]))
    assert [t for t, (_, _, dones, _) in enumerate(played, start=1) if dones[0]] == [n, n + more_steps]
    terminal = played[-1][3][0]["terminal_observation"]
    np.testing.assert_array_equal(terminal[:-1], played[-2][0][0, 1:])
    assert terminal.any(axis=(1, 2)).tolist() == [age <= more_steps for age in (3, 2, 1, 0)]
    assert not played[-1][0][0, :-1].any()


@pytest.mark.parametrize("kwargs", [{"terminal_on_life_loss": False}, {"evaluation": True}])
def test_whole_games_continue_after_lost_lives(atari, kwargs):
    env = atari("Breakout", 1, seed=0, **kwargs)
    found = steps_to_lost_lives(env, noops(env, 300))
    assert len(found) > 4
    for last, (observations, _, dones, (info,)) in found:
        assert not dones[0]
        assert set(info) == {"env_id", "lives", "frame_number", "episode_frame_number", "TimeLimit.truncated"}
        np.testing.assert_array_equal(observations[0, :-1], last[0, 1:])


@pytest.fixture(scope="module")
def space_invaders():
    """Actions, raw rewards and ends of two whole games, with scores in multiples of 5."""
    env = make_atari("SpaceInvaders", 1, seed=3, evaluation=True)
    env.reset()
    actions, raw, overs = [], [], []
    for action in random_actions(env, 3000, seed=1):
        _, rewards, dones, _ = env.step(action)
        actions.append(action)
        raw.append(float(rewards[0]))
        overs.append(bool(dones[0]))
        if sum(overs) == 2:
            break
    env.close()
    return actions, raw, overs


@pytest.mark.parametrize(
    ("kwargs", "whole_games", "raw_rewards"),
    [
        ({}, False, False),
        ({"evaluation": True}, True, True),
        ({"terminal_on_life_loss": False}, True, False),
        ({"clip_reward": False}, False, True),
        ({"evaluation": True, "clip_reward": True}, True, False),
        ({"evaluation": True, "terminal_on_life_loss": True}, False, True),
    ],
)
def test_episodes_and_rewards_of_each_mode(atari, space_invaders, kwargs, whole_games, raw_rewards):
    """In every mode the games are the same, and so are their scores and lengths."""
    actions, raw, overs = space_invaders
    assert sum(overs) == 2
    assert max(raw) >= 5
    env = atari("SpaceInvaders", 1, seed=3, **kwargs)
    env.reset()
    score, length, n_ends = 0.0, 0, 0
    for t, (_, rewards, dones, (info,)) in enumerate(play(env, actions)):
        assert rewards[0] == (raw[t] if raw_rewards else np.sign(raw[t]))
        assert rewards.dtype == np.float32
        score, length, n_ends = score + raw[t], length + 1, n_ends + int(dones[0])
        assert ("episode" in info) == overs[t]
        if overs[t]:
            assert dones[0]
            assert (info["episode"]["r"], info["episode"]["l"]) == (score, length)
            assert info["episode"]["t"] >= 0
            score, length = 0.0, 0
    if whole_games:
        assert n_ends == sum(overs)
    else:
        assert n_ends > sum(overs), "lost lives are ends too"


def test_info_at_game_over_describes_the_ended_game(atari):
    """As ``GymnasiumVecEnv`` documents. SB3's own envs have ``lives: 0`` there."""
    env = atari("Breakout", 1, seed=0, evaluation=True)
    _, (info,) = start(env)
    for action in noops(env, 400):
        last = info
        _, _, dones, (info,) = env.step(action)
        if dones[0]:
            break
    assert "episode" in info
    assert env.reset_infos[0]["lives"] == 5
    assert env.reset_infos[0]["episode_frame_number"] < 30
    assert info["lives"] == 0
    for count in ("episode_frame_number", "frame_number"):
        assert 1 <= info[count] - last[count] <= 4, "frames of the last step"


def test_a_reset_during_a_game_restarts_the_counters(atari, monkeypatch):
    """Right after a lost life, when FIRE would be next."""
    env, fresh = atari("Breakout", 1, seed=0), atari("Breakout", 1, seed=1)
    env.reset()
    while not any(env.step(np.array([NOOP]))[2]):
        pass
    env.seed(1)
    np.testing.assert_array_equal(env.reset(), fresh.reset())
    assert env.reset_infos[0]["lives"] == 5
    sent = spy_on_actions(monkeypatch, env)
    played = play(env, noops(env, 400))
    assert sent[0].tolist() == [NOOP]
    assert any("episode" in info for *_, (info,) in played)
    assert_same_play(played, play(fresh, noops(env, 400)))
