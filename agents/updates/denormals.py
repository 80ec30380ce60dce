"""An optimizer's memory without numbers too small to matter."""

import torch as th

TINY = 1e-30
UPDATES = 100  # between two looks: 0.9 ** 100 * TINY is still a normal float32
MOMENTS = ("exp_avg", "exp_avg_sq", "momentum_buffer", "square_avg")  # in Adam and its kin, in SGD and RMSprop


def drop_tiny_momentum(optimizer: th.optim.Optimizer, update: int) -> None:
    """
    Sets moments below 1e-30 to 0, now and then, on a CPU.

    Where a weight gets no gradient any more (a ReLU that stays off), Adam's mean of its gradients decays to a denormal number
    (below 1.2e-38) and stays one, since 0.9 of the smallest rounds to the smallest. Processors take many times as long over these:
    on Enduro a step of Adam slowed down from 2 to 10 ms within two thousand updates. (The mean of squares gets there too, within
    70,000.) A step of a learning rate times 1e-30 changes no weight that is not itself as small, and beside Adam's epsilon the root
    of 1e-30 is nothing.

    :param optimizer: just stepped
    :param update: its number; something is done at every hundredth
    """
    if update % UPDATES:
        return
    for state in optimizer.state.values():
        for name in MOMENTS:
            moment = state.get(name)
            if moment is not None and moment.device.type == "cpu":
                th.hardshrink(moment, TINY, out=moment)
