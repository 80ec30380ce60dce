"""What the figures of a map come to, in a line that a user can act on."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..statistics.bootstrap import Interval
from .blind.orders import TITLES

FEWEST = 16  # places of a map; with fewer, a rank correlation says next to nothing
FEWEST_STATES = 8  # with fewer, an interval over states says next to nothing
LEARNED = 0.5**0.5  # rank correlation at which half of a map's order (r squared) does not depend on what was learned
CONSTANT = "constant: it is the same everywhere, up to rounding, so it points at nothing"
NOTHING_CHANGES = "cannot be compared with blind orders: removing places does not change the head"

Compared = tuple[str, str, str]  # measure, removal, rival
Leads = Mapping[Compared, Interval]


def beats(leads: Leads) -> dict[Compared, bool]:
    """
    Whether the map is better, for each comparison that is defined: the whole interval is above 0.

    :param leads: {(measure, removal, rival): lead of the map}
    """
    return {which: lead.low > 0 for which, lead in leads.items() if np.isfinite(lead.estimate)}


def rivals_line(leads: Leads, states: int) -> str:
    """
    Which blind orders the map beats, and which not.

    :param leads: {(measure, removal, rival): lead of the map}
    :param states: that the intervals are made of
    """
    if states < FEWEST_STATES:
        return f"cannot be compared with blind orders: {states} {'state' if states == 1 else 'states'}, {FEWEST_STATES} are needed"
    better = beats(leads)
    if not better:
        return NOTHING_CHANGES
    rivals = list(dict.fromkeys(rival for _, _, rival in better))
    lost = {
        rival: _where([which for which, won in better.items() if which[2] == rival and not won], list(better)) for rival in rivals
    }
    idle = [removal for removal in dict.fromkeys(which[1] for which in leads) if removal not in {which[1] for which in better}]
    aside = f" (removal by {_listed(idle)} does not change the head)" if idle else ""
    if not any(where is not None for where in lost.values()):
        removals = dict.fromkeys(removal for _, removal, _ in better)
        return f"beats {_every(len(rivals))} by {' and by '.join(removals)}{aside}"
    if len(rivals) > 1 and all(where == "" for where in lost.values()):
        return f"no better than any blind order{aside}"
    groups: dict[str, list[str]] = {}
    for rival, where in lost.items():
        if where is not None:
            groups.setdefault(where, []).append(TITLES.get(rival, rival))
    won = [TITLES.get(rival, rival) for rival, where in lost.items() if where is None]
    no_better = "no better than " + ", nor than ".join(f"{_listed(names)}{where}" for where, names in groups.items())
    return (f"beats {_listed(won)}, but is {no_better}" if won else no_better) + aside


def randomisation_line(random_all: Sequence[float], random_head: Sequence[float]) -> str:
    """
    Whether the map depends on what was learned. Random weights in all layers decide; the last layer is a remark.

    :param random_all: rank correlation with the map under random weights in all layers, for each draw
    :param random_head: the same with random weights in the layer next to the head alone
    """
    if not np.isfinite(random_all).all() or not len(random_all):
        return "randomisation cannot be checked: a map of random weights is constant"
    passes = is_learned(random_all)
    remark = (
        ""
        if is_learned(random_head) or not np.isfinite(random_head).all()
        else f"; hardly depends on the last layer ({spread(random_head)})"
    )
    return f"{'passes' if passes else 'fails'} randomisation ({spread(random_all)}){remark}"


def is_learned(correlations: Sequence[float]) -> bool:
    """
    Whether less than half of a map's order is there without what was learned: the mean size of the correlation over the draws.

    :param correlations: one for each draw
    """
    return bool(np.mean(np.abs(correlations)) < LEARNED)


def spread(draws: Sequence[float]) -> str:
    """
    Mean and, of several draws, standard deviation.

    :param draws: one number each
    """
    return f"{np.mean(draws):.2f}" + (f" +- {np.std(draws):.2f}" if len(draws) > 1 else "")


def _where(lost: list[Compared], of: list[Compared]) -> str | None:
    """In which comparisons a rival was not beaten; None if it was beaten in all, empty if in none."""
    if not lost:
        return None
    measures, removals = (list(dict.fromkeys(which[i] for which in of)) for i in (0, 1))
    by_measure = {measure: [which[1] for which in lost if which[0] == measure] for measure in measures}
    if all(len(found) == len(removals) for found in by_measure.values()):
        return ""
    same = list(by_measure.values())
    if all(found == same[0] for found in same):
        return f" with {_listed(same[0])} removal"
    parts = {measure: found for measure, found in by_measure.items() if found}
    told = []
    for measure, found in parts.items():
        everywhere = len(found) == len(removals)
        with_ = f" with {_listed(found)} removal" if not everywhere else " with any removal" if len(parts) > 1 else ""
        told.append(f"by {measure}{with_}")
    return " " + " and ".join(told)


def _every(count: int) -> str:
    return {1: "the only blind order", 2: "both blind orders", 3: "all three blind orders", 4: "all four blind orders"}.get(
        count, f"all {count} blind orders"
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
