"""No denormal numbers: in the moments of an optimizer, and in what a processor computes."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch as th

TINY = 1e-30
UPDATES = 100  # between two passes: 0.9 ** 100 * TINY is still a normal float32
MOMENTS = ("exp_avg", "exp_avg_sq", "momentum_buffer", "square_avg")  # of Adam and its variants, SGD and RMSprop


def flush_denormals(optimizer: th.optim.Optimizer, update: int) -> None:
    """
    Set moments below 1e-30 to 0, at every hundredth update, on a CPU.

    When a weight gets no more gradient (its ReLU stays off), Adam's mean of its gradients decays to a denormal number (below
    1.2e-38). It stays denormal, because 0.9 times the smallest number rounds to the smallest number. Processors are many times
    slower with denormals: on Enduro a step of Adam slowed down from 2 to 10 ms within 2,000 updates. The mean of squares
    becomes denormal too, within 70,000 updates. Setting these moments to 0 does not change training: a step of 1e-30 times the
    learning rate changes no normal weight, and the square root of 1e-30 is negligible beside Adam's epsilon.

    :param optimizer: after its step
    :param update: number of that step
    """
    if update % UPDATES:
        return
    for state in optimizer.state.values():
        for name in MOMENTS:
            moment = state.get(name)
            if moment is not None and moment.device.type == "cpu":
                th.hardshrink(moment, TINY, out=moment)


@contextmanager
def without_denormals(device: th.device) -> Iterator[None]:
    """
    The processor takes denormal results for 0 meanwhile, in this thread of Python and in threads of torch that begin meanwhile. On
    other devices nothing changes.

    A gradient that goes back through hundreds of steps of an LSTM vanishes on its way, and is denormal before it is 0. Processors
    are many times slower with such numbers.

    :param device: of the networks
    """
    if device.type != "cpu" or flushes_denormals():
        yield
        return
    th.set_flush_denormal(True)
    try:
        yield
    finally:
        th.set_flush_denormal(False)


def flushes_denormals() -> bool:
    """Whether the processor takes denormal results for 0 in this thread. Torch does not tell, so a small number is halved."""
    smallest = th.tensor(th.finfo(th.float32).tiny)
    return float(smallest * 0.5) == 0.0
