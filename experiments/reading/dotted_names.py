"""Classes by dotted name: only those that are of the kind that is expected there."""

import importlib
import inspect
import re
from collections.abc import Mapping
from typing import Any

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn
from torch.optim import Optimizer

from ...saliency.errors import first_line
from ..errors import ConfigError
from .user_modules import user_module_found

KINDS: Mapping[str, type] = {
    "policy": BasePolicy,
    "features_extractor_class": BaseFeaturesExtractor,
    "activation_fn": nn.Module,
    "optimizer_class": Optimizer,
}
FORM = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)


def class_named(name: str, entry: str) -> type[Any]:
    """
    The class that a dotted name means. Its module is imported only if the name has the form of one. It may lie in the
    working directory.

    :param name: such as ``my_module.MyPolicy``
    :param entry: that has it, one of :data:`KINDS`
    :raises ConfigError: if there is no such class, or it is of another kind
    """
    if not FORM.fullmatch(name):
        raise ConfigError(f"the {entry} {name!r} is not a dotted name, such as my_module.MyClass")
    module, _, attribute = name.rpartition(".")
    try:
        with user_module_found(module):
            found = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # importing runs the user's module, which may raise anything; the message says what it was
        raise ConfigError(f"the {entry} {name!r} cannot be imported: {first_line(error)}") from error
    if not inspect.isclass(found):
        raise ConfigError(f"the {entry} {name!r} is not a class")
    if not issubclass(found, KINDS[entry]):
        raise ConfigError(f"the {entry} {name!r} is not a {KINDS[entry].__name__}")
    return found


def with_classes(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """
    Keyword arguments of a policy with classes in the place of their dotted names.

    :param keywords: plain values
    :raises ConfigError: as for :func:`class_named`
    """
    return {
        name: class_named(value, name) if name in KINDS and isinstance(value, str) and "." in value else value
        for name, value in keywords.items()
    }
