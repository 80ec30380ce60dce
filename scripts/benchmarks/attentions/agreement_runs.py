"""
Where a network with soft attention says that it looks, beside what its maps say, on the same states, run after run.

    python scripts/benchmarks/attentions/agreement_runs.py RUN [RUN ...]
    make tables

A run is a folder of ``saccade train --agent soft-attention-pqn``, or of ``soft-glimpse-pqn``. Each gets a file of its own,
by default where the tables look for networks with a mask and without an eye. What attention is worth as a map, beside the others
and beside blind orders, is measured by ``first_map.py --methods attention``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saccade.scripts.door import open_door

ATTENTION = "attention"  # as saccade.saliency.map_key has it, which takes seconds to load
USUAL = (ATTENTION, "jacobian", "jacobian_x_contrast_summed", "smoothgrad", "integrated_gradients_blurred", "greydanus")


@dataclass(frozen=True)
class Options:
    """How alike attention weights and saliency maps of a network are. Each run gets a file when it is measured."""

    runs: tuple[Path, ...]
    """Run folders of agents with soft attention, of which the newest checkpoint is asked."""
    output: Path = Path("results/attention/masked/agreement")
    """Folder of the files, one for each run. A run that has a file there already is left out."""
    methods: tuple[str, ...] = USUAL
    """Methods, by name, with attention among them."""
    states: int = 64
    """Distinct states of play."""
    draws: int = 10
    """Networks with random weights."""
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
    from saccade.experiments import ConfigError
    from saccade.scripts.benchmarks.attentions.agreement import agreement_rows
    from saccade.scripts.benchmarks.attentions.on_states import measure_on_states
    from saccade.scripts.benchmarks.runs.measured_runs import check_counts, check_methods

    check_methods(options.methods)
    if ATTENTION not in options.methods:
        raise ConfigError(f"has no {ATTENTION}, which the others are compared with", option="methods")
    check_counts(options, "draws", "threads")
    if options.states < 2:
        raise ConfigError(
            f"is {options.states}; it must be at least 2, since each state is laid beside another one", option="states"
        )
    measure_on_states(options, agreement_rows)


if __name__ == "__main__":
    open_door(main)
