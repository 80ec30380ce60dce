"""A layer that leaves its input as it is and scales the gradient that comes back."""

from typing import Any

import torch as th
from torch import nn


class _ScaleGradient(th.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: th.Tensor, scale: float) -> th.Tensor:
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: th.Tensor) -> tuple[th.Tensor, None]:
        return grad_outputs[0] * ctx.scale, None


class GradientScale(nn.Module):
    """
    Identity forward; multiplies the gradient by ``scale`` backward, in training mode only.

    Wang et al. (2016, section 4.2) scale the gradient that enters the last shared layer by 1/sqrt(2), since two streams send
    one back. It is a means of learning, not a part of the function, so in evaluation mode the derivative is the exact one: a
    saliency map of the network is a derivative of the network.

    :param scale: factor for the gradient
    """

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: th.Tensor) -> th.Tensor:
        if not self.training:
            return x
        return _ScaleGradient.apply(x, self.scale)  # type: ignore[no-untyped-call]

    def extra_repr(self) -> str:
        return f"{self.scale:.4f}"
