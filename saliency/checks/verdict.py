"""What the figures of a map come to, in a line that a user can act on."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..statistics.bootstrap import Interval
from .blind.orders import TITLES

FEWEST = 16  # places of a map; with fewer, a rank correlation says next to nothing
FEWEST_STATES = 8  # with fewer, an interval over states says next to nothing
LEARNED = 0.5**0.5  # rank correlation at which half of a map's order (r squared) does not depend on what was learned
CONSTANT = "constant: it is the same everywhere, up to rounding, so it points at nothing"
BEATS, CANNOT_TELL, WORSE = "beats", "cannot tell", "is worse"  # what an interval says of a map and a blind order
PHRASES = {CANNOT_TELL: "cannot be told from", WORSE: "is worse than"}
PASSES, BORDERLINE, FAILS = "passes", "is borderline in", "fails"  # randomisation
NOTHING_CHANGES = "cannot be compared with blind orders: removing places does not change the head, or leaves it without a number"

Compared = tuple[str, str, str]  # measure, removal, rival
Leads = Mapping[Compared, Interval]


def says(lead: Interval) -> str:
    """
    What an interval of a lead says, in one of three words: the whole interval is above 0, it holds 0, or it is below 0.

    :param lead: of the map; without ends it says nothing
    """
    return BEATS if lead.low > 0 else WORSE if lead.high < 0 else CANNOT_TELL


def words(leads: Leads) -> dict[Compared, str]:
    """
    What each comparison that is defined says.

    :param leads: {(measure, removal, rival): lead of the map}
    """
    return {which: says(lead) for which, lead in leads.items() if np.isfinite(lead.estimate)}


def rivals_line(leads: Leads, states: int) -> str:
    """
    Which blind orders the map beats, from which it cannot be told, and than which it is worse.

    :param leads: {(measure, removal, rival): lead of the map}
    :param states: that the intervals are made of
    """
    if states < FEWEST_STATES:
        return f"cannot be compared with blind orders: {states} {'state' if states == 1 else 'states'}, {FEWEST_STATES} are needed"
    said = words(leads)
    if not said:
        return NOTHING_CHANGES
    rivals = list(dict.fromkeys(rival for _, _, rival in said))
    idle = [removal for removal in dict.fromkeys(which[1] for which in leads) if removal not in {which[1] for which in said}]
    aside = f" (removal by {listed(idle)} does not change the head, or leaves it without a number)" if idle else ""
    won = [rival for rival in rivals if all(word == BEATS for which, word in said.items() if which[2] == rival)]
    if len(won) == len(rivals):
        removals = dict.fromkeys(removal for _, removal, _ in said)
        return f"beats {_every(len(rivals))} by {' and by '.join(removals)}{aside}"
    told = [f"beats {listed([TITLES.get(rival, rival) for rival in won])}"] if won else []
    for word, phrase in PHRASES.items():
        groups: dict[str, list[str]] = {}
        for rival in rivals:
            where = _where([which for which, one in said.items() if which[2] == rival and one == word], list(said))
            if where is not None:
                groups.setdefault(where, []).append(TITLES.get(rival, rival))
        if groups.keys() == {""} and len(groups[""]) == len(rivals) > 1:
            told.append(f"{phrase} any blind order")
        elif groups:
            told.append(
                f"{phrase} " + f", {phrase.split()[-1]} ".join(f"{listed(names)}{where}" for where, names in groups.items())
            )
    return "; ".join(told) + aside


def randomisation_line(random_all: Sequence[float], random_head: Sequence[float]) -> str:
    """
    Whether the map depends on what was learned. Random weights in all layers decide; the last layer is a remark.

    :param random_all: size of the rank correlation with the map under random weights in all layers, for each draw
    :param random_head: the same with random weights in the layer next to the head alone
    """
    if not np.isfinite(random_all).all() or not len(random_all):
        return "randomisation cannot be checked: a map of random weights is constant"
    remark = (
        f"; hardly depends on the last layer ({spread(random_head)})"
        if np.isfinite(random_head).all() and learned(random_head) == FAILS
        else ""
    )
    result = learned(random_all)
    of_limit = f", with draws on both sides of {LEARNED:.2f}" if result == BORDERLINE else ""
    return f"{result} randomisation ({spread(random_all)}{of_limit}){remark}"


def learned(correlations: Sequence[float]) -> str:
    """
    Whether less than half of a map's order is there without what was learned: in all draws, in none, or in some.

    :param correlations: the size of the rank correlation, of each draw
    """
    below = np.abs(correlations) < LEARNED
    return PASSES if below.all() and len(below) else BORDERLINE if below.any() else FAILS


def spread(draws: Sequence[float]) -> str:
    """
    Mean and, of several draws, standard deviation (that of a sample).

    :param draws: one number each
    """
    return f"{np.mean(draws):.2f}" + (f", standard deviation {np.std(draws, ddof=1):.2f}" if len(draws) > 1 else "")


def _where(lost: list[Compared], of: list[Compared]) -> str | None:
    """Which comparisons with a rival are meant; None if none are, empty if all are."""
    if not lost:
        return None
    measures, removals = (list(dict.fromkeys(which[i] for which in of)) for i in (0, 1))
    by_measure = {measure: [which[1] for which in lost if which[0] == measure] for measure in measures}
    if all(len(found) == len(removals) for found in by_measure.values()):
        return ""
    same = list(by_measure.values())
    if all(found == same[0] for found in same):
        return f" with {listed(same[0])} removal"
    parts = {measure: found for measure, found in by_measure.items() if found}
    told = []
    for measure, found in parts.items():
        everywhere = len(found) == len(removals)
        with_ = f" with {listed(found)} removal" if not everywhere else " with any removal" if len(parts) > 1 else ""
        told.append(f"by {measure}{with_}")
    return " " + " and ".join(told)


def _every(count: int) -> str:
    return {1: "the only blind order", 2: "both blind orders", 3: "all three blind orders", 4: "all four blind orders"}.get(
        count, f"all {count} blind orders"
    )


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
