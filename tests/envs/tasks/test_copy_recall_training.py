"""Stock RecurrentPPO learns CopyRecall from uint8 images and reward alone."""

import pytest
from copy_recall_training import accuracy, copy_recall, trained_on_copy_recall
from sb3_contrib import RecurrentPPO


@pytest.mark.slow
@pytest.mark.parametrize("delay", range(9))
@pytest.mark.timeout(600)
def test_a_trained_policy_recalls_the_delayed_symbol(delay, one_torch_thread):
    model = trained_on_copy_recall(delay)
    assert isinstance(model, RecurrentPPO)
    assert accuracy(model, delay, seed=2_000_000) > 0.95
    if delay:
        assert accuracy(model, delay - 1, seed=2_000_000) < 0.35  # its answers are not the symbols of other delays


def test_an_untrained_policy_guesses(one_torch_thread):
    model = RecurrentPPO("MlpLstmPolicy", copy_recall(3, 4, 0), seed=0, device="cpu")
    assert accuracy(model, 3) < 0.35
