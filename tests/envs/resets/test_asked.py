"""Which envs a reset begins anew, and with which seeds."""

import numpy as np
import pytest

from saccade.envs.resets.asked import reset_seeds, reset_where


@pytest.mark.parametrize("options", [None, {}, {"low": 1}, {"reset_mask": None}])
def test_without_a_mask_all_begin(options):
    assert reset_where(options, 3).tolist() == [True] * 3


def test_a_mask_says_which():
    mask = np.array([True, False, True])
    where = reset_where({"reset_mask": mask, "low": 1}, 3)
    assert where.tolist() == [True, False, True]
    mask[:] = False
    assert where.any()  # a copy


@pytest.mark.parametrize("mask", [np.ones(2, bool), np.ones(3), True, [[True] * 3]])
def test_other_masks_are_refused(mask):
    with pytest.raises(ValueError, match="reset_mask must be 3 times True or False"):
        reset_where({"reset_mask": mask}, 3)


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (None, [None] * 3),
        ([None] * 3, [None] * 3),
        (5, [5, 6, 7]),
        (np.int64(5), [5, 6, 7]),
        ([9, None, 2], [9, None, 2]),
        (np.array([4, 4, 1]), [4, 4, 1]),
    ],
)
def test_seeds(seed, expected):
    assert reset_seeds(seed, 3) == expected


def test_another_number_of_seeds_is_refused():
    with pytest.raises(ValueError, match="there are 2 seeds for 3 envs"):
        reset_seeds([1, 2], 3)
