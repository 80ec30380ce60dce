import numpy as np
import pytest
import torch as th

from saccade.agents.replay.device_arrays import to_device, zeros

CPU = th.device("cpu")


@pytest.mark.parametrize(("dtype", "expected"), [(np.uint8, th.uint8), (bool, th.bool), (np.float32, th.float32)])
def test_zeros_have_the_dtype_of_numpy(dtype, expected):
    made = zeros((2, 3), dtype, CPU)
    assert (made.dtype, made.shape) == (expected, (2, 3))
    assert not made.any()


def test_an_array_shares_its_memory_on_a_cpu():
    array = np.arange(4)
    to_device(array, CPU)[0] = 9
    assert array[0] == 9


def test_an_array_that_runs_backwards_is_copied():
    assert to_device(np.arange(4)[::-1], CPU).tolist() == [3, 2, 1, 0]
