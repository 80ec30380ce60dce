"""
Weights out of a ``.pth`` that torch has saved.

``torch.load(weights_only=True)`` refuses to run code, but it makes whatever sizes a file asks for, and its zip reader unpacks
without a limit. A state dict needs one form of tensor only, which is made here from the file's own bytes.
"""

import io
import math
import sys
from collections.abc import Mapping
from typing import Any

import torch as th

from .archive import Archive
from .inert_pickle import Made, Name, Persistent, read_pickle, shown
from .refusal import NeedsTrust, Refusal

LARGEST = 128 * 2**20  # bytes of a .pth: 33 million numbers
MOST_TENSORS, MOST_AXES = 10_000, 16
LARGEST_PICKLE, LARGEST_NOTE = 8 * 2**20, 100
DTYPES = {
    "FloatStorage": th.float32,
    "DoubleStorage": th.float64,
    "HalfStorage": th.float16,
    "BFloat16Storage": th.bfloat16,
    "LongStorage": th.int64,
    "IntStorage": th.int32,
    "ShortStorage": th.int16,
    "CharStorage": th.int8,
    "ByteStorage": th.uint8,
    "BoolStorage": th.bool,
}


def read_weights(data: bytes) -> dict[str, th.Tensor]:
    """
    A state dict, on the CPU.

    :param data: of the ``.pth``
    :return: tensors by name
    :raises Refusal: if it is anything else
    """
    archive = Archive(io.BytesIO(data))
    folder = next((name.removesuffix("data.pkl") for name in archive.members if name.endswith("/data.pkl")), None)
    if folder is None:
        raise NeedsTrust("has weights in a form of torch before 1.6")
    order = archive.read(f"{folder}byteorder", LARGEST_NOTE) if f"{folder}byteorder" in archive.members else b"little"
    if order.decode("ascii", "replace") != sys.byteorder:
        raise NeedsTrust("has weights of a machine with another order of bytes")
    found = read_pickle(archive.read(f"{folder}data.pkl", LARGEST_PICKLE, packed=False))
    pairs = list(found.items()) if isinstance(found, dict) else _ordered(found)
    if len(pairs) > MOST_TENSORS:
        raise Refusal(f"has more than {MOST_TENSORS:,} weights")
    storages = Storages(archive, folder)
    return {_name(name): _tensor(node, storages) for name, node in pairs}


def numbers_of(state: Mapping[str, th.Tensor]) -> int:
    """
    How many numbers a file has for its weights. A small file can have many weights that are views of the same numbers.

    :param state: from :func:`read_weights`
    """
    storages = {tensor.untyped_storage().data_ptr(): tensor for tensor in state.values()}
    return sum(tensor.untyped_storage().nbytes() // tensor.element_size() for tensor in storages.values())


class Storages:
    """The numbers that tensors are views of, each read once."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self.archive, self.folder = archive, folder
        self.read: dict[str, th.Tensor] = {}

    def of(self, node: Any) -> th.Tensor:
        """
        :param node: torch's note of where they are: ("storage", type, key, device, count)
        :raises Refusal: if they are not there, or of an unknown type
        """
        key = node.key if isinstance(node, Persistent) else None
        if not (isinstance(key, tuple) and len(key) == 5 and key[0] == "storage" and isinstance(key[2], str)):
            raise Refusal("is damaged: it has a weight without numbers")
        kind, name, count = key[1], key[2], key[4]
        dtype = DTYPES.get(kind.name) if isinstance(kind, Name) and kind.module == "torch" else None
        if dtype is None:
            raise NeedsTrust(f"has weights of the unusual type {shown(kind)}")
        if name not in self.read:
            data = self.archive.read(f"{self.folder}data/{name}", LARGEST, packed=False)
            if type(count) is not int or count * dtype.itemsize != len(data):
                raise Refusal("is damaged: it has a weight with too few numbers")
            self.read[name] = th.frombuffer(bytearray(data), dtype=dtype) if data else th.empty(0, dtype=dtype)
        if self.read[name].dtype != dtype:
            raise Refusal("is damaged: it has a weight of two types")
        return self.read[name]


def _ordered(found: Any) -> list[tuple[Any, Any]]:
    if not (isinstance(found, Made) and found.calls("collections.OrderedDict")):
        raise NeedsTrust("has weights that are not a state dict")
    return found.pairs


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise Refusal("is damaged: it has a weight without a name")
    return name


def _tensor(node: Any, storages: Storages) -> th.Tensor:
    if isinstance(node, Made) and node.calls("torch._utils._rebuild_parameter") and isinstance(node.args, tuple) and node.args:
        node = node.args[0]
    if not (isinstance(node, Made) and node.calls("torch._utils._rebuild_tensor_v2") and isinstance(node.args, tuple)):
        raise NeedsTrust(f"has a weight that is not a plain tensor ({shown(node.function if isinstance(node, Made) else node)})")
    if len(node.args) < 4:
        raise Refusal("is damaged: it has a weight without a size")
    storage, offset, size, stride = storages.of(node.args[0]), *node.args[1:4]
    if not (_are_whole((offset,)) and _are_whole(size) and _are_whole(stride) and len(size) == len(stride) <= MOST_AXES):
        raise Refusal("is damaged: it has a weight of an impossible size")
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    count = math.prod(size)
    if count and (last >= len(storage) or count > len(storage)):
        raise Refusal("is damaged: it has a weight that is larger than its numbers")
    return storage.as_strided(size, stride, offset) if count else th.empty(size, dtype=storage.dtype)


def _are_whole(numbers: Any) -> bool:
    return isinstance(numbers, tuple) and all(type(number) is int and 0 <= number < 2**40 for number in numbers)
