"""Networks are made only as large as their weights in the file."""

from typing import Any

import torch as th
from torch.utils._python_dispatch import TorchDispatchMode

from .refusal import Refusal

MOST_OPERATIONS = 20_000  # of torch, while a policy is made: a layer takes about ten


class SizeBudget(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """
    While it is on, torch makes no tensor that is too large, and not too many of them.

    It looks at the sizes that are asked for, before memory is taken. First weights are not computed, since the file has others.

    :param numbers: that all new tensors may have together
    """

    def __init__(self, numbers: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.left, self.operations = numbers, MOST_OPERATIONS

    def __torch_dispatch__(self, function: Any, kinds: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """:raises Refusal: if too much is asked for"""
        self.operations -= 1
        asked = max((_asked(argument) for argument in (*args, *(kwargs or {}).values())), default=0)
        if self.operations < 0 or asked > self.left:
            raise Refusal("describes a network that is larger than its weights in the file")
        if function is th.ops.aten.linalg_qr.default:  # of the orthogonal initialisation: seconds for a large layer
            return _same_shapes_as_qr(args[0])
        made = function(*args, **(kwargs or {}))
        if isinstance(made, th.Tensor) and not any(isinstance(argument, th.Tensor) for argument in args):
            self.left -= made.numel()
        return made


def _asked(argument: Any) -> int:
    """Numbers that an argument of a torch function may ask for: a length, or the product of a size."""
    if type(argument) is int:
        return argument
    if not isinstance(argument, list | tuple):
        return 0
    product = 1
    for length in argument:
        product *= max(length, 1) if type(length) is int else 1
    return product


def _same_shapes_as_qr(matrix: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
    rows, columns = matrix.shape[-2:]
    inner = min(rows, columns)
    return matrix.new_zeros((*matrix.shape[:-2], rows, inner)), matrix.new_zeros((*matrix.shape[:-2], inner, columns))
