"""Stacks of two frames of one pixel, followed by hand."""

import numpy as np
import pytest

from saccade.agents.replay.stack_tracker import StackTracker


def stacks(*pairs: tuple[int, int]) -> np.ndarray:
    """One stack (older, newest) per env."""
    return np.array(pairs, dtype=np.uint8)[:, :, None, None]


@pytest.fixture
def tracker() -> StackTracker:
    return StackTracker(2, (2, 1, 1), np.uint8, channels=1)


def test_a_stack_that_continues_the_last_step_does_not_start(tracker):
    first = tracker.follow(stacks((0, 1), (0, 5)), stacks((1, 2), (5, 6)))
    assert (first.starts, first.ages.tolist(), first.irregular) == ([0, 1], [0, 0], [])
    second = tracker.follow(stacks((1, 2), (5, 6)), stacks((2, 3), (6, 7)))
    assert (second.starts, second.ended, second.ages.tolist(), second.irregular) == ([], [], [1, 1], [])


def test_a_new_stack_starts_without_a_done(tracker):
    tracker.follow(stacks((0, 1), (0, 5)), stacks((1, 2), (5, 6)))
    step = tracker.follow(stacks((1, 2), (0, 9)), stacks((2, 3), (9, 10)))
    assert (step.starts, step.ended, step.ages.tolist()) == ([1], [1], [1, 0])


def test_after_a_lost_life_the_last_frame_is_the_first_one(tracker):
    tracker.follow(stacks((0, 1), (0, 5)), stacks((1, 2), (5, 6)))
    step = tracker.follow(stacks((0, 2), (5, 6)), stacks((2, 3), (6, 7)))
    assert (step.starts, step.ended) == ([0], [])


def test_a_stack_that_starts_during_a_game_is_irregular_until_its_old_frames_are_gone(tracker):
    step = tracker.follow(stacks((8, 1), (0, 5)), stacks((1, 2), (5, 6)))
    assert step.irregular == [0]
    step = tracker.follow(stacks((1, 2), (5, 6)), stacks((2, 3), (6, 7)))
    assert step.irregular == []


def test_a_next_observation_that_does_not_follow_is_irregular_and_ends_the_stack(tracker):
    step = tracker.follow(stacks((0, 1), (0, 5)), stacks((1, 2), (7, 8)))
    assert step.irregular == [1]
    assert tracker.follow(stacks((1, 2), (7, 8)), stacks((2, 3), (8, 9))).starts == [1]


@pytest.mark.parametrize(("older", "padding"), [(0, "zeros"), (5, "repeat")])
def test_the_first_stack_that_is_not_black_shows_the_padding(tracker, older, padding):
    tracker.follow(stacks((0, 0), (0, 0)), stacks((0, 1), (0, 1)))
    assert tracker.padding is None
    tracker.follow(stacks((0, 1), (older, 5)), stacks((1, 2), (5, 6)))
    assert tracker.padding == padding
    tracker.reset()
    assert tracker.padding == padding
