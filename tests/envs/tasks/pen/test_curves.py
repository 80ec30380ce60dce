"""Curves of the letters: equal distances and cut corners by hand, and one table for all letters."""

import numpy as np
import pytest
import torch as th

from saccade.envs.tasks.pen.curves import DELAYED, at_equal_distances, letter_curves, without_corners
from saccade.envs.tasks.pen.letters import ALPHABET, letters


def test_equal_distances_by_hand():
    line = np.array([(0, 0), (3, 0), (3, 1)])
    np.testing.assert_allclose(at_equal_distances(line, 5), [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1)])
    np.testing.assert_allclose(at_equal_distances(line, 2), [(0, 0), (3, 1)])


def test_cut_corners_by_hand():
    corner = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)])
    np.testing.assert_allclose(without_corners(corner, 1), [(0, 0), (1, 0), (3, 0), (4, 1), (4, 3), (4, 4)])
    assert without_corners(corner, 0) is corner
    twice = without_corners(corner, 2)
    assert (twice[0] == corner[0]).all()
    assert (twice[-1] == corner[-1]).all()
    assert twice[:, 0].max() <= 4


def test_the_table_has_the_lines_of_the_letters():
    curves = letter_curves()
    for i, name in enumerate(ALPHABET):
        letter = letters()[name]
        lines = {**dict(enumerate(letter.body)), **({} if letter.delayed is None else {DELAYED: letter.delayed})}
        assert (curves.lengths[i] > 0).nonzero().flatten().tolist() == sorted(lines)
        assert bool(curves.dots[i]) == (name in "ij")
        for k, line in lines.items():
            for table in (curves.sharp, curves.smooth):
                np.testing.assert_allclose(table[i, k, [0, -1]], line[[0, -1]], atol=1e-6)
            steps = curves.sharp[i, k].diff(dim=0).norm(dim=1)
            assert steps.sum() <= curves.lengths[i, k] + 1e-4
            assert steps.sum() == pytest.approx(float(curves.lengths[i, k]), rel=0.03)
            assert curves.smooth[i, k].diff(dim=0).norm(dim=1).sum() <= steps.sum() + 1e-3  # a cut is shorter
    assert curves.sharp.dtype == th.float32
