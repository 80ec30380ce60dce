"""Methods of the user's, named as ``my_module:my_method``."""

import sys
from collections.abc import Sequence

from ...saliency import METHODS
from ..errors import ConfigError
from ..reading.user_modules import import_user_module


def with_own_methods(names: Sequence[str]) -> list[str]:
    """
    Import the modules of methods, and give each method its own name among ``saccade.saliency.METHODS``.

    :param names: of methods; ``module:method`` for one that a module of the user's has
    :return: the names without the modules
    :raises EnvError: if a module is nowhere, or cannot be imported
    :raises ConfigError: if it has no such method, or another method has the name already
    """
    return [_own(*name.split(":", 1)) if ":" in name else name for name in names]


def _own(module: str, name: str) -> str:
    import_user_module(module, f"there is no method {module}:{name}")
    found = getattr(sys.modules[module], name, None)
    if not callable(found):
        raise ConfigError(f"there is no method {module}:{name}: the module has no function of that name")
    if METHODS.setdefault(name, found) is not found:
        raise ConfigError(f"{module}:{name} has the name of another method; give it another one")
    return name
