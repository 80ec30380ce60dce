"""Shares of scores, by hand."""

import pytest

from saccade.scripts.tables.shares import MET, MISSED, NOT_SHOWN, Share, means_of_runs, share_above_random


def test_means_over_runs_by_hand():
    games = [
        {"kind": "sticky", "mean": 4.0, "standard_error": 0.3},
        {"kind": "greedy", "mean": 9.0, "standard_error": None},
        {"kind": "sticky", "mean": 8.0, "standard_error": 0.4},
    ]
    found = means_of_runs(games)
    assert found["sticky"] == {"runs": 2, "mean": 6.0, "standard_error": pytest.approx(0.25)}
    assert found["greedy"] == {"runs": 1, "mean": 9.0, "standard_error": None}
    assert means_of_runs([]) == {}


def test_a_share_by_hand():
    # Random play scores 1.7 in Breakout: 3 of 6 points above it. The error is sqrt(0.3^2 + (0.5 * 0.8)^2) / 6.
    share = share_above_random("breakout", {"mean": 4.7, "standard_error": 0.3}, {"mean": 7.7, "standard_error": 0.8})
    assert share is not None
    assert share == (pytest.approx(0.5), pytest.approx(0.5 / 6))
    assert share.text() == "50 %, standard error 8 %"
    alone = share_above_random("breakout", {"mean": 4.7, "standard_error": None}, {"mean": 7.7, "standard_error": 0.8})
    assert alone is not None
    assert (alone.text(), alone.reaches(0.1)) == ("50 %", NOT_SHOWN)
    assert share_above_random("breakout", {"mean": 4.7, "standard_error": 0.3}, {"mean": 1.7, "standard_error": 0.8}) is None


@pytest.mark.parametrize(("share", "said"), [(1.0, MET), (0.7, MISSED), (0.95, NOT_SHOWN), (0.9, NOT_SHOWN)])
def test_a_mark_is_met_or_missed_only_if_the_whole_interval_is(share, said):
    assert Share(share, 0.05).reaches(0.9) == said
