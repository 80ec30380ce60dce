"""Whether rivals are as good as the attacked agent on clean canvases, so that what is left under attack can be compared."""

from collections.abc import Mapping, Sequence
from typing import Any

from .planned_rows import CLEAN

MATCHED = 0.01  # difference of two accuracies that are called matched


def clean_differences(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    Every further network beside the first one. Under attack, a network that was better before may only have more to lose.

    :param rows: as the result has them, those of the first network first
    :return: for each ``victim`` that has been asked on clean canvases: ``accuracy``; ``difference`` to the first one's, from -1 to
        1; and whether they are ``matched``, at most one point from each other
    """
    clean = {row["victim"]: row["accuracy"] for row in rows if row["attack"] == CLEAN}
    if not clean:
        return []
    (_, first), *others = clean.items()
    found = []
    for victim, accuracy in others:
        difference = round(accuracy - first, 9)  # so that one point is one point
        found.append({"victim": victim, "accuracy": accuracy, "difference": difference, "matched": abs(difference) <= MATCHED})
    return found
