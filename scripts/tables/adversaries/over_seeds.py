"""
Accuracies under attack over seeds, and how much of them is the gaze, the blur, or the weakness of the attack.

Files whose names differ in the number at the end alone (digits-0.json, digits-1.json) are seeds of one attack.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from saccade.scripts.tables.adversaries.attacked import CLEAN, NOT_RUN, OCCLUSION, WORST, Row, eps_of, kept, victims
from saccade.scripts.tables.markdown import table

NOISE = ("uniform", "gaussian")
LEARNED, RANDOM, CNN, BLURRED = "learned gaze", "random gaze", "cnn", "cnn, blur"
OF_CLEAN = 0.0  # eps


@dataclass(frozen=True)
class Network:
    """
    :param attack: name of the file, without the number of the seed
    :param file: name of the file
    :param kind: of network, the same for all seeds
    :param weights: what identifies it
    :param rows: its own
    """

    attack: str
    file: str
    kind: str
    weights: str
    rows: Sequence[Row]

    def under(self, attack: str, eps: float) -> float | None:
        """Its accuracy; of several losses the lowest; None if it is not known."""
        return min((row["accuracy"] for row in self.rows if (row["attack"], row["eps"]) == (attack, eps)), default=None)

    def worst(self, eps: float) -> float | None:
        """Its accuracy on clean canvases, or under the worst of all attacks on each canvas."""
        return self.under(WORST if eps else CLEAN, eps)

    def weakness(self, eps: float) -> float | None:
        """How much more the weakest rung leaves than the strongest one; None with fewer than two rungs."""
        not_rungs = (CLEAN, OCCLUSION, WORST, *NOISE)
        rungs = {row["attack"] for row in self.rows if row["attack"] not in not_rungs and row["eps"] == eps}
        left = [self.under(rung, eps) for rung in rungs]
        known = [each for each in left if each is not None]
        return max(known) - min(known) if len(known) > 1 else None


def networks(results: Path) -> list[Network]:
    """All networks of all files. One with the same weights in several files of an attack counts in each of them."""
    found = []
    for name, content in kept(results).items():
        front, _, seed = name.rpartition("-")
        about: Mapping[str, Any] = content["settings"].get("networks", {})
        for victim in victims(content):
            one = about.get(victim, {})
            rows = [row for row in content["rows"] if row["victim"] == victim]
            attack = front if front and seed.isdecimal() else name
            found.append(Network(attack, name, one.get("kind", victim), one.get("weights", f"{name} {victim}"), rows))
    return found


def over_seeds(results: Path) -> list[str]:
    """Mean and standard deviation of each kind of network, under the worst of all attacks on each canvas."""
    found = networks(results)
    eps = _all_eps(found)
    lines = []
    for attack, kind in dict.fromkeys((each.attack, each.kind) for each in found):
        own = _each_once(each for each in found if (each.attack, each.kind) == (attack, kind))
        lines.append([attack, kind, len(own), *(_spread(each.worst(at) for each in own) for at in eps)])
    return _table(("attack", "kind of network", "networks"), eps, lines)


def parts(results: Path) -> list[str]:
    """
    Differences in points: what the gaze adds, what the blur adds, and how much an attack depends on its rung. For a pair, networks
    of one file are compared, and the mean is over files.
    """
    found = networks(results)
    eps = _all_eps(found)
    lines: list[list[object]] = []
    for attack in dict.fromkeys(each.attack for each in found):
        own = [each for each in found if each.attack == attack]
        kinds = list(dict.fromkeys(each.kind for each in own))
        pairs = [("the gaze", LEARNED, RANDOM), *(("the blur", kind, CNN) for kind in kinds if kind.startswith(BLURRED))]
        for what, more, less in pairs:
            files = _pairs(own, more, less)
            if files:
                cells = [_spread((_difference(*file, at) for file in files), signed=True) for at in eps]
                lines.append([attack, what, f"{more} less {less}", len(files), *cells])
        for kind in kinds:
            several = _each_once(each for each in own if each.kind == kind)
            cells = [_spread((each.weakness(at) for each in several), signed=True) for at in eps]
            if any(cells):
                lines.append([attack, "the attack", f"{kind}: weakest rung less strongest", len(several), *cells])
    return _table(("attack", "what it may be", "difference", "seeds"), eps, lines)


def _pairs(found: Sequence[Network], more: str, less: str) -> list[tuple[list[Network], list[Network]]]:
    """For each file with both kinds: its networks of either. The same networks in a further file count once."""
    pairs: dict[tuple[frozenset[str], frozenset[str]], tuple[list[Network], list[Network]]] = {}
    for file in dict.fromkeys(each.file for each in found):
        both = tuple([each for each in found if (each.file, each.kind) == (file, kind)] for kind in (more, less))
        if all(both):
            first, second = both
            pairs.setdefault((frozenset(e.weights for e in first), frozenset(e.weights for e in second)), (first, second))
    return list(pairs.values())


def _difference(more: Sequence[Network], less: Sequence[Network], eps: float) -> float | None:
    first, second = ([each.worst(eps) for each in some] for some in (more, less))
    known = [[each for each in some if each is not None] for some in (first, second)]
    return mean(known[0]) - mean(known[1]) if all(known) else None


def _each_once(found: Iterable[Network]) -> list[Network]:
    """Those with the same weights once, as where all seeds have one CNN as rival."""
    return list({each.weights: each for each in reversed(list(found))}.values())[::-1]


def _all_eps(found: Iterable[Network]) -> list[float]:
    return [OF_CLEAN, *eps_of(row for each in found for row in each.rows)]


def _spread(values: Iterable[float | None], signed: bool = False) -> str | None:
    """Mean in %, and the standard deviation over seeds where there are several; None without a value."""
    known = [100 * each for each in values if each is not None]
    if not known:
        return None
    middle = f"{mean(known):+.1f}" if signed else f"{mean(known):.1f}"
    return middle + (f" +- {stdev(known):.1f}" if len(known) > 1 else "")


def _table(front: Sequence[str], eps: Sequence[float], lines: Sequence[Sequence[object]]) -> list[str]:
    head = (*front, *(f"eps {each:g}" if each else "clean" for each in eps))
    return table(head, lines or [[NOT_RUN] * len(head)])


TABLES: dict[str, Callable[[Path], list[str]]] = {"adversarial-seeds": over_seeds, "adversarial-parts": parts}
