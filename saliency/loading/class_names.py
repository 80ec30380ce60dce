"""Classes by name: only those of the packages that a model may need, and only of the kind that is expected."""

import importlib
import inspect
import re
import sys
from typing import Any

from torch import nn
from torch.optim import Optimizer

from .inert_pickle import Made, Name
from .refusal import NeedsTrust, Refusal

PACKAGES = ("stable_baselines3", "sb3_contrib", "saccade.policies", "saccade.agents", "torch.nn", "torch.optim")
OF_THESE = "SB3, sb3-contrib, saccade, torch.nn or torch.optim"
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def class_of(node: Any, kinds: tuple[type, ...] = (nn.Module, Optimizer), own: str = "") -> type[Any]:
    """
    The class that a name means. Nothing is imported before the name has been checked.

    :param node: of an inert pickle
    :param kinds: the class must be one of these, or derived from one
    :param own: a module of the user's; what is imported of its package may have the class, too
    :raises Refusal: if it is not such a class
    """
    if not isinstance(node, Name | Made):
        raise Refusal("is damaged: it has no class where one must be")
    if isinstance(node, Made):
        raise NeedsTrust(f"needs {described(node)}")
    if not is_known(node.module, own) or not DOTTED.fullmatch(node.module) or not PLAIN.fullmatch(node.name):
        raise NeedsTrust(f"needs the class {node}, which is not of {OF_THESE}")
    try:
        found = getattr(importlib.import_module(node.module), node.name)
    except (ImportError, AttributeError) as error:
        raise Refusal(f"needs the class {node}, which the installed version of that package does not have") from error
    if not (inspect.isclass(found) and issubclass(found, kinds) and is_known(found.__module__, own)):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise NeedsTrust(f"names {node} where a {wanted} of {OF_THESE} must be")
    return found


def is_known(module: str, own: str = "") -> bool:
    """
    Whether a module is inside one of the packages that a model may need. A module of the user's own package counts too, if it is
    imported already. A file cannot have other modules of that package imported.
    """
    if own and module in sys.modules and f"{module}.".startswith(f"{own.partition('.')[0]}."):
        return True
    return any(f"{module}.".startswith(f"{package}.") for package in PACKAGES)


def described(node: Any) -> str:
    """What a file would have called, in words: cloudpickle writes down own classes and functions with their code."""
    function = getattr(node, "function", None)
    if not isinstance(function, Name):
        return "something that is not plain data"
    if function.module.startswith("cloudpickle"):
        kind = "class" if "class" in function.name else "function"
        return f"a {kind} that was saved with its code{_own_name(node)}"
    return f"the result of {function}"


def _own_name(node: Any) -> str:
    """The name of a class or a function that was saved by value, where it can be seen."""
    args = node.args if isinstance(node.args, tuple) else ()
    state = node.state[0] if isinstance(node.state, tuple) and node.state else node.state
    held = state if isinstance(state, dict) else {}
    names = [held.get("__qualname__"), held.get("__name__"), *(one for one in args if isinstance(one, str))]
    found = next((one for one in names if isinstance(one, str)), None)
    module = held.get("__module__")
    return f" ({Name(module if isinstance(module, str) else '__main__', found)})" if found is not None else ""
