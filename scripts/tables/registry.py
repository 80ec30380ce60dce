"""All tables and values that pages take from files. A new topic: a file like these, and its name in TOPICS."""

from pathlib import Path
from typing import Any

from saccade.scripts.tables import (
    atari,
    enduro,
    enduro_long,
    gazes,
    glimpses,
    peers,
    readme,
    robustness,
    speed,
)
from saccade.scripts.tables.adversaries import attacked, over_seeds
from saccade.scripts.tables.attentions import checked, soft
from saccade.scripts.tables.glimpse_claims import any_size, digit_numbers, digit_rows, hard_and_soft, when_to_stop
from saccade.scripts.tables.memory_tasks import pen, reordering
from saccade.scripts.tables.pages import Table, Value
from saccade.scripts.tables.saliency_maps import (
    blank_squares,
    checks,
    first_map,
    first_picture,
    leads_in_training,
    objects,
    randomised,
)

TOPICS = (
    any_size,
    atari,
    attacked,
    blank_squares,
    checked,
    checks,
    digit_numbers,
    digit_rows,
    enduro,
    enduro_long,
    first_map,
    first_picture,
    gazes,
    glimpses,
    hard_and_soft,
    leads_in_training,
    objects,
    over_seeds,
    peers,
    pen,
    randomised,
    readme,
    reordering,
    robustness,
    soft,
    speed,
    when_to_stop,
)

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(RESULTS.glob("*.md")))


def together(name: str) -> dict[str, Any]:
    """
    The dicts of this name in all topics as one.

    :raises ValueError: if two topics have the same entry
    """
    found: dict[str, Any] = {}
    for topic in TOPICS:
        for key, function in getattr(topic, name, {}).items():
            if key in found:
                raise ValueError(f"{key} is there twice")
            found[key] = function
    return found


TABLES: dict[str, Table] = together("TABLES")
VALUES: dict[str, Value] = together("VALUES")
