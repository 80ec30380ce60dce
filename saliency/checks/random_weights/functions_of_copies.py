"""Functions that stand in a network in place of its methods, such as a compiled ``forward``, and its copy."""

import types
from typing import Any

from torch import nn

from ...errors import UnknownPolicyError
from ...readers.undisturbed.compiled_parts import COMPILED_FROM


def bind_to_copy(network: nn.Module, other: nn.Module) -> None:
    """
    Let a copy call its own weights. ``copy.deepcopy`` keeps functions as they are, so ``extractor.forward =
    torch.compile(extractor.forward)`` would compute with the weights of the original. The copy gets what was compiled.

    :param network: that was copied
    :param other: its copy, which is changed
    :raises UnknownPolicyError: if a function holds a part of the network in a way that cannot be copied
    """
    originals = {id(module): name for name, module in network.named_modules()}
    parts = dict(other.named_modules())
    for name, module in parts.items():
        for attribute, value in list(vars(module).items()):
            if not isinstance(value, types.FunctionType):  # a bound method is copied with its network
                continue
            method: Any = getattr(value, COMPILED_FROM, value)
            owner = originals.get(id(getattr(method, "__self__", None)))
            if owner is not None:
                object.__setattr__(module, attribute, types.MethodType(method.__func__, parts[owner]))
            elif any(id(held) in originals for held in _held_by(method)):
                place = ".".join(filter(None, (name, attribute)))
                raise UnknownPolicyError(
                    f"{place} is a function that holds a part of the network, so a copy with random weights cannot be made; "
                    "give the network a class with that method, or torch.compile of the method"
                )


def _held_by(function: Any) -> list[Any]:
    """What a function keeps, and the owners of methods among that."""
    cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or () if cell != types.CellType()]
    kept = [*cells, *(getattr(function, "__defaults__", None) or ())]
    return [*kept, *(getattr(one, "__self__", None) for one in kept)]
