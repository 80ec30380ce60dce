import numpy as np
import pytest

from saccade.saliency.checks.causal.outcome import CausalCheck, distinct, mean_interval, standard_error


def test_standard_error_by_hand():
    """1, 2, 3: standard deviation 1 over the root of 3."""
    assert standard_error(np.array([1.0, 2.0, 3.0])) == pytest.approx(3**-0.5)
    assert np.isnan(standard_error(np.array([1.0])))


def test_games_that_went_alike_are_one():
    assert distinct("aabca").tolist() == [0, 2, 3]
    assert distinct("aab", "xyy").tolist() == [0, 1, 2]
    assert distinct("aab", "xxy").tolist() == [0, 2]


def test_an_interval_holds_the_mean_and_is_about_two_standard_errors_wide():
    x = np.random.default_rng(0).normal(3, 1, 200)
    found = mean_interval(x)
    assert found.estimate == pytest.approx(x.mean())
    assert found.high - found.low == pytest.approx(2 * 1.97 * standard_error(x), rel=0.1)
    assert np.isnan(mean_interval(np.array([]))).all()


def outcome() -> CausalCheck:
    """Four games, the last a copy of the third. The square in the middle is harmless, and contrast is as good as the map."""
    names = ("nothing", "top", "centre", "contrast")
    rewards = {"nothing": [10, 12, 14, 14], "top": [1, 2, 3, 3], "centre": [10, 11, 12, 12], "contrast": [2, 1, 3, 3]}
    changed = {"top": [0.5, 0.6, 0.7, 0.7], "centre": [0.1, 0.2, 0.0, 0.0], "contrast": [0.6, 0.5, 0.7, 0.7]}
    return CausalCheck(
        {name: np.array(x) for name, x in changed.items()},
        {name: np.array(x, float) for name, x in rewards.items()},
        dict.fromkeys(names, ("a", "b", "c", "c")),
        100,
    )


def test_figures_by_hand():
    figures = outcome().figures()
    assert (figures["distinct_nothing"], figures["return_nothing"], figures["return_top"]) == (3, 12, 2)
    assert figures["return_nothing_se"] == pytest.approx(2 / 3**0.5)
    assert figures["changed_top"] == pytest.approx(0.6)
    assert figures["changed_top_minus_centre"] == pytest.approx(0.5)  # 0.4, 0.4, 0.7
    assert figures["changed_top_minus_centre_low"] > 0.3
    assert figures["return_top_minus_centre"] == -9
    assert figures["return_top_minus_nothing"] == -10
    assert figures["return_top_minus_contrast_low"] < 0 < figures["return_top_minus_contrast_high"]


def test_the_text_says_which_controls_are_beaten():
    text = outcome().text("value")
    assert "| nothing |  |  | 12.0 +- 1.2 | -10.0 [" in text
    assert "| the most salient square | 60.0% +- 5.8% |  | 2.0 +- 0.6 |  | 3 |" in text
    assert "value: by changed actions the most salient square beats the middle (not contrast); by lost reward it beats the" in text


def test_a_square_that_beats_nobody():
    same = {name: np.array([0.5, 0.4]) for name in ("top", "centre")}
    found = CausalCheck(same, {**same, "nothing": np.ones(2)}, dict.fromkeys(("nothing", "top", "centre"), "ab"), 5)
    assert "beats no control; by lost reward it beats no control." in found.verdict("q")
