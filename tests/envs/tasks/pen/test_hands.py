"""Hands: their numbers by split, and styles in their ranges."""

from itertools import pairwise

import pytest
import torch as th

from saccade.envs.tasks.pen.hands import FAULTS, HANDS, STYLE, hands_of, styles


def test_splits_share_no_hand():
    ends = [HANDS[name] for name in ("train", "validation", "test")]
    assert all(first[1] == second[0] for first, second in pairwise(ends))
    assert HANDS["train+validation"] == (HANDS["train"][0], HANDS["validation"][1])
    for name, (first, end) in HANDS.items():
        hands = hands_of(name, th.tensor([0.0, 0.5, 1 - 2**-53], dtype=th.float64))
        assert hands.tolist() == [first, (first + end) // 2, end - 1]


def test_a_hand_has_one_style_and_hands_differ():
    many = styles(th.arange(2000), 1.0)
    for name, values in many.items():
        assert (values == styles(th.arange(2000), 1.0)[name]).all()
        assert values[7] == styles(th.tensor([7]), 1.0)[name][0]
        middle, half = STYLE[name]
        assert middle - half <= values.min() < middle - 0.98 * half
        assert middle + 0.98 * half < values.max() <= middle + half
        assert values.mean().item() == pytest.approx(middle, abs=0.06 * half)


def test_without_strength_all_hands_are_the_middle_one():
    for name, values in styles(th.arange(5), 0.0).items():
        assert (values == (0.0 if name in FAULTS else STYLE[name][0])).all()
