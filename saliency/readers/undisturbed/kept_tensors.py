"""Tensors that the modules of a policy keep of their last forward pass: as attributes, or in lists, tuples and dicts."""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Container, Iterator
from typing import Any

import torch as th
from torch import nn

OF_TORCH = frozenset(vars(nn.Module()))  # attributes of every module: its weights, its parts and its hooks
MAPPINGS = (dict, OrderedDict, defaultdict)
SEQUENCES = (list, deque)
LONG = 1000  # a longer list of numbers is not searched to its end


def kept_tensors(module: nn.Module) -> Iterator[th.Tensor]:
    """All tensors that a module keeps beside its weights and buffers. Classes of others that hold tensors are not looked into."""
    seen: set[int] = set()
    for name, value in vars(module).items():
        if name not in OF_TORCH:
            yield from _tensors(value, seen)


def cut_graphs(module: nn.Module, others: Container[int]) -> None:
    """
    Let the tensors that a module keeps lose their graph, which holds the memory of a whole batch and cannot be copied.

    :param module: is changed, and so are the lists and dicts in it
    :param others: ``id`` of the tensors that stay as they are
    """
    done: dict[int, Any] = {}
    for name, value in list(vars(module).items()):
        if name not in OF_TORCH and (new := _cut(value, others, done)) is not value:
            vars(module)[name] = new


def _parts(value: Any) -> list[tuple[Any, Any]]:
    """(place, part) of a container; nothing for all else."""
    kind = type(value)
    if kind in MAPPINGS:
        return list(value.items())
    if not (kind in SEQUENCES or kind is tuple or (isinstance(value, tuple) and hasattr(value, "_make"))):
        return []
    if len(value) > LONG and isinstance(value[0], int | float | str):
        return []
    return list(enumerate(value))


def _tensors(value: Any, seen: set[int]) -> Iterator[th.Tensor]:
    if isinstance(value, th.Tensor):
        yield value
    elif id(value) not in seen and (parts := _parts(value)):
        seen.add(id(value))
        for _, one in parts:
            yield from _tensors(one, seen)


def _cut(value: Any, others: Container[int], done: dict[int, Any]) -> Any:
    """The value without graphs: a list or a dict is changed in place, a tuple is another one if anything in it is."""
    if isinstance(value, th.Tensor):
        return value.detach() if value.requires_grad and not value.is_leaf and id(value) not in others else value
    if id(value) in done or not (parts := _parts(value)):
        return done.get(id(value), value)
    done[id(value)] = value  # a container may hold itself
    new = {place: cut for place, one in parts if (cut := _cut(one, others, done)) is not one}
    if not isinstance(value, tuple):
        for place, cut in new.items():
            value[place] = cut
    elif new:
        whole = [new.get(place, one) for place, one in parts]
        done[id(value)] = value._make(whole) if hasattr(value, "_make") else tuple(whole)
    return done[id(value)]
