import pytest
import torch as th

from saccade.agents.updates.gradient_clipping import clip_gradients


def parameters(*gradients):
    made = []
    for gradient in gradients:
        parameter = th.nn.Parameter(th.zeros(len(gradient)))
        parameter.grad = th.tensor(gradient)
        made.append(parameter)
    return made


def test_a_gradient_of_norm_5_is_scaled_to_1():
    first, second = parameters([3.0], [0.0, 4.0])
    clip_gradients([first, second], max_norm=1.0)
    th.testing.assert_close(first.grad, th.tensor([0.6]))
    th.testing.assert_close(second.grad, th.tensor([0.0, 0.8]))


@pytest.mark.parametrize("max_norm", [0.5, 3.0, 100.0])
def test_clipping_equals_torchs(max_norm):
    th.manual_seed(0)
    gradients = [th.randn(7).tolist(), th.randn(3).tolist()]
    ours, torchs = parameters(*gradients), parameters(*gradients)
    clip_gradients(ours, max_norm)
    th.nn.utils.clip_grad_norm_(torchs, max_norm)
    for our, their in zip(ours, torchs, strict=True):
        th.testing.assert_close(our.grad, their.grad, rtol=1e-6, atol=0)


def test_short_gradients_are_left_alone_and_missing_ones_skipped():
    (short,) = parameters([3.0, 4.0])
    clip_gradients(iter([th.nn.Parameter(th.zeros(2)), short]), max_norm=5.0)
    assert short.grad.tolist() == [3.0, 4.0]


def test_nan_stays_nan():
    (broken,) = parameters([float("nan"), 1.0])
    clip_gradients([broken], max_norm=5.0)
    assert broken.grad.isnan().any()


def test_channels_last_gradients_are_clipped():
    weight = th.nn.Parameter(th.zeros(2, 3, 4, 4).to(memory_format=th.channels_last))
    weight.grad = th.ones(2, 3, 4, 4).to(memory_format=th.channels_last)
    clip_gradients([weight], max_norm=1.0)
    th.testing.assert_close(weight.grad, th.full((2, 3, 4, 4), 96**-0.5))


def test_without_gradients_nothing_happens():
    weight = th.nn.Parameter(th.zeros(2))
    clip_gradients([weight], max_norm=1.0)
    assert weight.grad is None
