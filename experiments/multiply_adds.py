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
    # The LSTMs of oneDNN and cuDNN are single operations that the counter does not know; without them they are matrix products.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about another vendor's GPUs
        with th.no_grad(), th.backends.mkldnn.flags(enabled=False), th.backends.cudnn.flags(enabled=False), counter:
            forward()
    return counter.get_total_flops() // 2
