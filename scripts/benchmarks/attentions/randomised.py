"""
Do attention weights and maps depend on what the network has learned? The randomisation check, with many draws, run after run.

    python scripts/benchmarks/attentions/randomised.py RUN [RUN ...]
    make tables

Each run gets a file of its own. Its states are those of ``both_attentions.py`` if their number is the same.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.scripts.door import open_door

if TYPE_CHECKING:
    from stable_baselines3.common.policies import BasePolicy

    from saccade.experiments.run_folder import RunFolder
    from saccade.saliency import States

METHODS = ("attention", "jacobian", "jacobian_x_contrast")
HEADS = ("value", "advantage")


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
    import torch as th

    from saccade.scripts.benchmarks.runs.measured_runs import check_counts, check_methods, measure_each, opened

    check_methods(options.methods)
    check_counts(options, "draws", "states", "threads")
    folders = opened(options.runs)
    th.set_num_threads(options.threads)
    measure_each(folders, options.output, lambda folder: json.dumps(measured(folder, options), indent=1, allow_nan=False))


def measured(folder: "RunFolder", options: Options) -> dict[str, Any]:
    """
    All figures of a run.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    """
    from saccade.experiments.reading.circumstances import commit, hardware
    from saccade.scripts.benchmarks.shown_first.measuring import Options as StateOptions
    from saccade.scripts.benchmarks.shown_first.measuring import states_of_run

    play = StateOptions(runs=(folder.path,), states=options.states)
    policy, states, about = states_of_run(folder, play)
    rows = randomised_rows(policy, states, options.methods, options.draws, play.seed)
    return {**about, "commit": commit(), "hardware": hardware("cpu"), "draws": options.draws, "rows": rows}


def randomised_rows(policy: "BasePolicy", states: "States", methods: Sequence[str], draws: int, seed: int) -> list[dict[str, Any]]:
    """
    A row for each head and method: the size of the rank correlation of its map with the map under random weights, draw by draw.

    ``random_head`` (random weights in the layer next to the head) and ``random_all`` (in all) are the figures of the verdict.

    :param policy: with soft attention, of images
    :param states: B of them
    :param methods: names
    :param draws: of random weights, the same for all methods of a head
    :param seed: of the first draw
    """
    from saccade.saliency import METHODS as KNOWN
    from saccade.saliency import Head
    from saccade.saliency.checks.randomisation import drawn_copies, order_kept, randomisation
    from saccade.saliency.methods.map_making import strength_map
    from saccade.saliency.readers.entries import Entries
    from saccade.saliency.statistics.map_figures import mean_of_defined
    from saccade.scripts.benchmarks.runs.measured_runs import rounded

    entries = Entries.of(policy, states.observations)
    rows = []
    for name in HEADS:
        head = Head(policy, name, memory=states.memory, masks=states.masks).at(entries.packed())
        before = {method: strength_map(KNOWN[method], head, states.observations) for method in methods}
        found: dict[str, dict[str, list[float | None]]] = {method: {"random_head": [], "random_all": []} for method in methods}
        for copies in drawn_copies(head, entries, draws, seed):
            for method, strength in before.items():
                drawn = randomisation(head, states.observations, KNOWN[method], copies, strength=strength)
                first, last = (mean_of_defined(kept) for kept in order_kept(drawn))
                found[method]["random_head"].append(rounded(first))
                found[method]["random_all"].append(rounded(last))
        rows += [{"head": name, "method": method, **figures} for method, figures in found.items()]
    return rows


if __name__ == "__main__":
    open_door(main)
