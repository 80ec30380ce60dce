"""Figures of the maps of runs on distinct states of their play, those of ``first_map.py``: a file for each run."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import torch as th
from stable_baselines3.common.policies import BasePolicy

from saccade.experiments.circumstances import commit, hardware
from saccade.experiments.run_folder import RunFolder
from saccade.saliency import States
from saccade.scripts.benchmarks.runs.measured_runs import measure_each, opened
from saccade.scripts.benchmarks.shown_first.measuring import Options as StateOptions
from saccade.scripts.benchmarks.shown_first.measuring import states_of_run

RowsOf = Callable[[BasePolicy, States, Sequence[str], int, int], list[dict[str, Any]]]


def measure_on_states(options: Any, rows_of: RowsOf) -> None:
    """
    Measure run after run.

    :param options: ``runs``, ``output``, ``methods``, ``states``, ``draws`` and ``threads``
    :param rows_of: gives the rows of a policy, its states, methods, draws of random weights and the seed of the first draw
    :raises OutputError: if two runs have the same name
    """
    folders = opened(options.runs)
    th.set_num_threads(options.threads)
    measure_each(folders, options.output, lambda folder: json.dumps(_measured(folder, options, rows_of), indent=1, allow_nan=False))


def _measured(folder: RunFolder, options: Any, rows_of: RowsOf) -> dict[str, Any]:
    """All figures of a run. Nothing is written to its folder."""
    play = StateOptions(runs=(folder.path,), states=options.states)
    policy, states, about = states_of_run(folder, play)
    rows = rows_of(policy, states, options.methods, options.draws, play.seed)
    return {**about, "commit": commit(), "hardware": hardware("cpu"), "draws": options.draws, "rows": rows}
