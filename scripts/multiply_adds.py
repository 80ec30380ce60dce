"""How much arithmetic a network does."""

import warnings
from collections.abc import Callable

import torch as th
from torch.utils.flop_counter import FlopCounterMode


def multiply_adds(forward: Callable[[], object]) -> int:
    """
    Multiply-adds of the convolutions and matrix products in a forward pass, an LSTM's included.

    :param forward: the pass
    """
    counter = FlopCounterMode(display=False)
    # oneDNN's LSTM is one operation that the counter does not know; without it, it is matrix products.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about another vendor's GPUs
        with th.no_grad(), th.backends.mkldnn.flags(enabled=False), counter:
            forward()
    return counter.get_total_flops() // 2
