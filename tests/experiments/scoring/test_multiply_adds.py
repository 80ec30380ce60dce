"""Multiply-adds by hand."""

import warnings

import pytest
import torch as th
from torch import nn

from saccade.experiments.scoring.multiply_adds import multiply_adds


def test_by_hand():
    cases = (
        (nn.Linear(10, 7), th.zeros(1, 10), 70),
        (nn.Conv2d(3, 5, 3, padding=1), th.zeros(1, 3, 8, 8), 8 * 8 * 5 * 27),
        (nn.LSTM(6, 4), th.zeros(1, 1, 6), 4 * 4 * (6 + 4)),
        (nn.ReLU(), th.zeros(1, 6), 0),
    )
    for module, x, count in cases:
        assert multiply_adds(lambda module=module, x=x: module(x)) == count


def test_the_modules_go_on_as_before():
    lstm, x = nn.LSTM(6, 4), th.rand(2, 1, 6, requires_grad=True)
    before = lstm(x)[0]
    multiply_adds(lambda: lstm(x))
    assert th.is_grad_enabled()
    assert th.backends.mkldnn.enabled
    assert th.equal(lstm(x)[0], before)


def test_warnings_of_the_network_are_seen():
    with pytest.warns(UserWarning, match="mine"):
        multiply_adds(lambda: warnings.warn("mine", stacklevel=1))
