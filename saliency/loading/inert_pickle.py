"""
Pickles as data: what a pickle would import and call is written down, and nothing is imported or called.

Python's own unpickler is a small machine that a file programs. This is the same machine with inert results: a name stays a name, a
call stays the note of a call. What is to be made of them is decided by the readers beside this file, which know a few forms.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .refusal import NeedsTrust, Refusal, quoted

MOST_OPERATIONS = 200_000
LARGEST_WHOLE_NUMBER = 2**256  # states of random generators have 128 bits
KEYS = (str, int, float, bytes, type(None))


@dataclass(eq=False, slots=True)
class Name:
    """What ``from module import name`` would give."""

    module: str
    name: str

    def __str__(self) -> str:
        return quoted(f"{self.module}.{self.name}")


@dataclass(eq=False, slots=True)
class Made:
    """
    The result of a call that was not made.

    :param function: :class:`Name`, or whatever the file says
    :param args: positional arguments
    :param keywords: keyword arguments
    :param state: what would be set on the result
    :param items: what would be appended to it
    :param pairs: what would be stored in it, keys with values
    """

    function: Any
    args: Any
    keywords: Any = None
    state: Any = None
    items: list[Any] = field(default_factory=list)
    pairs: list[tuple[Any, Any]] = field(default_factory=list)

    def calls(self, *names: str) -> bool:
        """Whether it is a call of a function or class with one of these dotted names."""
        return isinstance(self.function, Name) and f"{self.function.module}.{self.function.name}" in names


@dataclass(eq=False, slots=True)
class Persistent:
    """A reference to something outside the pickle."""

    key: Any


def shown(node: Any) -> str:
    """
    A node in a message. Only names and texts are written out: a tuple that holds the same tuple many times would be endless.

    :param node: of an inert pickle
    """
    return quoted(str(node) if isinstance(node, Name | str) else f"a {type(node).__name__.lower()}")


def read_pickle(data: bytes) -> Any:
    """
    What a pickle holds.

    :param data: of any protocol
    :return: numbers, texts, bytes, lists, tuples and dicts, with :class:`Name`, :class:`Made` and :class:`Persistent` in them
    :raises Refusal: if it is damaged, too long, or does what no model's file needs
    """
    machine = Machine()
    try:
        for count, (operation, argument, _) in enumerate(pickletools.genops(data)):
            if count >= MOST_OPERATIONS:
                raise Refusal(f"holds a pickle of more than {MOST_OPERATIONS:,} operations")
            machine.step(operation.name, argument)
    except Refusal:
        raise
    except Exception as error:  # damaged bytes make the parser of the standard library, and the stack, raise anything
        raise Refusal(f"is damaged: it holds a pickle that is none ({type(error).__name__})") from error
    return machine.result


class Machine:
    """The unpickler's stack and memo."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stacks under the marks
        self.memo: dict[int, Any] = {}
        self.result: Any = None

    def step(self, name: str, argument: Any) -> None:
        """
        :param name: of the operation, as in :mod:`pickletools`
        :param argument: of it
        """
        if name in IGNORED:
            return
        if name in VALUES:
            self._check_size(argument)
            self.stack.append(argument)
        elif name in CONSTANTS:
            self.stack.append(CONSTANTS[name]())
        elif name in STEPS:
            STEPS[name](self, argument)
        else:
            raise NeedsTrust(f"holds a pickle with the operation {name}, which no usual model has")

    def marked(self) -> list[Any]:
        """Everything above the last mark, which is taken away."""
        above, self.stack = self.stack, self.below.pop()
        return above

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def make(self, function: Any, args: Any, keywords: Any = None) -> None:
        self.stack.append(Made(function, args, keywords))

    def store(self, pairs: list[tuple[Any, Any]]) -> None:
        """Into the dict, or what will be one, on top of the stack."""
        target = self.stack[-1]
        if isinstance(target, Made):
            target.pairs += self.keyed(pairs).items()
        elif isinstance(target, dict):
            target.update(self.keyed(pairs))
        else:
            raise Refusal("is damaged: it stores an entry in what is not a dict")

    def append(self, items: list[Any]) -> None:
        """To the list, or what will be one, on top of the stack."""
        target = self.stack[-1]
        if not isinstance(target, Made | list):
            raise Refusal("is damaged: it appends to what is not a list")
        (target.items if isinstance(target, Made) else target).extend(items)

    def build(self, state: Any) -> None:
        """Note the state of what is on top of the stack."""
        target = self.stack[-1]
        if not isinstance(target, Made) or target.state is not None:
            raise Refusal("is damaged: it sets the state of what has none")
        target.state = state

    def keyed(self, pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
        for key, _ in pairs:
            if not isinstance(key, KEYS):
                raise Refusal("has a dict whose keys are neither texts nor numbers")
        return dict(pairs)

    def _check_size(self, argument: Any) -> None:
        if type(argument) is int and abs(argument) >= LARGEST_WHOLE_NUMBER:
            raise Refusal("has a whole number of more than 256 bits")


def _pairs(items: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(items[::2], items[1::2], strict=True))


def _mark(machine: Machine, _: Any) -> None:
    machine.below.append(machine.stack)
    machine.stack = []


def _stop(machine: Machine, _: Any) -> None:
    machine.result = machine.stack.pop()


def _global(machine: Machine, argument: str) -> None:
    machine.stack.append(Name(*argument.split(" ", 1)))


def _stack_global(machine: Machine, _: Any) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if not (isinstance(module, str) and isinstance(name, str)):
        raise Refusal("is damaged: it has a name that is not text")
    machine.stack.append(Name(module, name))


def _obj(machine: Machine, _: Any) -> None:
    function, *args = machine.marked()
    machine.make(function, tuple(args))


def _new_obj_ex(machine: Machine, _: Any) -> None:
    keywords, args, function = (machine.stack.pop() for _ in range(3))
    machine.make(function, args, keywords)


def _reduce(machine: Machine, _: Any) -> None:
    args, function = machine.stack.pop(), machine.stack.pop()
    machine.make(function, args)


def _tuple(size: int) -> Callable[[Machine, Any], None]:
    def step(machine: Machine, _: Any) -> None:
        items = [machine.stack.pop() for _ in range(size)]
        machine.stack.append(tuple(reversed(items)))

    return step


def _set_item(machine: Machine, _: Any) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.store([(key, value)])


def _get(machine: Machine, argument: int) -> None:
    machine.stack.append(machine.memo[argument])


def _put(machine: Machine, argument: int) -> None:
    machine.memo[argument] = machine.stack[-1]


IGNORED = ("PROTO", "FRAME")
VALUES = (
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
)
CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
    "EMPTY_SET": lambda: Made(Name("builtins", "set"), ()),
}
STEPS: dict[str, Callable[[Machine, Any], Any]] = {
    "MARK": _mark,
    "STOP": _stop,
    "POP": lambda machine, _: machine.stack.pop() if machine.stack else machine.marked(),  # as Python's own
    "POP_MARK": lambda machine, _: machine.marked(),
    "DUP": lambda machine, _: machine.push(machine.stack[-1]),
    "GET": _get,
    "BINGET": _get,
    "LONG_BINGET": _get,
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": lambda machine, _: machine.memo.update({len(machine.memo): machine.stack[-1]}),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.marked())),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "LIST": lambda machine, _: machine.push(machine.marked()),
    "DICT": lambda machine, _: machine.push(machine.keyed(_pairs(machine.marked()))),
    "FROZENSET": lambda machine, _: machine.make(Name("builtins", "frozenset"), tuple(machine.marked())),
    "APPEND": lambda machine, _: machine.append([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.marked()),
    "ADDITEMS": lambda machine, _: machine.append(machine.marked()),
    "SETITEM": _set_item,
    "SETITEMS": lambda machine, _: machine.store(_pairs(machine.marked())),
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _new_obj_ex,
    "INST": lambda machine, argument: machine.make(Name(*argument.split(" ", 1)), tuple(machine.marked())),
    "OBJ": _obj,
    "BUILD": lambda machine, _: machine.build(machine.stack.pop()),
    "PERSID": lambda machine, argument: machine.push(Persistent(argument)),
    "BINPERSID": lambda machine, _: machine.push(Persistent(machine.stack.pop())),
}
