import pytest
import torch as th
from torch import nn

from saccade.policies.layers.block_convolution import BlockConv2d


def pair(channels: int, width: int, kernel: int, stride: int) -> tuple[BlockConv2d, nn.Conv2d]:
    th.manual_seed(0)
    ours, plain = BlockConv2d(channels, width, kernel, stride).double(), nn.Conv2d(channels, width, kernel, stride).double()
    plain.load_state_dict(ours.state_dict())
    return ours, plain


@pytest.mark.parametrize("order", [th.contiguous_format, th.channels_last])
@pytest.mark.parametrize(
    ("channels", "kernel", "stride", "height", "width"),
    [
        (4, 8, 4, 84, 84),
        (3, 8, 4, 210, 160),
        (1, 4, 2, 7, 9),
        (2, 3, 1, 5, 6),
        (4, 8, 4, 8, 11),
    ],
)
def test_output_and_derivatives_are_those_of_a_convolution(channels, kernel, stride, height, width, order):
    ours, plain = pair(channels, 5, kernel, stride)
    images = th.rand(2, channels, height, width, dtype=th.float64).to(memory_format=order)
    results = []
    for layer in (ours, plain):
        seen = images.clone().requires_grad_()
        output = layer(seen)
        results.append([output, *th.autograd.grad(output.square().sum(), [seen, layer.weight, layer.bias])])
    for a, b in zip(*results, strict=True):
        assert a.shape == b.shape
        assert th.allclose(a, b, atol=1e-10)


def test_one_output_by_hand():
    layer = BlockConv2d(1, 1, 4, 2)
    nn.init.constant_(layer.bias, 0.5)
    layer.weight.data.copy_(th.arange(16.0).view(1, 1, 4, 4))
    image = th.zeros(1, 1, 4, 4)
    image[0, 0, 2, 1] = 3.0  # below weight 4 * 2 + 1
    assert layer(image.requires_grad_()).item() == 27.5


def test_without_a_derivative_it_runs_as_the_plain_convolution():
    ours, plain = pair(4, 5, 8, 4)
    images = th.rand(2, 4, 84, 84, dtype=th.float64)
    assert th.equal(ours(images), plain(images))


def test_a_kernel_that_is_not_a_multiple_of_the_stride_is_refused():
    with pytest.raises(ValueError, match="kernel_size is 5; it must be a multiple of the stride, 2"):
        BlockConv2d(1, 1, 5, 2)
