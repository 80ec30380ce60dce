"""Losses of an attack by hand."""

import pytest
import torch as th

from saccade.experiments.attacking.methods.losses import LOSSES, cross_entropy, logits_ratio, margin

LOGITS = th.tensor([[3.0, 1.0, 0.0, -2.0], [0.0, 5.0, 2.0, 1.0]])
LABELS = th.tensor([0, 2])


def test_by_hand():
    assert margin(LOGITS, LABELS).tolist() == [-2.0, 3.0]
    # The first: (1 - 3) / (3 - 0). The second: (5 - 2) / (5 - 1).
    assert logits_ratio(LOGITS, LABELS).tolist() == pytest.approx([-2 / 3, 3 / 4])
    assert cross_entropy(LOGITS, LABELS).tolist() == pytest.approx((-LOGITS.log_softmax(1)[[0, 1], LABELS]).tolist())


def test_the_ratio_does_not_hide_behind_large_logits():
    assert th.allclose(logits_ratio(1000 * LOGITS + 7, LABELS), logits_ratio(LOGITS, LABELS), atol=1e-5)


def test_all_agree_on_what_is_wrong():
    logits = th.randn(50, 4, generator=th.Generator().manual_seed(0))
    labels = th.arange(50) % 4
    wrong = logits.argmax(1) != labels
    assert th.equal(margin(logits, labels) > 0, wrong)
    assert th.equal(logits_ratio(logits, labels) > 0, wrong)
    assert set(LOSSES) == {"cross-entropy", "dlr", "margin"}
