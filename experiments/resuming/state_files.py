"""The state of a run beside a checkpoint, as one ``.npz`` with JSON inside. Nothing is pickled."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ...saliency.whole_file import NpzError, read_npz, write_npz
from ..reading.checkpoint_files import digest
from .run_state import RunState

FORMAT = 1


def state_file(checkpoint: Path) -> Path:
    """The file of the state that belongs to a checkpoint."""
    return checkpoint.with_suffix(".state.npz")


def write_state(checkpoint: Path, weights: Path, state: RunState, more: dict[str, Any]) -> None:
    """
    Write a state, before its checkpoint gets its name: a checkpoint has its state from the first moment on.

    :param checkpoint: to which it belongs
    :param weights: the checkpoint's file as it is called now
    :param state: of the run
    :param more: plain values, such as how to find the replay buffer
    :raises OSError: if it cannot be written
    """
    about = {"format": FORMAT, "weights": digest(weights), "numbers": state.numbers, "more": more}
    write_npz(state_file(checkpoint), {**state.arrays, "json": np.array(json.dumps(about, default=_plain))})


def read_state(checkpoint: Path) -> tuple[RunState, dict[str, Any]] | None:
    """
    The state that belongs to a checkpoint.

    :param checkpoint: its file
    :return: the state, and what else was written; None if there is none, if it is damaged, or if it belongs to other weights
    """
    try:
        arrays = read_npz(state_file(checkpoint))
        about = json.loads(str(arrays.pop("json")))
        if about["format"] != FORMAT or about["weights"] != digest(checkpoint):
            return None
        return RunState(about["numbers"], arrays), about["more"]
    except (NpzError, OSError, ValueError, KeyError, TypeError):  # missing or damaged, or the text is not what we write
        return None


def read_more(checkpoint: Path) -> dict[str, Any]:
    """The plain values that :func:`write_state` got; empty if there is no state that can be read."""
    try:
        about = read_npz(state_file(checkpoint), ("json",))
        more: dict[str, Any] = json.loads(str(about["json"]))["more"]
        return more
    except (NpzError, ValueError, KeyError, TypeError):
        return {}


def _plain(number: Any) -> Any:
    """A number of numpy's as one of Python's."""
    if isinstance(number, np.generic | np.ndarray):
        return number.item()
    raise TypeError(f"a {type(number).__name__} cannot be kept with a run")
