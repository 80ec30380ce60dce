import numpy as np
import pytest

from saccade.saliency.checks.causal.outcome import CausalCheck, distinct


def test_games_that_went_alike_are_one():
    assert distinct("aabca").tolist() == [0, 2, 3]
    assert distinct("aab", "xyy").tolist() == [0, 1, 2]
    assert distinct("aab", "xxy").tolist() == [0, 2]


def outcome(games: str = "abcdefghh") -> CausalCheck:
    """Nine games, the last a copy of the eighth. The square in the middle is harmless, and contrast is as good as the map."""
    names = ("nothing", "top", "centre", "contrast")
    rewards = {
        "nothing": [10, 12, 14, 10, 12, 14, 10, 14, 14],
        "top": [1, 2, 3, 1, 2, 3, 1, 3, 3],
        "centre": [10, 11, 12, 10, 11, 12, 10, 12, 12],
        "contrast": [2, 1, 3, 2, 1, 3, 1, 3, 3],
    }
    changed = {
        "top": [0.5, 0.6, 0.7, 0.5, 0.6, 0.7, 0.5, 0.7, 0.7],
        "centre": [0.1, 0.2, 0.0, 0.1, 0.2, 0.0, 0.2, 0.0, 0.0],
        "contrast": [0.6, 0.5, 0.7, 0.6, 0.5, 0.7, 0.5, 0.7, 0.7],
    }
    return CausalCheck(
        {name: np.array(x) for name, x in changed.items()},
        dict.fromkeys(("centre", "contrast"), np.array(changed["top"])),
        {name: np.array(x, float) for name, x in rewards.items()},
        dict.fromkeys(names, tuple(games)),
        100,
    )


def test_figures_by_hand():
    figures = outcome().figures()
    assert (figures["distinct_nothing"], figures["return_nothing"], figures["return_top"]) == (8, 12, 2)
    assert figures["return_nothing_se"] == pytest.approx((24 / 7 / 8) ** 0.5)  # six squares of 2 and two of 0
    assert figures["changed_top"] == pytest.approx(0.6)
    assert figures["changed_top_minus_centre"] == pytest.approx(0.5)  # 0.4, 0.4, 0.7 twice, 0.3, 0.7
    assert figures["changed_top_minus_centre_low"] > 0.3
    assert figures["return_top_minus_centre"] == -9
    assert figures["return_top_minus_nothing"] == -10
    assert figures["return_top_minus_contrast_low"] < 0 < figures["return_top_minus_contrast_high"]


def test_the_text_says_which_controls_are_beaten():
    text = outcome().text("value")
    assert "| nothing |  |  | 12.0 +- 0.7 | -10.0 [" in text
    assert "| the most salient square | 60.0% +- 3.3% |  | 2.0 +- 0.3 |  | 8 |" in text
    assert "value: by changed actions the most salient square beats the middle (not contrast); by lost reward it beats the" in text


def test_fewer_than_eight_distinct_games_have_no_interval_and_say_so():
    found = outcome("abcdefggg")
    for interval in (found.more_changes("centre"), found.more_reward("centre")):
        assert np.isfinite(interval.estimate)
        assert np.isnan(interval[1:]).all()
    assert found.verdict("value").endswith("cannot be compared with controls: 7 distinct games, 8 are needed.")
    assert "[" not in found.text("value").split("games.", 1)[1]


def test_a_square_that_beats_nobody():
    same = {name: np.arange(8) / 8 for name in ("top", "centre")}
    found = CausalCheck(
        same, {"centre": same["top"]}, {**same, "nothing": np.ones(8)}, dict.fromkeys(("nothing", "top", "centre"), "abcdefgh"), 5
    )
    assert "beats no control; by lost reward it beats no control." in found.verdict("q")


def test_a_control_is_compared_in_the_steps_that_have_its_square():
    """The control has a square in few steps. The most salient one changes the action in half of all steps, and in 0.9 of those."""
    games = tuple("abcdefgh")
    changed = {"top": np.full(8, 0.5), "centre": np.full(8, 0.7)}
    found = CausalCheck(changed, {"centre": np.full(8, 0.9)}, {}, {"nothing": games}, 5)
    assert found.more_changes("centre") == pytest.approx((0.2, 0.2, 0.2))
