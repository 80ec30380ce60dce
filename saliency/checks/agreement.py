"""Do the methods agree? How alike their maps of one head are."""

from itertools import combinations

from ..map_key import Maps
from ..statistics.map_figures import mean_of_defined
from ..statistics.map_statistics import magnitude
from ..statistics.similarity import rank_correlation

Agreement = dict[str, dict[tuple[str, str], float]]  # {head, or head@entry: {(method, method): mean rank correlation}}


def agreement(maps: Maps) -> Agreement:
    """
    The mean rank correlation of the strength of two methods' maps, for each head and each pair of methods.

    :param maps: signed (B, ...)
    :return: {head: {(method, method): correlation}}
    """
    found: Agreement = {}
    for (one, a), (other, b) in combinations(maps.items(), 2):
        if one.output == other.output:
            found.setdefault(one.output, {})[one.method, other.method] = mean_of_defined(
                rank_correlation(magnitude(a), magnitude(b))
            )
    return found
