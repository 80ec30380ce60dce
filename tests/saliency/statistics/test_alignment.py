import numpy as np
import pytest

from saccade.saliency.errors import AlignmentError
from saccade.saliency.statistics.alignment import (
    alignment_error_rate,
    argmax_alignment,
    checked_alignment,
    links,
    share_right,
)


def test_by_hand():
    """Three decisions: the first two are right, the third points elsewhere. A and S have 3 links each, 2 of them common."""
    strengths = np.array([[0.0, 2, 1], [3, 1, 0], [1, 0, 0]])
    found = argmax_alignment(strengths)
    assert found.tolist() == [1, 0, 0]
    gold = np.array([1, 0, 2])
    assert alignment_error_rate(links(found, 3), links(gold, 3)) == pytest.approx(1 - 4 / 6)
    assert share_right(found, gold) == pytest.approx(2 / 3)
    possible = links(gold, 3) | links(found, 3)
    assert alignment_error_rate(links(found, 3), links(gold, 3), possible) == pytest.approx(1 - (2 + 3) / 6)


def test_as_sets_of_pairs():
    random = np.random.default_rng(0)
    for _ in range(20):
        found, sure, maybe = random.random((3, 5, 6)) < 0.3
        a, s, p = ({(int(i), int(j)) for i, j in np.argwhere(x)} for x in (found, sure, sure | maybe))
        expected = 1 - (len(a & s) + len(a & p)) / (len(a) + len(s))
        assert alignment_error_rate(found, sure, sure | maybe) == pytest.approx(expected)
        assert alignment_error_rate(found, sure, maybe) == pytest.approx(expected)


def test_with_one_link_for_each_decision_it_is_the_share_of_wrong_ones():
    random = np.random.default_rng(1)
    found, gold = random.integers(0, 4, (2, 9))
    assert alignment_error_rate(links(found, 4), links(gold, 4)) == pytest.approx(1 - share_right(found, gold))


def test_edges():
    nothing = np.zeros((2, 3), dtype=bool)
    assert np.isnan(alignment_error_rate(nothing, nothing))
    assert alignment_error_rate(nothing, links(np.array([0, 1]), 3)) == 1
    assert argmax_alignment(np.array([[0.0, 0], [np.nan, 1], [2, 2]])).tolist() == [-1, 1, 0]
    assert argmax_alignment(np.array([[5.0, 1, 2]]), np.array([False, True, True])).tolist() == [2]
    assert np.isnan(share_right(np.array([1]), np.array([-1])))
    assert share_right(np.array([1, 0]), np.array([-1, 0])) == 1


def test_what_does_not_fit_is_refused():
    with pytest.raises(AlignmentError, match="has the length 5; it must have one input step for each of the 6 decisions"):
        checked_alignment(np.zeros(5), 6, 9)
    with pytest.raises(AlignmentError, match=r"has the shape \(2, 3\)"):
        checked_alignment(np.zeros((2, 3)), 2, 9)
    with pytest.raises(AlignmentError, match="names steps from 0 to 9; they must be from 0 to 8, or -1"):
        checked_alignment(np.array([0, 9]), 2, 9)
    with pytest.raises(AlignmentError, match="must be the same"):
        alignment_error_rate(np.zeros((2, 3), bool), np.zeros((3, 2), bool))
