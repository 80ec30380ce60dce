import numpy as np
import pytest
import torch as th

from saccade.saliency.axes import as_picture, from_picture, usual_axes

SHAPES = {
    "CHW": ((2, 3, 4), (2, 3, 4)),
    "HWC": ((3, 4, 2), (2, 3, 4)),
    "HW": ((3, 4), (1, 3, 4)),
    "THWC": ((5, 3, 4, 2), (10, 3, 4)),
    "TCHW": ((5, 2, 3, 4), (10, 3, 4)),
    "HWTC": ((3, 4, 5, 2), (10, 3, 4)),
    "HCW": ((3, 2, 4), (2, 3, 4)),
    "": ((), (1,)),
    "D": ((4,), (4,)),
    "DD": ((3, 4), (12,)),
    "DDDDD": ((1, 2, 1, 2, 3), (12,)),
}


@pytest.mark.parametrize("axes", sorted(SHAPES))
@pytest.mark.parametrize("front", [(2,), (2, 6)])
def test_there_and_back(axes, front):
    shape, wanted = SHAPES[axes]
    x = np.arange(np.prod((*front, *shape))).reshape(*front, *shape)
    picture = as_picture(x, axes)
    assert picture.shape == (*front, *wanted)
    assert (from_picture(picture, axes, shape) == x).all()
    tensor = as_picture(th.as_tensor(x), axes)
    assert (tensor.numpy() == picture).all()
    back = from_picture(tensor, axes, shape)
    assert back.is_contiguous()
    assert (back.numpy() == x).all()


def test_planes_of_a_stack_by_hand():
    """Two frames of 1x2 pixels with two channels: the planes are frame 0 red, frame 0 green, frame 1 red, frame 1 green."""
    stack = np.array([[[[0, 1], [2, 3]]], [[[4, 5], [6, 7]]]])[None]
    assert as_picture(stack, "THWC").tolist() == [[[[0, 2]], [[1, 3]], [[4, 6]], [[5, 7]]]]


def test_where_nothing_is_known():
    assert [usual_axes(n) for n in range(5)] == ["", "D", "HW", "CHW", "DDDD"]
