"""
Leaving the process as it was. These are the values of the process that a training replaces, found by comparing before and after:

- W&B replaces ``sys.excepthook`` and ``sys.exit``, and adds the variable ``WANDB_SERVICE``.
- torch's compiler adds the variables ``TORCHINDUCTOR_CACHE_DIR`` and ``_TORCHINDUCTOR_PYOBJECT_TENSOR_DATA_PTR``.

Everything else, such as torch's number of threads, stays as it is. What other code changes at the same time is not touched.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

_lock = threading.RLock()


class Restorable:
    """
    A value of the process that a training replaces. It is put back when the last of several trainings ends, if it is still ours.

    :param read: the value; None if there is none
    :param write: sets the value; None removes it
    :param is_ours: whether a training has set this value; by default those that :func:`noted` has seen
    """

    def __init__(self, read: Callable[[], Any], write: Callable[[Any], None], is_ours: Callable[[Any], bool] | None = None) -> None:
        self.read, self.write = read, write
        self.seen: list[Any] = []
        self._is_ours = is_ours or (lambda value: value in self.seen)
        self._uses = 0
        self._before: Any = None

    def begin(self) -> None:
        """A training begins."""
        with _lock:
            if self._uses == 0:
                self._before, self.seen[:] = self.read(), []
            self._uses += 1

    def end(self) -> None:
        """A training ends."""
        with _lock:
            self._uses -= 1
            value = self.read()
            if self._uses == 0 and value != self._before and self._is_ours(value):
                self.write(self._before)


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _variable(name: str, is_ours: Callable[[Any], bool] | None = None) -> Restorable:
    return Restorable(partial(os.environ.get, name), partial(_set_variable, name), is_ours)


def _is_default_cache(folder: str | None) -> bool:
    """Whether torch has chosen the folder, and not the user."""
    chosen = sys.modules.get("torch._inductor.runtime.cache_dir_utils")
    return chosen is not None and folder == chosen.default_cache_dir()


def has_active_wandb_run() -> bool:
    """Whether any W&B run goes on in this process, be it the global one (``wandb.run``) or another."""
    wandb: Any = sys.modules.get("wandb")
    return wandb is not None and getattr(wandb.setup(), "most_recent_active_run", wandb.run) is not None


def _is_unused_service(value: str | None) -> bool:
    """Whether a training has started W&B's service, and no run of the user's has joined it since."""
    return value in SERVICE.seen and not has_active_wandb_run()


SERVICE = _variable("WANDB_SERVICE", _is_unused_service)
OF_WANDB = (
    Restorable(lambda: sys.excepthook, partial(setattr, sys, "excepthook")),
    Restorable(lambda: sys.exit, partial(setattr, sys, "exit")),
    SERVICE,
)
OF_TORCH = (
    _variable("TORCHINDUCTOR_CACHE_DIR", _is_default_cache),
    _variable("_TORCHINDUCTOR_PYOBJECT_TENSOR_DATA_PTR", lambda _: True),  # nobody but the compiler sets it
)


@contextmanager
def noted() -> Iterator[None]:
    """What the block does to the values that W&B replaces is ours. One block runs at a time."""
    with _lock:
        before = [place.read() for place in OF_WANDB]
        try:
            yield
        finally:
            for place, value in zip(OF_WANDB, before, strict=True):
                if place.read() != value:
                    place.seen.append(place.read())


@contextmanager
def unchanged_process() -> Iterator[None]:
    """Puts back what a training replaces in its process. Trainings in several threads may overlap."""
    for place in (*OF_WANDB, *OF_TORCH):
        place.begin()
    try:
        yield
    finally:
        for place in (*OF_WANDB, *OF_TORCH):
            place.end()
