from itertools import groupby

import numpy as np
import pytest

from saccade.saliency.objects.colours import is_grey, long_runs


def test_grey_by_hand():
    """Black and white count; one channel that is off by one does not."""
    colours = np.array([[[0, 0, 0], [255, 255, 255], [90, 90, 90]], [[90, 90, 91], [91, 90, 90], [90, 91, 90]]], dtype=np.uint8)
    assert is_grey(colours).tolist() == [[True] * 3, [False] * 3]
    assert is_grey(np.zeros((0, 4, 3), dtype=np.uint8)).shape == (0, 4)


def test_long_runs_by_hand():
    rows = np.array([[1, 1, 0, 1, 1, 1], [0, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 1]], dtype=bool)
    assert long_runs(rows, 3).astype(int).tolist() == [[0, 0, 0, 1, 1, 1], [0] * 6, [1] * 6]
    assert long_runs(rows, 1).tolist() == rows.tolist()


@pytest.mark.parametrize("least", [1, 2, 5, 9])
def test_long_runs_one_after_the_other(least):
    mask = np.random.default_rng(least).random((4, 3, 30)) < 0.7

    def slowly(row: np.ndarray) -> list[bool]:
        runs = [(value, len(list(run))) for value, run in groupby(row.tolist())]
        return [value and length >= least for value, length in runs for _ in range(length)]

    assert long_runs(mask, least).tolist() == [[slowly(row) for row in screen] for screen in mask]


@pytest.mark.parametrize("least", [5, 6, 9])
def test_no_run_is_longer_than_a_row(least):
    assert long_runs(np.ones((2, 4), dtype=bool), 4).all()
    assert not long_runs(np.ones((2, 4), dtype=bool), least).any()
