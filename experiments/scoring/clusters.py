"""The standard error of a mean whose observations come in groups."""

import numpy as np
from scipy import sparse

AT_ONCE = 1_000  # observations that are compared with all others together, so that their pairs fit into memory
NO_CLUSTER = -1


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

    An observation may be in several clusters, as a canvas with several digits is. Any two observations with a common cluster may
    then depend on each other, and the sum runs over all such pairs, each pair once:

        SE = sqrt(sum_{i, j with a common cluster} (x_i - m) (x_j - m)) / n

    With one cluster each this is the formula above. It is the multiway variance of Cameron, Gelbach and Miller (Journal of Business
    and Economic Statistics 2011, equation 2.8) in the form of Aronow, Samii and Assenova (Political Analysis 2015, dyads that share
    a member), where it does not matter which of its digits two canvases share: a digit may be the first on one canvas and the
    second on another. By chance this sum may be too small, and even below zero. So the result is at least that of clusters by the
    first digit alone, which is the one that evaluations repeat by design.

    :param values: (n,)
    :param clusters: (n,) whole numbers, the cluster of each observation; or (n, K), up to K of them, then -1, the first one always
        there; None if each observation is a cluster of its own
    :return: 0 if all values are equal; nan if there are no two observations without a common cluster, because they say nothing
        about others
    """
    values = np.asarray(values, dtype=np.float64)
    if clusters is not None and clusters.ndim == 2 and clusters.shape[1] == 1:
        clusters = clusters[:, 0]
    several = clusters is not None and clusters.ndim == 2
    excess = values - values.mean() if len(values) else values
    if clusters is not None and len(values):
        _, places = np.unique(clusters[:, 0] if several else clusters, return_inverse=True)
        sums = np.bincount(places, weights=excess)
    else:
        sums = excess
    if len(sums) < 2:
        return float("nan")
    squares = float((sums**2).sum())
    if clusters is not None and several:
        over_pairs, pairs = _over_pairs(excess, clusters)
        if pairs == len(values) ** 2:
            return float("nan")
        squares = max(squares, over_pairs)
    return float(np.sqrt(squares) / len(values))


def _over_pairs(excess: np.ndarray, clusters: np.ndarray) -> tuple[float, int]:
    """
    The sum of products over all ordered pairs of observations that have a common cluster, those of one with itself among them.

    :param excess: (n,)
    :param clusters: (n, K), -1 for none
    :return: the sum; how many pairs there are
    """
    of, column = np.nonzero(clusters != NO_CLUSTER)
    _, places = np.unique(clusters[of, column], return_inverse=True)
    member = sparse.csr_array((np.ones(len(of)), (of, places)), shape=(len(excess), places.max() + 1))
    total, pairs = 0.0, 0
    for first in range(0, len(excess), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        common = (member[some] @ member.T).tocsr()
        common.data[:] = 1  # two canvases with two common digits are one pair as well
        total += float(excess[some] @ (common @ excess))
        pairs += common.nnz
    return total, pairs
