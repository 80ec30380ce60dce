"""``make_atari`` against stable-baselines3's ``make_atari_env`` in whole games."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from atari_play import (
    FIRE,
    NO_HIDDEN_STEPS,
    NOOP,
    RIGHT,
    difference,
)
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack


@dataclass
class Record:
    """Measurements of both envs, played in lock-step. Differences are in grey levels."""

    rewards: list = field(default_factory=list)
    apart: list = field(default_factory=list)  # between the newest frames
    apart_if_late: list = field(default_factory=list)  # between our newest frame and SB3's previous one; 0 if ours is late
    moved: list = field(default_factory=list)  # between SB3's newest frame and its previous one
    stacks_apart: list = field(default_factory=list)
    terminal_apart: list = field(default_factory=list)  # between the newest frames at a lost life
    game_over_apart: list = field(default_factory=list)  # between the last frames of a game
    games: list = field(default_factory=list)
    lost_lives: int = 0
    truncations: int = 0


def play_beside_sb3(ours: VecEnv, theirs: VecEnv, draw_action, n_games: int) -> Record:
    """
    Play both envs from the same emulator frame with the same actions, until a number of games are over.

    ALE is deterministic without sticky actions. Both start at frame 0, with ``noop_max=0`` on both sides and no automatic FIRE
    on ours. SB3 plays hidden steps inside its ``reset``: FIRE and action 2 at the start; a no-op, FIRE and action 2 after a
    lost life. Ours gets them as ordinary steps. Quantities that must be equal are checked here. Frames may differ slightly and
    are recorded: SB3 takes the maximum of two frames in colour, and OpenCV converts it to grey.
    """
    record = Record()

    def hidden_steps(actions):
        for action in actions:
            observations, _, dones, _ = ours.step(np.array([action]))
            assert not dones[0], "a hidden step of SB3's ended an episode; choose another seed"
        return observations

    fire_and_right = (FIRE, RIGHT)
    our_stack, their_stack = ours.reset(), theirs.reset()
    our_stack = hidden_steps(fire_and_right)
    their_last, age = their_stack[0, :, :, -1], 0
    while len(record.games) < n_games:
        ours_newest, theirs_newest = our_stack[0, -1], their_stack[0, :, :, -1]
        record.apart.append(difference(ours_newest, theirs_newest))
        record.apart_if_late.append(difference(ours_newest, their_last))
        record.moved.append(difference(theirs_newest, their_last))
        their_last = theirs_newest
        if age >= 4:  # before that SB3's stack does not contain its hidden steps
            record.stacks_apart.append(difference(our_stack[0], np.moveaxis(their_stack[0], -1, 0)))

        action = np.array([draw_action()])
        our_stack, our_rewards, our_dones, (our_info,) = ours.step(action)
        their_stack, their_rewards, their_dones, (their_info,) = theirs.step(action)
        age += 1
        record.rewards.append(float(our_rewards[0]))
        assert our_rewards[0] == their_rewards[0]
        assert our_dones[0] == their_dones[0]
        assert our_info["TimeLimit.truncated"] == their_info["TimeLimit.truncated"]
        assert ("episode" in our_info) == ("episode" in their_info)
        for key in ("lives", "episode_frame_number", "frame_number"):
            assert our_info[key] == their_info[key]
        if not our_dones[0]:
            continue
        age = 0
        terminal, their_terminal = our_info["terminal_observation"], np.moveaxis(their_info["terminal_observation"], -1, 0)
        if "episode" in our_info:
            record.games.append(our_info["episode"])
            record.truncations += our_info["TimeLimit.truncated"]
            record.game_over_apart.append(difference(terminal[-1], their_terminal[-1]))
            assert our_info["episode"]["r"] == their_info["episode"]["r"]
            assert our_info["episode"]["l"] == -(-their_info["episode"]["l"] // 4), "SB3's Monitor counts frames, four a step"
            our_stack = hidden_steps(fire_and_right)
        else:
            record.lost_lives += 1
            record.terminal_apart.append(difference(terminal[-1], their_terminal[-1]))
            our_stack = hidden_steps((NOOP, *fire_and_right))
    return record


def mostly_fire(rng, n_actions):
    return FIRE if rng.random() < 0.85 else rng.integers(n_actions)


def any_action(rng, n_actions):
    return rng.integers(n_actions)


@pytest.mark.parametrize(
    ("game", "n_games", "draw", "evaluation", "max_frames"),
    [
        ("Breakout", 4, any_action, False, 108_000),
        ("Enduro", 1, mostly_fire, False, 108_000),  # FIRE is the throttle
        ("SpaceInvaders", 2, any_action, False, 108_000),
        ("SpaceInvaders", 2, any_action, True, 108_000),
        ("Pong", 1, any_action, False, 108_000),
        ("Pong", 3, any_action, True, 1002),  # truncated inside a step
        ("Breakout", 3, any_action, False, 300),
    ],
)
def test_whole_games_equal_those_of_sb3(atari, game, n_games, draw, evaluation, max_frames):
    ours = atari(game, 1, seed=0, evaluation=evaluation, max_frames=max_frames, **NO_HIDDEN_STEPS)
    theirs = VecFrameStack(
        make_atari_env(
            f"{game}NoFrameskip-v4",
            1,
            seed=0,
            env_kwargs={"max_num_frames_per_episode": max_frames},
            wrapper_kwargs={"noop_max": 0, "terminal_on_life_loss": not evaluation, "clip_reward": not evaluation},
        ),
        4,
    )
    assert ours.action_space == theirs.action_space
    rng = np.random.default_rng(0)
    record = play_beside_sb3(ours, theirs, lambda: draw(rng, ours.action_space.n), n_games)
    theirs.close()

    apart, late, moved = np.array(record.apart), np.array(record.apart_if_late), np.array(record.moved)
    assert apart.max() < 0.1  # grey levels; 0 in most games
    assert max(record.stacks_apart) < 0.1
    assert max(record.terminal_apart, default=0) < 0.1
    # At a game over, ALE's step ends one frame before SB3's, so these frames differ more.
    assert max(record.game_over_apart) < 2
    moving = moved > 0.1
    assert moving.mean() > 0.3
    assert (apart < late)[moving].all(), "our newest frame is nearer to SB3's previous frame"

    if max_frames == 108_000:
        assert record.truncations == 0
    else:
        assert record.truncations > 0
    if not evaluation and game == "Breakout" and max_frames == 108_000:
        assert record.lost_lives == 4 * n_games
    if game in ("Enduro", "Pong") or evaluation:
        assert record.lost_lives == 0
    clipped = set(record.rewards) <= {-1.0, 0.0, 1.0}
    assert clipped == (game != "SpaceInvaders" or not evaluation)
    assert set(record.rewards) != {0.0} or max_frames == 300, "an empty comparison"
    assert any(game["r"] != 0 for game in record.games) or max_frames == 300
