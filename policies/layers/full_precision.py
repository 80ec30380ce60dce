"""The last layer of a head, in the precision of its weights."""

import torch as th
from torch import nn
from torch.nn import functional as F


class FullPrecisionLinear(nn.Linear):
    """
    ``nn.Linear`` that autocast leaves alone; weights have the same names.

    A bfloat16 number has 8 bits: between 16 and 32 the next one is 0.125 away. What an action is worth more than another is often
    less than that. So Q-values that leave a network in bfloat16 make equal what is not. This layer is small, so full precision is
    cheap here.
    """

    def forward(self, input: th.Tensor) -> th.Tensor:
        """(B, in_features) to (B, out_features), in the dtype of the weights."""
        with th.autocast(input.device.type, enabled=False):
            return F.linear(input.to(self.weight.dtype), self.weight, self.bias)
