"""The state of a vector env as arrays, so that a training that was stopped goes on with the same episodes."""

from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv, VectorWrapper
from gymnasium.wrappers.vector import RecordEpisodeStatistics

State = dict[str, np.ndarray]
STATISTICS = ("episode_returns", "episode_lengths", "prev_dones")


class StateError(ValueError):
    """A saved state that does not fit the env, or that the env did not come back to."""


def saved_state(env: VectorEnv) -> State | None:
    """
    The state of an env and of all its wrappers.

    A layer can be saved if it has ``save_state()``, which returns arrays by name or None, and ``restore_state(arrays)``. Layers of
    the suite have them. A layer whose class says ``saves_what_it_wraps`` answers for all layers inside it.

    :param env: the outermost layer
    :return: arrays by ``<number of the layer>/<name>``, the outermost layer is number 0; None if one of the layers cannot be saved
    """
    state: State = {}
    for number, layer in enumerate(_layers(env)):
        kept = _saved(layer)
        if kept is None:
            return None
        state |= {f"{number}/{name}": value for name, value in kept.items()}
    return state


def restore_state(env: VectorEnv, state: State) -> None:
    """
    Bring an env of the same kind into a saved state. It need not have been reset.

    :param env: the outermost layer
    :param state: from :func:`saved_state`
    :raises StateError: if the state is not one of this env
    """
    layers = list(_layers(env))
    for number in reversed(range(len(layers))):
        before = f"{number}/"
        own = {name.removeprefix(before): value for name, value in state.items() if name.startswith(before)}
        layer: Any = layers[number]
        try:
            if isinstance(layer, RecordEpisodeStatistics):
                for name in STATISTICS:
                    setattr(layer, name, own[name].copy())
            else:
                layer.restore_state(own)
        except (KeyError, IndexError, AttributeError) as error:  # an array or a layer that is missing
            raise StateError(f"the saved state does not fit {layer}") from error


def _layers(env: VectorEnv) -> list[VectorEnv]:
    found, layer = [env], env
    while isinstance(layer, VectorWrapper) and not getattr(type(layer), "saves_what_it_wraps", False):
        layer = layer.env
        found.append(layer)
    return found


def _saved(layer: Any) -> State | None:
    if isinstance(layer, RecordEpisodeStatistics):
        return {name: np.array(getattr(layer, name)) for name in STATISTICS}
    # Ask the class: a wrapper without a state of its own must not answer for the env inside it.
    return layer.save_state() if hasattr(type(layer), "save_state") else None
