import math

import numpy as np
import pytest
import torch as th
from torch import nn

from saccade.policies.layers.hadamax_block import HadamaxBlock


def gelu(x: np.ndarray) -> np.ndarray:
    """The tanh approximation of Hendrycks and Gimpel (2016)."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def plainly(block: HadamaxBlock, image: np.ndarray, pool: int, stride: int) -> np.ndarray:
    """The block place by place, (C, H, W) to (F, h, w)."""
    _, height, width = image.shape
    kernel = block.branches[0][0].kernel_size[0]
    before = (kernel - 1) // 2
    product = 1.0
    for branch in block.branches:
        weight, bias = (x.detach().numpy() for x in (branch[0].weight, branch[0].bias))
        out = np.zeros((len(weight), height, width))
        for y in range(height):
            for x in range(width):
                for dy in range(kernel):
                    for dx in range(kernel):
                        if 0 <= (v := y + dy - before) < height and 0 <= (u := x + dx - before) < width:
                            out[:, y, x] += weight[:, :, dy, dx] @ image[:, v, u]
        out += bias[:, None, None]
        if len(branch) == 3:
            out = (out - out.mean(0)) / np.sqrt(out.var(0) + 1e-5)
        product = product * gelu(out)
    first = 0 if stride == pool else -(pool // 2)
    rows, columns = (range(first, first + side if stride == 1 else side, stride) for side in (height, width))
    return np.array(
        [[product[:, max(y, 0) : y + pool, max(x, 0) : x + pool].max((1, 2)) for x in columns] for y in rows]
    ).transpose(2, 0, 1)


@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize(("kernel", "pool", "stride"), [(8, 4, 4), (4, 2, 2), (3, 3, 1)])
def test_place_by_place(kernel, pool, stride, layer_norm):
    """9x11 pixels are not a multiple of a window, so the last windows are cut."""
    th.manual_seed(0)
    block = HadamaxBlock(2, 3, kernel, pool, stride, layer_norm)
    image = th.randn(2, 9, 11)
    with th.no_grad():
        for branch in block.branches:
            branch[0].bias.normal_()
        result = block(image[None])[0]
    assert result.shape == (3, math.ceil(9 / stride), math.ceil(11 / stride))
    assert np.allclose(result, plainly(block, image.numpy().astype(float), pool, stride), atol=1e-5)


def test_four_pixels_by_hand():
    """One branch is the pixel, the other twice the pixel; of large numbers GELU changes nothing."""
    block = HadamaxBlock(1, 1, 1, 2, 2)
    for branch, weight in zip(block.branches, (1.0, 2.0), strict=True):
        nn.init.constant_(branch[0].weight, weight)
    assert block(th.tensor([[[[10.0, 20.0], [30.0, 15.0]]]])).flatten().tolist() == [2 * 30.0**2]


def test_weights_begin_as_glorots_normal_ones():
    th.manual_seed(0)
    for branch in HadamaxBlock(4, 32, 8, 4, 4).branches:
        assert float(branch[0].weight.detach().std()) == pytest.approx(math.sqrt(2 / (4 * 64 + 32 * 64)), rel=0.05)
        assert not branch[0].bias.any()
