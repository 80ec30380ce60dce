"""Scales, arms over games and performance profiles, by hand."""

import numpy as np
import pytest

from saccade.envs.human_scores import human_normalized
from saccade.experiments.scoring.over_seeds import SeedCurve
from saccade.experiments.summary.common_scale import CommonScale, normalised, random_and_human
from saccade.experiments.summary.compared import compared, performance_profile


def curve(env: str, agent: str, *runs: tuple[float, float], steps: tuple[int, int] = (10, 20)) -> SeedCurve:
    found = SeedCurve.of(env, agent, [(np.array(steps), np.array(run)) for run in runs])
    assert found is not None
    return found


def test_a_profile_by_hand():
    scores = np.array([[1.0, 5.0], [3.0, 7.0]])
    assert performance_profile(scores, np.array([0.0, 1.0, 3.0, 6.0, 7.0])).tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert performance_profile(scores[:1, :1], np.array([0.5, 1.0])).tolist() == [1.0, 0.0]


def test_scales_of_envs():
    assert CommonScale.of(["Enduro"]) == CommonScale("score", ("Enduro",))
    assert CommonScale.of(["Catch"]) == CommonScale("right answers, %", ("Catch",))
    two = CommonScale.of(["Enduro", "Catch", "Pong"])
    assert two == CommonScale("human-normalised score, %", ("Enduro", "Pong"), True)
    assert CommonScale.of(["Enduro", "Catch"]) is None
    assert CommonScale.of(["CartPole-v1", "Acrobot-v1"]) is None
    assert CommonScale.of(["Catch", "CopyRecall", "CartPole-v1"]).envs == ("Catch", "CopyRecall")


def test_human_normalised_scores():
    assert normalised("Pong", np.array([-20.7, 14.6])) == pytest.approx([0, 100])
    assert normalised("Enduro", np.array(86.05)) == pytest.approx(10)
    assert float(normalised("Breakout", np.array(7.0))) == pytest.approx(human_normalized("breakout", 7.0))
    assert random_and_human("CartPole-v1") is random_and_human("Catch") is None


def test_arms_over_two_games():
    """Enduro: 0 is random and 860.5 human. Pong: -20.7 is random and 14.6 human."""
    together = [
        curve("Enduro", "a", (0, 860.5), (0, 0)),
        curve("Enduro", "b", (0, 86.05), (0, 86.05)),
        curve("Pong", "a", (-20.7, 14.6), (-20.7, -20.7)),
        curve("Pong", "b", (-20.7, -20.7), (-20.7, -20.7)),
    ]
    comparison, notes = compared(together, 5)
    assert notes == []
    assert [arm.label for arm in comparison.arms] == ["a", "b"]
    assert comparison.arms[0].scores == pytest.approx(np.array([[100.0, 100.0], [0.0, 0.0]]))
    assert [float(arm.means.value) for arm in comparison.arms] == pytest.approx([50.0, 5.0])  # of four scores the middle two
    assert comparison.arms[0].means.low is None  # two runs
    assert comparison.arms[0].curve.value == pytest.approx([0.0, 50.0])
    ((first, second, chance),) = comparison.improvements
    assert (first, second, float(chance.value)) == ("a", "b", pytest.approx((0.5 + 0.75) / 2))  # a tie is half
    thresholds, profiles = comparison.profiles
    assert profiles[0].value[0] == 1
    assert profiles[0].value[-1] == 0
    assert thresholds[0] < 0 < 100 < thresholds[-1]


def test_what_cannot_be_compared_is_said():
    enduro, pong = curve("Enduro", "a", (0, 1)), curve("Pong", "a", (0, 1))
    other = curve("Enduro", "b", (0, 1), (0, 2))
    comparison, notes = compared([enduro, pong, other, curve("Catch", "a", (0, 1))], 5)
    assert [arm.label for arm in comparison.arms] == ["a"]
    assert notes == [
        "Catch is not in the figures over games: its scores are not on their scale (human-normalised score, %)",
        "b is not in the figures over games: it has no scores in Pong",
    ]
    comparison, notes = compared([enduro, curve("Enduro", "b", (0, 1), steps=(30, 40))], 5)
    assert comparison is None
    assert notes == ["a, b have no scores in Enduro at a moment that all have, so they are not compared"]
    comparison, notes = compared([curve("CartPole-v1", "a", (0, 1)), curve("Acrobot-v1", "a", (0, 1))], 5)
    assert comparison is None
    assert "no scale in common" in notes[0]


def test_games_with_different_numbers_of_runs():
    comparison, notes = compared([curve("Enduro", "a", (0, 1), (0, 2), (0, 3)), curve("Pong", "a", (0, 1), (0, 2))], 5)
    assert comparison.arms[0].scores.shape == (2, 2)
    assert notes == ["a: 2 runs of each game are in the figures over games"]


def test_of_many_arms_the_best_is_compared_with_the_others():
    comparison, _ = compared([curve("Enduro", name, (0, score)) for score, name in enumerate("abcdefg")], 5)
    assert [pair[:2] for pair in comparison.improvements] == [("g", other) for other in "abcdef"]


def test_enough_runs_have_intervals(monkeypatch):
    monkeypatch.setattr("saccade.experiments.scoring.over_seeds.REPETITIONS", 50)
    together = [curve("Enduro", name, *((0, base + seed) for seed in range(5))) for name, base in (("a", 0), ("b", 2))]
    comparison, _ = compared(together, 5)
    ((_, _, chance),) = comparison.improvements
    assert chance.low < chance.value < chance.high
    assert all(profile.low is not None for profile in comparison.profiles[1])
    assert compared(together, 6)[0].arms[0].means.low is None
