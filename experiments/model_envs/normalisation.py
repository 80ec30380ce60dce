"""Statistics of SB3's VecNormalize, as its ``save`` leaves them."""

import importlib.util
import pickle
from pathlib import Path
from typing import Any

from stable_baselines3.common.vec_env import VecNormalize

from ...saliency.errors import first_line
from ..errors import ConfigError


class _OfGymnasium(pickle.Unpickler):
    """Reads spaces of gym, the package before gymnasium, as those of gymnasium: most models on the hub are as old as that."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] == "gym" and importlib.util.find_spec("gym") is None:
            module = f"gymnasium{module.removeprefix('gym')}"
        return super().find_class(module, name)


def read_statistics(path: Path) -> VecNormalize:
    """
    The VecNormalize of a file, without an env. It normalises no rewards and learns nothing more. The file is a pickle: reading it
    can run code.

    :raises ConfigError: if there is none
    """
    if not path.is_file():
        raise ConfigError(f"there is no file {path}")
    try:
        with path.open("rb") as file:
            statistics = _OfGymnasium(file).load()
    except Exception as error:  # unpickling may raise anything, and so may damaged bytes; the message says what it was
        raise ConfigError(f"{path} holds no VecNormalize: {first_line(error)}") from error
    if not isinstance(statistics, VecNormalize):
        raise ConfigError(f"{path} holds no VecNormalize, but {type(statistics).__name__}")
    statistics.training, statistics.norm_reward = False, False
    return statistics
