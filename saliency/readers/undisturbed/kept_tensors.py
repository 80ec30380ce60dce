"""Tensors that the modules of a policy keep of their last forward pass: as attributes, or in lists and dicts."""

from collections import deque
from collections.abc import Container, Iterator, Mapping
from typing import Any

import torch as th
from torch import nn

OF_TORCH = ("_parameters", "_buffers", "_modules")  # attributes of every module, whose tensors belong to it


def kept_tensors(module: nn.Module) -> Iterator[th.Tensor]:
    """All tensors that a module keeps beside its weights and buffers."""
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
    seen: set[int] = set()
    for name, value in list(vars(module).items()):
        if name not in OF_TORCH and (new := _cut(value, others, seen)) is not value:
            vars(module)[name] = new


def _tensors(value: Any, seen: set[int]) -> Iterator[th.Tensor]:
    if isinstance(value, th.Tensor):
        yield value
    elif isinstance(value, Mapping | list | tuple | deque) and id(value) not in seen:
        seen.add(id(value))
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _tensors(one, seen)


def _cut(value: Any, others: Container[int], seen: set[int]) -> Any:
    """The value without graphs: a list or a dict is changed in place, a tuple is another one if anything in it is."""
    if isinstance(value, th.Tensor):
        return value.detach() if value.requires_grad and not value.is_leaf and id(value) not in others else value
    if not isinstance(value, dict | list | tuple | deque) or id(value) in seen:
        return value
    seen.add(id(value))
    places = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    new = {place: cut for place, one in places if (cut := _cut(one, others, seen)) is not one}
    if not isinstance(value, tuple):
        for place, cut in new.items():
            value[place] = cut
        return value
    whole: Any = [new.get(place, one) for place, one in places]
    return value if not new else type(value)(*whole) if hasattr(value, "_fields") else type(value)(whole)
