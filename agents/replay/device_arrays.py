"""Storage on a device, and numpy arrays copied to it."""

from typing import Any

import numpy as np
import torch as th


def zeros(shape: tuple[int, ...], dtype: Any, device: th.device) -> th.Tensor:
    """
    A tensor of zeros. On a CPU it takes no memory until it is written to.

    :param shape: of the tensor
    :param dtype: numpy's
    :param device: of the tensor
    """
    # numpy reserves zeros lazily, torch does not. torch finds the matching dtype only from an array.
    if device.type == "cpu":
        return th.from_numpy(np.zeros(shape, dtype=dtype))
    return th.zeros(shape, dtype=th.from_numpy(np.zeros(0, dtype=dtype)).dtype, device=device)


def to_device(array: np.ndarray, device: th.device) -> th.Tensor:
    """
    An array as a tensor; on a CPU both share their memory where they can.

    :param array: to convert
    :param device: of the tensor
    """
    if min(array.strides, default=0) < 0:  # torch refuses views that run backwards
        array = array.copy()
    return th.from_numpy(array).to(device, non_blocking=True)
