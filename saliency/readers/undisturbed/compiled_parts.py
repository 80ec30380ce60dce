"""Parts of a policy that ``torch.compile`` has made faster."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch as th
from torch import nn

COMPILED_FROM = "_torchdynamo_orig_callable"  # what torch.compile was given


@contextmanager
def as_written(policy: nn.Module) -> Iterator[None]:
    """
    Compiled parts of a policy run as they were written. Compiled code frees what it computed after one backward pass, so a graph
    cannot be asked for the gradients of several heads.

    :param policy: with compiled modules or functions, or without
    """
    if not any(_is_compiled(module) for module in policy.modules()):
        yield
        return
    with th.compiler.set_stance("force_eager"):
        yield


def _is_compiled(module: nn.Module) -> bool:
    if hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None:
        return True
    own = (getattr(type(module), "forward", None), *(x for x in vars(module).values() if callable(x)))
    return any(COMPILED_FROM in getattr(x, "__dict__", {}) for x in own)
