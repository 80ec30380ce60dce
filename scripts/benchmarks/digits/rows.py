"""
Train and test the digit tables of results/glimpses.md, one training after the other: python scripts/benchmarks/digits/rows.py

Ctrl-C and SIGTERM stop it in an orderly way. Started again, it goes on where it was. ``make tables`` writes the tables.
"""

import json
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import tyro

from saccade.scripts.benchmarks.digits.items import (
    SETTINGS,
    SPEEDS,
    Item,
    chosen_items,
    left_lines,
    results,
    speed_name,
)
from saccade.scripts.door import open_door


@dataclass(frozen=True)
class Options:
    """Train and test the rows of the digit tables; a finished item is one JSON, and is not run again."""

    only: tuple[str, ...] = ()
    """Names of items, such as cluttered-60-learned-0 or '*-random-*', in the order in which they are to be run. Default: all."""
    list: bool = False
    """Say what is done, what is left and how long it takes; run nothing."""
    measure: float = 0.0
    """Seconds of the processor for which each chosen row is trained to measure its images/s, for --list; run nothing else."""
    rows: Path = SETTINGS / "rows"
    """Folder of the JSONs."""
    runs: Path = Path("runs", "digit-rows")
    """Folder of run folders and of the CNNs' checkpoints."""
    share: float = 1.0
    """Share of the full length of each training, for a trial."""
    eval_games: int = 10_000
    """Validation episodes of each point of the learning curve."""
    device: str = "cpu"
    """Device of torch: auto, cpu, cuda, cuda:1, mps. On a GPU several of these commands may run at once, each with its --only."""
    env_kwargs: tuple[str, ...] = field(default=())
    """More keyword arguments of the envs, such as dataset=digits."""


def main(words: Sequence[str], program: str) -> None:
    """Do what the words ask for."""
    import torch as th

    from saccade.experiments import Console
    from saccade.experiments.errors import ConfigError
    from saccade.experiments.setup.device_and_seed import check_device
    from saccade.experiments.setup.values.key_values import read_key_values
    from saccade.scripts.benchmarks.digits.speed import measured_speed
    from saccade.scripts.benchmarks.digits.training import Stopped, finish, images_seen

    options = tyro.cli(Options, args=words, prog=program)
    if not 0 < options.share <= 1:
        raise ConfigError(f"is {options.share}; it must be above 0 and at most 1", option="share")
    check_device(options.device)
    items, env_kwargs, reporter = chosen_items(options.only), read_key_values(list(options.env_kwargs)), Console(progress=False)
    if options.list:
        finished = results(options.rows)
        seen = {item.name: images_seen(item, options.runs) for item in items if item.name not in finished}
        for line in left_lines(items, finished, seen, options.rows):
            reporter.say(line)
    elif options.measure:
        th.set_num_threads(1)
        for item in {speed_name(item): item for item in reversed(items)}.values():
            _keep_speed(options.rows / SPEEDS, item, measured_speed(item, env_kwargs, options.measure))
    else:
        th.set_num_threads(1)
        signal.signal(signal.SIGTERM, _interrupt)  # a training of an agent has its own way while it runs
        for item in items:
            if item.name in results(options.rows):
                continue
            reporter.say(f"== {item.name}")
            try:
                finish(item, options.rows, options.runs, env_kwargs, options.share, options.eval_games, reporter, options.device)
            except Stopped:
                raise KeyboardInterrupt(f"{item.name} was stopped; the same command goes on with it") from None


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _keep_speed(file: Path, item: Item, speed: float) -> None:
    """Add a measured speed to the file of speeds."""
    import torch as th

    from saccade.experiments.circumstances import commit, hardware
    from saccade.saliency.whole_file import write_text

    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"images_per_second": {}}
    kept["images_per_second"][speed_name(item)] = round(speed, 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    about = {"commit": commit(), "hardware": hardware("cpu"), "threads": th.get_num_threads()}
    write_text(file, json.dumps({**about, "images_per_second": dict(sorted(kept["images_per_second"].items()))}, indent=1))
    print(f"{speed_name(item)}: {speed:,.0f} images/s", flush=True)


if __name__ == "__main__":
    open_door(main)
