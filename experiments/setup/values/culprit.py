"""Which keyword argument of the user's keeps an env or an agent from being made."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from ....saliency.errors import first_line
from ...errors import USER_ERRORS, ConfigError

Made = TypeVar("Made")
Path = tuple[str, ...]
OF_TORCH = ("can't allocate memory", "out of memory")  # a RuntimeError


def made_with(
    make: Callable[[dict[str, Any]], Made],
    keywords: Mapping[str, Any],
    what: str,
    error: type[ConfigError] = ConfigError,
) -> Made:
    """
    Make something from keyword arguments of the user's. What fails is told as a mistake only if it works without one of them, which
    is then named. Everything else is a bug of ours and keeps its traceback.

    :param make: from keyword arguments, which it does not change
    :param keywords: nested dicts may be among them
    :param what: is made, for the message
    :param error: of a mistake
    :raises ConfigError: if one of the arguments is to blame, or memory is too small
    """
    try:
        return make(dict(keywords))
    except USER_ERRORS:  # told already
        raise
    except Exception as problem:  # constructors of SB3 and of the user's own classes may raise anything
        said = first_line(problem)
        too_large = isinstance(problem, MemoryError) or any(words in said for words in OF_TORCH)
        for path in _places(keywords):
            if _works(make, _without(keywords, path)):
                value = _at(keywords, path)
                name = f"{'.'.join(path)}={value!r}"
                if too_large:
                    raise error(f"{what} does not fit into memory with {name}: {said}; give a smaller one") from problem
                raise error(f"{what} cannot be made with {name}: {type(problem).__name__}: {said}") from problem
        if too_large:
            raise error(f"{what} does not fit into memory: {said}; give fewer n_envs") from problem
        raise


def _works(make: Callable[[dict[str, Any]], Any], keywords: dict[str, Any]) -> bool:
    try:
        made = make(keywords)
    except Exception:  # whatever it is, this argument alone is not to blame
        return False
    if hasattr(made, "close"):  # an env
        made.close()
    return True


def _places(keywords: Mapping[str, Any], before: Path = ()) -> Iterator[Path]:
    """Single values first, then dicts as a whole, in which several values may be wrong."""
    inner = [name for name, value in keywords.items() if isinstance(value, Mapping) and value]
    for name in keywords:
        if name not in inner:
            yield (*before, name)
    for name in inner:
        yield from _places(keywords[name], (*before, name))
    for name in inner:
        yield (*before, name)


def _without(keywords: Mapping[str, Any], path: Path) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {name: value for name, value in keywords.items() if name != first}
    return {**keywords, first: _without(keywords[first], tuple(rest))}


def _at(keywords: Mapping[str, Any], path: Path) -> Any:
    found: Any = keywords
    for name in path:
        found = found[name]
    return found
