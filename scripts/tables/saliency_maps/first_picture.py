"""What stands below the first picture: figures of the run and of the method in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.saliency.checks.verdict import BEATS, WORSE
from saccade.scripts.benchmarks.objects.estimates import estimate
from saccade.scripts.benchmarks.shown_first.table import rivals, said
from saccade.scripts.tables.enduro import PICTURED
from saccade.scripts.tables.saliency_maps.first_map import models_of
from saccade.scripts.tables.saliency_maps.objects import row_of, runs_of

METHOD = "jacobian_x_contrast"  # of the picture
RUN = f"Enduro-{PICTURED}"
HEADS = {"value": "V", "advantage": "A"}


def strongest(results: Path) -> str:
    """How often the strongest place of a map is on the panel."""
    (run,) = [run for run in runs_of(results, "enduro") if run["run"] == RUN]
    row = row_of(run, "all", METHOD, "panel")
    if row is None:
        return "not measured yet"
    points = {name: f"{100 * estimate([[(row, f'pointing_{name}')]]).mean:.0f} %" for name in (*HEADS, "chance")}
    return f"{points['value']} of {sum(row['states'])} states for V and {points['advantage']} for A ({points['chance']} by chance)"


def compared(results: Path) -> str:
    """How many comparisons with blind orders the map of each head wins, and which it loses."""
    (model,) = [model for model in models_of(results) if model["run"] == RUN]
    return "; ".join(f"{letter} {_of_head(model, head)}" for head, letter in HEADS.items())


def _of_head(model: Mapping[str, Any], head: str) -> str:
    own = [row for row in model["rows"] if (row["head"], row["method"]) == (head, METHOD)]
    words = [word for row in own for word in said(row).values()]
    lost = rivals(own, WORSE).replace("; ", ", ")
    return f"wins {words.count(BEATS)} of {len(words)}, worse than: {'none' if lost == '-' else lost}"


VALUES = {"picture-strongest": strongest, "picture-compared": compared}
