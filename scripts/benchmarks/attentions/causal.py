"""
Does a network act differently without the place where it looks, or where its maps point? The causal check, run after run.

    python scripts/benchmarks/attentions/causal.py RUN [RUN ...]
    make tables

``explain --causal`` asks the first method alone. Here attention stands beside maps by derivatives, in the same games and beside the
same controls. Each run gets a file, written after each head and method; a call that is repeated goes on.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.scripts.door import open_door

if TYPE_CHECKING:
    from saccade.experiments.run_folder import RunFolder

METHODS = ("attention", "jacobian", "jacobian_x_contrast")
HEADS = ("value", "advantage")
SETTINGS = ("steps", "games", "share", "sticky", "seed")  # options that all rows of a file share


@dataclass(frozen=True)
class Options:
    """What blank squares change in the game, by map. Each run gets a file of its own."""

    runs: tuple[Path, ...]
    """Run folders of agents that see images, of which the newest checkpoint plays."""
    output: Path = Path("results/attention/masked/causal")
    """Folder of the files. What a file has already is not measured again."""
    methods: tuple[str, ...] = METHODS
    """Methods, by name."""
    heads: tuple[str, ...] = HEADS
    """Heads whose maps count."""
    steps: int = 200
    """Env steps of each game."""
    games: int = 8
    """Games at once; with fewer than 8 there are no intervals."""
    share: float = 0.05
    """Of the image that a square covers."""
    sticky: float = 0.25
    """Probability that a game repeats its last action, so that games differ."""
    seed: int = 2_000_000
    """Of the games, the places elsewhere, the random weights and the repeated actions."""
    threads: int = 1
    """Of torch."""


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    measure(tyro.cli(Options, args=words, prog=program, config=(tyro.conf.PositionalRequiredArgs,)))


def measure(options: Options) -> None:
    """
    Measure run after run, a row at a time.

    :raises ConfigError: if an option cannot be
    :raises OutputError: if two runs have the same name, or a file is of other settings
    """
    import torch as th

    from saccade.experiments import ConfigError
    from saccade.scripts.benchmarks.runs.measured_runs import check_counts, check_methods, name_of, opened

    check_methods(options.methods)
    check_counts(options, "steps", "threads")
    if options.games < 2:
        raise ConfigError(f"is {options.games}; it must be at least 2, since one control is another game's map", option="games")
    folders = opened(options.runs)
    th.set_num_threads(options.threads)
    options.output.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        measure_run(folder, options, options.output / f"{name_of(folder)}.json")


def measure_run(folder: "RunFolder", options: Options, file: Path) -> None:
    """
    The rows of a run that its file lacks, each written when it is measured.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    :param file: JSON
    :raises ConfigError: if the policy has none of the heads
    :raises OutputError: if the file is of other settings or env steps
    """
    from saccade.experiments.setup.run_envs import run_env
    from saccade.saliency import METHODS as KNOWN
    from saccade.saliency import load_policy
    from saccade.saliency.checks.causal_check import causal_check
    from saccade.saliency.loading.saved_policy import env_steps_of
    from saccade.saliency.whole_file import write_text
    from saccade.scripts.benchmarks.runs.kept_file import read_kept
    from saccade.scripts.benchmarks.runs.measured_runs import name_of, rounded
    from saccade.scripts.benchmarks.shown_first.measuring import heads_of
    from saccade.scripts.benchmarks.timing import say

    record, checkpoint = folder.read({"device": "cpu"}), folder.latest_checkpoint()
    config = record.config
    asked = {"env_steps": env_steps_of(checkpoint), **{name: getattr(options, name) for name in SETTINGS}}
    about = {"run": name_of(folder), "env": config.env, "agent": config.agent, "run_seed": config.seed, **asked}
    rows = read_kept(file, lambda kept: {name: kept[name] for name in asked}, asked, "rows")["rows"] if file.exists() else []
    policy = load_policy(checkpoint, "cpu")
    missing = [
        (head, method)
        for method in options.methods
        for head in heads_of(policy, options.heads)
        if (head, method) not in {(row["head"], row["method"]) for row in rows}
    ]
    for head, method in missing:
        start = time.perf_counter()
        found = causal_check(
            policy,
            lambda: run_env(config.env, config.spec, record.hyperparameters, options.games, options.seed, True, None),
            head,
            KNOWN[method],
            options.steps,
            options.share,
            options.seed,
            sticky=options.sticky,
        )
        seconds = time.perf_counter() - start
        rows.append({"head": head, "method": method, **_circumstances(seconds), "figures": rounded(found.figures())})
        write_text(file, json.dumps({**about, "rows": rows}, indent=1, allow_nan=False))
        say(f"{about['run']}, {method}: {found.verdict(head)} ({seconds:.0f} s)")
    if not missing:
        say(f"{about['run']}: {file} has all rows already")


def _circumstances(seconds: float) -> dict[str, Any]:
    from saccade.experiments.circumstances import commit, hardware

    return {"commit": commit(), "hardware": hardware("cpu"), "seconds": round(seconds, 1)}


if __name__ == "__main__":
    open_door(main)
