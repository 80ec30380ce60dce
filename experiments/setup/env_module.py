"""The module before the colon of an env's name, such as ``envs:Quadrant-v0``, found in the folder one stands in, too."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import gymnasium as gym

from ...saliency.errors import first_line
from ..errors import EnvError


def import_env_module(env: str) -> None:
    """
    Import the module that registers an env, so that gymnasium finds it. A name without a colon needs none.

    An installed module goes before one in the working directory. That directory is searched last and only here, so its files take
    the place of no others.

    :param env: name of an env
    :raises EnvError: if the module is nowhere, or cannot be imported
    """
    module, colon, name = env.partition(":")
    if not colon or module in sys.modules:
        return
    try:
        installed = importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a parent package is missing, or it is no name of a module
        installed = False
    with nullcontext() if installed else _working_directory_last():
        try:
            importlib.import_module(module)
            spec = gym.registry.get(name)
            if spec is not None and isinstance(spec.entry_point, str):
                importlib.import_module(spec.entry_point.partition(":")[0])  # gymnasium does it later, without the directory
        except ModuleNotFoundError as error:
            if error.name != module.partition(".")[0] and error.name != module:
                raise EnvError(f"the env {env!r} cannot be made: importing {module} says: {error}") from error
            here = f"neither installed nor in {Path.cwd()}"
            raise EnvError(f"the env {env!r} cannot be made: there is no module {module}, {here}") from error
        except Exception as error:  # runs the user's own module, which may raise anything; the message says what it was
            raise EnvError(f"the env {env!r} cannot be made: importing {module} says: {first_line(error)}") from error


def module_of(env: str | None) -> str:
    """
    The module in an env's name, imported. Who names it runs it; so a model may have classes of it, such as a features extractor.

    :param env: name of an env, or None
    :return: empty if the name has none
    :raises EnvError: as :func:`import_env_module`
    """
    module, colon, _ = (env or "").partition(":")
    if env is None or not colon:
        return ""
    import_env_module(env)
    return module


@contextmanager
def _working_directory_last() -> Iterator[None]:
    here = str(Path.cwd())
    sys.path.append(here)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if here in sys.path:
            sys.path.reverse()  # the last one is ours
            sys.path.remove(here)
            sys.path.reverse()
