"""
Do attention weights and maps depend on what the network has learned? The randomisation check, with many draws, run after run.

    python scripts/benchmarks/attentions/randomised.py RUN [RUN ...]
    make tables

Each run gets a file of its own. Its states are those of ``agreement_runs.py`` if their number is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.scripts.door import open_door

if TYPE_CHECKING:
    from stable_baselines3.common.policies import BasePolicy

    from saccade.saliency import States

METHODS = ("attention", "jacobian", "jacobian_x_contrast")
HEADS = ("value", "advantage")
KEPT = ("head", "method", "random_head", "random_all")  # of each row, in the file


@dataclass(frozen=True)
class Options:
    """How much of attention and of maps is there without what was learned. Each run gets a file when it is measured."""

    runs: tuple[Path, ...]
    """Run folders of agents with soft attention, of which the newest checkpoint is asked."""
    output: Path = Path("results/attention/masked/randomised")
    """Folder of the files, one for each run. A run that has a file there already is left out."""
    methods: tuple[str, ...] = METHODS
    """Methods, by name."""
    states: int = 64
    """Distinct states of play."""
    draws: int = 10
    """Of random weights."""
    threads: int = 1
    """Of torch."""


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    measure(tyro.cli(Options, args=words, prog=program, config=(tyro.conf.PositionalRequiredArgs,)))


def measure(options: Options) -> None:
    """
    Measure run after run.

    :raises ConfigError: if an option cannot be
    :raises OutputError: if two runs have the same name
    """
    from saccade.scripts.benchmarks.attentions.on_states import measure_on_states
    from saccade.scripts.benchmarks.runs.measured_runs import check_counts, check_methods

    check_methods(options.methods)
    check_counts(options, "draws", "states", "threads")
    measure_on_states(options, head_by_head)


def head_by_head(policy: "BasePolicy", states: "States", methods: Sequence[str], draws: int, seed: int) -> list[dict[str, Any]]:
    """
    The size of the rank correlation of each map with the map under random weights, draw by draw: ``random_head`` (random weights in
    the layer next to the head) and ``random_all`` (in all layers), the figures of the verdict.

    :param policy: with soft attention, of images
    :param states: B of them
    :param methods: names
    :param draws: of random weights, the same for all methods of a head
    :param seed: of the first draw
    :return: a row for each head and method
    :raises NoMapError: if a method has no map of a head
    """
    from saccade.saliency import METHODS as KNOWN
    from saccade.saliency import NoMapError
    from saccade.scripts.benchmarks.shown_first.randomised import randomised_rows

    named = {name: KNOWN[name] for name in methods}
    found: dict[str, list[dict[str, Any]]] = {head: [] for head in HEADS}
    for name, rows in zip(named, randomised_rows(policy, states, HEADS, named, draws, seed), strict=True):
        if missing := [head for head in HEADS if head not in {row["head"] for row in rows}]:
            raise NoMapError(f"{name} has no map of {' and '.join(missing)} of this policy")
        for row in rows:
            found[row["head"]].append({key: row[key] for key in KEPT})
    return [row for rows in found.values() for row in rows]


if __name__ == "__main__":
    open_door(main)
