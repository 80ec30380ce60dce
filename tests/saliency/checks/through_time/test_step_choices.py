import numpy as np
import pytest

from saccade.saliency.checks.through_time.episode import Episode
from saccade.saliency.checks.through_time.step_choices import rivals_of, strongest_segment, strongest_steps
from saccade.saliency.errors import AlignmentError

OBS = np.zeros((8, 1), np.float32)
SEGMENTS = np.array([-1, 0, 0, 0, 1, 2, 2, -1])


def test_strongest_steps_by_hand():
    strengths = np.array([9.0, 1, 3, 3, 0, 2, 0, 9])
    assert strongest_steps(strengths, np.arange(1, 7), 3).tolist() == [3, 2, 5]
    assert strongest_steps(strengths, np.arange(1, 3), 5).tolist() == [2, 1]
    assert strongest_segment(strengths, np.arange(1, 7), SEGMENTS).tolist() == [1, 2, 3]
    strengths[4] = 4  # a peak beats a sum
    assert strongest_segment(strengths, np.arange(1, 7), SEGMENTS).tolist() == [4]


def test_candidates_are_before_the_decision_and_of_a_segment():
    assert Episode(OBS, [7], segments=SEGMENTS).candidates(5).tolist() == [1, 2, 3, 4, 5]
    assert Episode(OBS, [7], inputs=SEGMENTS == 0).candidates(2).tolist() == [1, 2]
    assert Episode(OBS, [7]).candidates(2).tolist() == [0, 1, 2]


def test_rivals_take_as_much_as_the_map():
    episode = Episode(OBS, [2, 7], segments=SEGMENTS, diagonal=np.array([-1, 4]))
    random, seen = np.random.default_rng(0), {"random_steps": set(), "random_stretch": set(), "other_segment": set()}
    for _ in range(300):
        found = rivals_of(episode, 1, np.array([1, 2, 3]), random)
        assert found["recency"].tolist() == [4, 5, 6]
        assert sorted(found["diagonal"].tolist()) == [3, 4, 5]
        for name in seen:
            seen[name].add(tuple(sorted(found[name].tolist())))
    assert seen["other_segment"] == {(5, 6)}  # two steps are nearer to three than one
    assert seen["random_stretch"] == {(1, 2, 3), (2, 3, 4), (3, 4, 5), (4, 5, 6)}
    assert len(seen["random_steps"]) == 20  # all ways to choose 3 of 6


def test_rivals_without_a_meaning_are_left_out():
    episode = Episode(OBS, [2, 7], segments=SEGMENTS, diagonal=np.array([-1, 4]))
    found = rivals_of(episode, 0, np.array([1, 2]), np.random.default_rng(0))
    assert set(found) == {"recency", "random_steps", "random_stretch"}


def test_what_does_not_fit_is_refused():
    with pytest.raises(AlignmentError, match="decisions must be rising steps from 0 to 7, at least one"):
        Episode(OBS, [8])
    with pytest.raises(AlignmentError, match="at least one"):
        Episode(OBS, [])
    with pytest.raises(AlignmentError, match=r"segments have the shape \(3,\); they must have one mark a step, \(8,\)"):
        Episode(OBS, [7], segments=np.zeros(3))
    with pytest.raises(AlignmentError, match="one input step for each of the 1 decisions"):
        Episode(OBS, [7], alignment=np.array([1, 2]))
