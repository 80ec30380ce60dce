"""What a reset of a vector env asks for: which envs begin anew, and with which seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MASK = "reset_mask"  # gymnasium's name in options; its own vector envs take it out of them

Seeds = int | Sequence[int | None] | None  # as gymnasium's vector envs take them


def reset_where(options: Mapping[str, Any] | None, n_envs: int) -> np.ndarray:
    """
    Which envs begin anew.

    :param options: of the reset, before an env gets them
    :param n_envs: N
    :return: (N,) bool; all, unless the options have a mask
    :raises ValueError: if the mask is not N times True or False
    """
    mask = (options or {}).get(MASK)
    if mask is None:
        return np.ones(n_envs, dtype=bool)
    where = np.array(mask)
    if where.shape != (n_envs,) or where.dtype != bool:
        raise ValueError(f"{MASK} must be {n_envs} times True or False, not {mask!r}")
    return where


def reset_seeds(seed: Seeds, n_envs: int) -> list[int | None]:
    """
    The seed of each env; None for an env whose random numbers go on.

    :param seed: of the reset; one number gives consecutive seeds
    :param n_envs: N
    :raises ValueError: if there is another number of seeds
    """
    if seed is None:
        return [None] * n_envs
    if isinstance(seed, int | np.integer):
        return [int(seed) + i for i in range(n_envs)]
    if len(seed) != n_envs:
        raise ValueError(f"there are {len(seed)} seeds for {n_envs} envs; give one number, or one an env")
    return [None if one is None else int(one) for one in seed]
