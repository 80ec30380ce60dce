"""A layer that scales only the gradient."""

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
    Identity in the forward pass. In training mode the backward pass multiplies the gradient by ``scale``.

    Wang et al. (2016, section 4.2) scale the gradient that enters the last shared layer by 1/sqrt(2), because two streams send
    gradients into it. The scale helps training but is not part of the function. So evaluation mode leaves the gradient exact, and a
    saliency map is a true derivative of the network.

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
