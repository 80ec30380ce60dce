"""The few figures of the README."""

from pathlib import Path

from saccade.scripts.tables.enduro import HUMAN, by_protocol, score_of
from saccade.scripts.tables.glimpses import error_of
from saccade.scripts.tables.markdown import table, three_digits
from saccade.scripts.tables.speed import WHAT, measured

SPEED = ("pqn-vs-dqn", "replay-memory", "saliency-maps")


def overview(results: Path) -> list[str]:
    """What was measured, in five lines."""
    rows = []
    for name in SPEED:
        row, (ours, other) = measured(results)[name], WHAT[name]
        figures = [three_digits(row[side]) for side in ("ours", "peer")]
        rows.append([f"{ours}, {row['unit']} / {other}", *figures, "[speed](results/speed.md)"])
    seeds = by_protocol(results)
    scores = " and ".join(map(score_of, seeds.values()))
    about = f"`PQN` on Enduro after 10 million frames, sticky actions, {len(seeds)} seeds / a human tester"
    rows.append([about, scores, f"{HUMAN:,.0f}", "[Enduro](results/enduro.md)"])
    about = "60x60 cluttered MNIST, error in %, one seed, settings chosen on test errors / Mnih et al. 2014, both fully connected"
    rows.append([about, error_of(results, "cluttered-60-fc-0-learned"), "4.04", "[glimpses](results/glimpses.md)"])
    return table(("", "ours", "the other", "source"), rows)


TABLES = {"readme": overview}
