"""The items of the digit tables: which settings, which gaze or network, which seed, and what is known of each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from saccade.experiments.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = ROOT / "results" / "glimpses"
ROWS = ("centred-28", "translated-60", "cluttered-60-fc", "cluttered-60", "cluttered-100")
GAZES = ("learned", "random", "centre")
CNN = "cnn"  # on the whole image
VARIANTS = (*GAZES, CNN)
SAME_TASK = {"cluttered-60-fc": "cluttered-60"}  # rows whose CNN is that of another row
SEEDS = {"cluttered-60": 3, "cluttered-100": 3}  # of the agents; all others have one
CNN_IMAGES, CNN_RATES = 3_000_000, (3e-4, 1e-3, 3e-3)
SPEEDS = "images-per-second.json"

Results = Mapping[str, Mapping[str, Any]]  # the content of finished items by name


@dataclass(frozen=True)
class Item:
    """
    One training, or for a CNN one for each learning rate.

    :param row: of the table, and name of its settings file
    :param variant: of ``VARIANTS``
    :param seed: of the training
    """

    row: str
    variant: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.row}-{self.variant}-{self.seed}"

    @property
    def settings_file(self) -> Path:
        return SETTINGS / f"{self.row}.yml"

    @cached_property
    def settings(self) -> tuple[str, dict[str, Any]]:
        """The env's name and its hyperparameters."""
        ((env, hyperparameters),) = yaml.safe_load(self.settings_file.read_text(encoding="utf-8")).items()
        return env.removeprefix("saccade/").removesuffix("-v0"), hyperparameters

    @property
    def images(self) -> int:
        """Canvases to learn from, in all."""
        if self.variant == CNN:
            return CNN_IMAGES * len(CNN_RATES)
        _, hyperparameters = self.settings
        return int(hyperparameters["n_timesteps"]) // int(hyperparameters["env_kwargs"]["glimpses"])


def all_items() -> list[Item]:
    """Of all tables, those first that the tables need most: the learned gaze of every row."""
    agents = [Item(row, gaze, seed) for gaze in GAZES for seed in range(3) for row in ROWS if seed < SEEDS.get(row, 1)]
    return [*agents, *(Item(row, CNN, 0) for row in ROWS if row not in SAME_TASK)]


def chosen_items(patterns: Sequence[str]) -> list[Item]:
    """
    The items whose names fit one of some patterns, in the order of the patterns; all if there are none.

    :param patterns: such as ``cluttered-60-learned-0`` or ``*-random-*``
    :raises ConfigError: if no item fits a pattern
    """
    items, chosen = all_items(), []
    for pattern in patterns:
        fit = [item for item in items if fnmatch(item.name, pattern)]
        if not fit:
            raise ConfigError(f"no item is called {pattern!r}; there are: {', '.join(item.name for item in items)}", option="only")
        chosen += [item for item in fit if item not in chosen]
    return chosen if patterns else items


def results(folder: Path) -> dict[str, dict[str, Any]]:
    """The finished items of a folder, by name."""
    names = {item.name for item in all_items()}
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json")) if file.stem in names}


def images_per_second(item: Item, finished: Results, speeds: Mapping[str, float]) -> float | None:
    """
    The speed of an item: that of the same row and kind, finished or measured; None if neither is known.

    :param item: whose speed is wanted
    :param finished: as :func:`results` gives them
    :param speeds: measured, by ``row-agent`` or ``row-cnn``
    """
    alike = [done for done in finished.values() if done["row"] == item.row and (done["variant"] == CNN) == (item.variant == CNN)]
    if alike:
        return sum(done["images"] for done in alike) / sum(done["seconds"] for done in alike)
    return speeds.get(speed_name(item))


def speed_name(item: Item) -> str:
    """Agents of a row have one speed, whatever moves their gaze."""
    return f"{item.row}-{CNN if item.variant == CNN else 'agent'}"


def left_lines(items: Sequence[Item], finished: Results, done: Mapping[str, int], folder: Path) -> list[str]:
    """
    What is done, what is left and how long it takes, as lines.

    :param items: to be told of
    :param finished: as :func:`results` gives them
    :param done: images that unfinished items have seen, by name
    :param folder: has the measured speeds
    """
    file = folder / SPEEDS
    speeds: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))["images_per_second"] if file.exists() else {}
    lines, hours, unknown = [], 0.0, 0
    for item in items:
        if item.name in finished:
            result = finished[item.name]
            lines.append(f"done  {item.name}: {result['test']['error_percent']:.2f} % of the test digits wrong")
            continue
        speed, seen = images_per_second(item, finished, speeds), done.get(item.name, 0)
        if speed is None:
            unknown += 1
        else:
            hours += (item.images - seen) / speed / 3600
        takes = (
            "speed not measured" if speed is None else f"{(item.images - seen) / speed / 3600:.1f} hours at {speed:,.0f} images/s"
        )
        lines.append(f"left  {item.name}: {seen:,} of {item.images:,} images, {takes}")
    others = f", and {unknown} items whose speed is not measured (--measure)" if unknown else ""
    return [*lines, f"left in all: {hours:.1f} hours in one thread{others}"]
