"""Wrappers by their dotted names, as RL Zoo's files have them. A stranger's file may name a few packages only."""

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from ...saliency.errors import first_line
from ..errors import ZooError
from .zoo_yaml import Unread

PACKAGES = ("stable_baselines3", "sb3_contrib", "gymnasium", "rl_zoo3", "saccade")
SIZES = ("shape", "screen_size", "stack_size", "horizon", "width", "height", "noop_max", "frame_skip", "skip")
LARGEST = 2000  # of these, which need memory or time
WRITE_FILES = ("RecordVideo", "VecVideoRecorder", "Monitor", "VecMonitor", "HumanRendering")  # or open windows
RENAMED = {  # modules and classes of gym and of the first RL Zoo
    "gym.wrappers.gray_scale_observation.GrayScaleObservation": "gymnasium.wrappers.GrayscaleObservation",
    "gym.wrappers.resize_observation.ResizeObservation": "gymnasium.wrappers.ResizeObservation",
    "gym.wrappers.frame_stack.FrameStack": "gymnasium.wrappers.FrameStackObservation",
    "gym.wrappers.GrayScaleObservation": "gymnasium.wrappers.GrayscaleObservation",
    "gym.wrappers.FrameStack": "gymnasium.wrappers.FrameStackObservation",
}
MOVED = (("utils.wrappers.", "rl_zoo3.wrappers."), ("gym.wrappers.", "gymnasium.wrappers."))


def named_wrappers(given: Any, kind: type, where: str, trust: bool) -> tuple[tuple[type, Mapping[str, Any]], ...]:
    """
    Classes and keyword arguments of wrappers, the innermost first.

    :param given: a dotted name, ``{name: keyword arguments}``, a list of these, or None
    :param kind: the class that all of them extend
    :param where: they come from, for messages
    :param trust: whether they may be of any package; importing one runs its code
    :raises ZooError: if one cannot be used
    """
    listed = [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
    found = []
    for one in listed:
        name, arguments = next(iter(one.items())) if isinstance(one, dict) and len(one) == 1 else (one, {})
        if not (isinstance(name, str) and isinstance(arguments or {}, dict)):
            raise ZooError(f"{where} has {one!r}, which is not a wrapper's name")
        if any(isinstance(value, Unread) for value in (arguments or {}).values()):
            raise ZooError(f"{where} gives {name} an argument that is a Python object, which is not made")
        used = _renamed_arguments(name, arguments or {})
        _check_sizes(used, f"{where}: {name}")
        found.append((_class(name, kind, where, trust), used))
    return tuple(found)


def _class(name: str, kind: type, where: str, trust: bool) -> type:
    name = RENAMED.get(name, name)
    for before, now in MOVED:
        name = f"{now}{name.removeprefix(before)}" if name.startswith(before) else name
    module, _, last = name.rpartition(".")
    if not trust and (module.partition(".")[0] not in PACKAGES or last in WRITE_FILES):
        raise ZooError(f"{where} names {name}, which is not used, because it can run code or write files; --trust if you know it")
    if not module:
        raise ZooError(f"{where} names {name}, which is not a dotted name")
    try:
        found = getattr(importlib.import_module(module), last)
    except Exception as error:  # runs the package's own code, which may raise anything; the message says what it was
        raise ZooError(f"{where} names {name}, which cannot be imported: {first_line(error)}") from error
    if not (inspect.isclass(found) and issubclass(found, kind)) or (not trust and found.__name__ in WRITE_FILES):
        raise ZooError(f"{where} names {name}, which is not a {kind.__name__} that can be used")
    return found


def _renamed_arguments(name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arguments of gym's wrappers under gymnasium's names, and axes as tuples, which YAML writes as lists."""
    if RENAMED.get(name, name).endswith("FrameStackObservation") and "num_stack" in arguments:
        arguments = {**{key: value for key, value in arguments.items() if key != "num_stack"}, "stack_size": arguments["num_stack"]}
    return {key: tuple(value) if key == "shape" and isinstance(value, list) else value for key, value in arguments.items()}


def _check_sizes(arguments: Mapping[str, Any], where: str) -> None:
    for name in SIZES:
        value = arguments.get(name, 0)
        for number in value if isinstance(value, list | tuple) else [value]:
            if isinstance(number, int | float) and not number <= LARGEST:
                raise ZooError(f"{where} has {name} {number:,}; at most {LARGEST:,} is taken")
