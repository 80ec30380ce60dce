"""Modules of the user's, with an env, a policy or a saliency method, found in the folder one stands in, too."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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
    if colon:
        import_user_module(module, f"the env {env!r} cannot be made", registered=name)


def import_user_module(module: str, refusal: str, registered: str = "") -> None:
    """
    Import a module of the user's. An installed one goes before one in the working directory.

    :param module: its name
    :param refusal: what cannot be done without it, for the message
    :param registered: id of an env that it registers, whose own module is imported, too
    :raises EnvError: if the module is nowhere, or cannot be imported
    """
    if module in sys.modules:
        return
    with user_module_found(module):
        try:
            importlib.import_module(module)
            spec = gym.registry.get(registered)
            if spec is not None and isinstance(spec.entry_point, str):
                importlib.import_module(spec.entry_point.partition(":")[0])  # gymnasium does it later, without the directory
        except ModuleNotFoundError as error:
            if error.name != module.partition(".")[0] and error.name != module:
                raise EnvError(f"{refusal}: importing {module} says: {error}") from error
            raise EnvError(f"{refusal}: there is no module {module}, neither installed nor in {Path.cwd()}") from error
        except Exception as error:  # runs the user's own module, which may raise anything; the message says what it was
            raise EnvError(f"{refusal}: importing {module} says: {first_line(error)}") from error


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


def user_module_found(module: str) -> AbstractContextManager[None]:
    """
    While the block runs, a module in the working directory can be imported. An installed one of the same name goes before it.

    :param module: its name
    """
    try:
        installed = module in sys.modules or importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a parent package is missing, or it is not the name of a module
        installed = False
    return nullcontext() if installed else _working_directory_last()


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
