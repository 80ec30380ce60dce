import math

import numpy as np
import pytest
import torch as th
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.saliency.memory.stretch_of_play import (
    UNKNOWN,
    decisions,
    episode_of,
    evenly,
    last_decisions,
    latest_stretch,
    usual_steps,
)
from saccade.saliency.states.states import States


def play(steps: int, starts: list[int], memory: bool = True, known: bool = True) -> States:
    return States(
        np.arange(steps, dtype=np.float32)[:, None],
        memory=th.arange(steps).float().view(-1, 1, 1) if memory else None,
        starts=np.isin(np.arange(steps), starts) if known else None,
    )


@pytest.mark.parametrize(
    ("steps", "starts", "first", "last"),
    [
        (16, [0, 8], 0, 7),  # a whole episode of eight steps
        (16, [3, 11], 3, 10),  # ... wherever it begins
        (16, [], 8, 15),  # a long episode: its latest steps
        (16, [2], 8, 15),  # an end that came too early does not count
        (16, [0, 5, 10, 15], 7, 14),  # short ones: up to the last end
        (5, [0], 0, 4),  # so few steps have been played
    ],
)
def test_a_stretch_ends_with_an_episode(steps, starts, first, last):
    stretch, doubt = latest_stretch(play(steps, starts), 8)
    assert (stretch.observations[0, 0], stretch.observations[-1, 0]) == (first, last)
    assert stretch.memory[0] == first
    assert not doubt


def test_without_a_memory_it_begins_with_an_episode_or_says_so():
    stretch, doubt = latest_stretch(play(16, [2, 10, 15], memory=False), 8)
    assert stretch.observations.ravel().tolist() == [10, 11, 12, 13, 14]
    assert not doubt
    assert latest_stretch(play(16, [], memory=False), 8).doubt == UNKNOWN
    assert latest_stretch(play(16, [], memory=False, known=False), 8).doubt == UNKNOWN


def test_decisions_hold_the_last_ones_of_episodes():
    starts = np.isin(np.arange(12), [0, 4, 9])
    assert last_decisions(starts, 12) == [3, 8, 11]
    assert last_decisions(None, 5) == [4]
    chosen = decisions(starts, 12, 6)
    assert {3, 8, 11} <= set(chosen)
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= 6
    assert decisions(starts, 12, 1) == [11]
    assert decisions(None, 3, 99) == [0, 1, 2]
    assert [episode_of(starts, 12, t) for t in (0, 3, 4, 11)] == [slice(0, 4), slice(0, 4), slice(4, 9), slice(9, 12)]


@pytest.mark.parametrize(("length", "steps"), [(20, 20), (512, 512), (513, 64), ("long", 64), (None, 64)])
def test_a_stretch_is_as_long_as_an_episode_where_the_game_says_so(length, steps):
    from gymnasium.envs.classic_control import CartPoleEnv

    env = DummyVecEnv([CartPoleEnv])
    if length is not None:
        env.envs[0].game = type("Game", (), {"length": length})()
    assert usual_steps(env) == steps


def test_steps_spread_evenly():
    """Nine steps in three parts, the middle of each."""
    assert evenly(3, 9).tolist() == [1, 4, 7]
    assert evenly(1, 5).tolist() == [2]
    assert evenly(4, 10).tolist() == [math.floor((k + 0.5) * 10 / 4) for k in range(4)]


def test_more_steps_than_were_played_are_each_step_once():
    assert evenly(9, 3).tolist() == [0, 1, 2]
    assert [evenly(*few).tolist() for few in ((0, 3), (-1, 3), (2, 0))] == [[], [], []]
