"""What stands below the first picture: figures of the run and of the method in it."""

from collections.abc import Mapping
from math import isnan
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
    """How often the strongest place of a map is on the panel, with intervals over games; then the same in other runs."""
    rows = {run["run"]: row_of(run, "all", METHOD, "panel") for run in runs_of(results, "enduro")}
    row = rows.pop(RUN, None)
    if row is None:
        return "not measured yet"
    own = [f"{_share(row, name)} for {letter}" for name, letter in HEADS.items()]
    others = [", ".join(_share(one, name).partition(" [")[0] for one in rows.values() if one is not None) for name in HEADS]
    told = f"{' and '.join(own)}, over {sum(row['states'])} states"
    if all(others):
        told += f"; in other networks {' and '.join(f'{x} for {letter}' for x, letter in zip(others, HEADS.values(), strict=True))}"
    return f"{told}; {_share(row, 'chance').partition(' [')[0]} by chance"


def _share(row: Mapping[str, Any], name: str) -> str:
    figure = estimate([[(row, f"pointing_{name}")]])
    interval = "" if isnan(figure.low) else f" [{100 * figure.low:.0f}, {100 * figure.high:.0f}]"
    return f"{100 * figure.mean:.0f} %{interval}"


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
