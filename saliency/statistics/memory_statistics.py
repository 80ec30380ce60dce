"""How far back a policy looks: numbers about the norms (T_out, T_in) of a sequential Jacobian."""

import numpy as np


def lags(norms: np.ndarray, outputs: np.ndarray | None = None) -> np.ndarray:
    """
    How many steps back each input lies, (T_out, T_in); negative for the future.

    :param norms: (T_out, T_in)
    :param outputs: (T_out,) the step of each row; by default the row's number
    """
    steps = np.arange(len(norms)) if outputs is None else np.asarray(outputs)
    return steps[:, None] - np.arange(norms.shape[1])


def mean_lag(norms: np.ndarray, outputs: np.ndarray | None = None) -> float:
    """
    How many steps back a decision looks on average, with each input weighted by its norm (the temporal range of arXiv 2512.06204).

    :param norms: (T_out, T_in), non-negative
    :param outputs: as for :func:`lags`
    :return: 0 for a policy without memory; NaN if all norms are zero
    """
    total = norms.sum()
    return float((norms * lags(norms, outputs)).sum() / total) if total > 0 else float("nan")


def lag_profile(norms: np.ndarray, outputs: np.ndarray | None = None, starts: np.ndarray | None = None) -> np.ndarray:
    """
    Mean norm by lag. A decision counts for a lag if its episode goes that far back.

    :param norms: (T_out, T_in), non-negative
    :param outputs: as for :func:`lags`
    :param starts: (T_in,) whether an episode starts there; by default there is one episode
    :return: (L,) from lag 0 on. Few decisions have the longest lags; NaN if none has
    """
    back = lags(norms, outputs)
    steps = np.arange(norms.shape[1])
    episode = np.zeros(len(steps), dtype=int) if starts is None else np.cumsum(np.asarray(starts, dtype=bool))
    past = (back >= 0) & (episode[steps[None] + back] == episode[None])
    counts = np.bincount(back[past])
    with np.errstate(invalid="ignore"):
        return np.bincount(back[past], weights=norms[past]) / counts


def peak_lag(profile: np.ndarray) -> int:
    """
    The lag of the largest mean norm.

    :param profile: (L,) of :func:`lag_profile`
    :return: the smallest one of several; 0 if all are zero
    """
    return int(np.nanargmax(profile)) if np.isfinite(profile).any() else 0
