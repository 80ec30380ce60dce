"""The standard error of a mean whose observations come in groups."""

import numpy as np


def clustered_standard_error(values: np.ndarray, clusters: np.ndarray | None = None) -> float:
    """
    The standard error of the mean of observations that are independent between clusters, but not inside one.

    Five canvases with one digit are a cluster: an agent that fails on one of them often fails on all. With x_i the n observations,
    m their mean, and the sum running over clusters g:

        SE = sqrt(sum_g (sum_{i in g} (x_i - m))^2) / n

    This is the cluster-robust variance of Liang and Zeger (Biometrika 1986) for a regression on a constant, as in Cameron and
    Miller (Journal of Human Resources 2015, equation 11), without a correction for few clusters. Clusters may have different
    sizes. With clusters of one it is sqrt(m (1 - m) / n) for observations of 0 and 1, the binomial one. If all members of each
    cluster are equal and clusters are of one size, it is what each cluster would give if it were counted once.

    :param values: (n,)
    :param clusters: (n,) whole numbers, the cluster of each observation; None if each is one of its own
    :return: 0 if all values are equal; nan if there are fewer than two clusters, which say nothing about others
    """
    values = np.asarray(values, dtype=np.float64)
    excess = values - values.mean() if len(values) else values
    if clusters is not None:
        _, places = np.unique(clusters, return_inverse=True)
        excess = np.bincount(places, weights=excess) if len(values) else excess
    if len(excess) < 2:
        return float("nan")
    return float(np.sqrt((excess**2).sum()) / len(values))
