"""Agreement of attention weights and saliency maps, run after run, each with a file of its own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch as th
import tyro

from saccade.experiments import ConfigError
from saccade.experiments.reading.circumstances import commit, hardware
from saccade.experiments.run_folder import RunFolder
from saccade.saliency.map_key import ATTENTION
from saccade.scripts.benchmarks.attentions.agreement import agreement_rows
from saccade.scripts.benchmarks.runs.measured_runs import check_counts, check_methods, measure_each, opened
from saccade.scripts.benchmarks.shown_first.measuring import Options as StateOptions
from saccade.scripts.benchmarks.shown_first.measuring import states_of_run

USUAL = (ATTENTION, "jacobian", "jacobian_x_contrast_summed", "smoothgrad", "integrated_gradients_blurred", "greydanus")


@dataclass(frozen=True)
class Options:
    """How alike attention weights and saliency maps of a network are. Each run gets a file when it is measured."""

    runs: tyro.conf.Positional[tuple[Path, ...]]
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


def measure(options: Options) -> None:
    """
    Measure run after run.

    :raises ConfigError: if an option cannot be
    :raises OutputError: if two runs have the same name
    """
    check_methods(options.methods)
    if ATTENTION not in options.methods:
        raise ConfigError(f"has no {ATTENTION}, which the others are compared with", option="methods")
    check_counts(options, "draws", "threads")
    if options.states < 2:
        raise ConfigError(
            f"is {options.states}; it must be at least 2, since each state is laid beside another one", option="states"
        )
    folders = opened(options.runs)
    th.set_num_threads(options.threads)
    measure_each(folders, options.output, lambda folder: json.dumps(measured(folder, options), indent=1, allow_nan=False))


def measured(folder: RunFolder, options: Options) -> dict[str, Any]:
    """
    All figures of a run. Its states are those of ``first_map.py``.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    """
    play = StateOptions(runs=(folder.path,), states=options.states)
    policy, states, about = states_of_run(folder, play)
    rows = agreement_rows(policy, states, options.methods, options.draws, play.seed)
    return {**about, "commit": commit(), "hardware": hardware("cpu"), "draws": options.draws, "rows": rows}
