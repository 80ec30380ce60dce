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
SEVERAL = ("cluttered-60", "cluttered-100")  # rows with several seeds and with controls; all others have one seed
SEEDS = 3
# Canvases to learn from: fewer than the settings files say, so that all items fit into about 20 hours of one slow core.
IMAGES = {
    "centred-28": 2_000_000,
    "translated-60": 1_600_000,
    "cluttered-60-fc": 1_600_000,
    "cluttered-60": 2_800_000,
    "cluttered-100": 2_400_000,
}
SHORT_IMAGES = 400_000  # of each control, and of the learned gaze beside them, which is trained alike
# At most, for each rate: a CNN stops when its validation error has stopped falling, or says that it has not.
CNN_IMAGES = {"centred-28": 600_000, "translated-60": 400_000, "cluttered-60": 400_000, "cluttered-100": 200_000}
CNN_RATES = (3e-4, 1e-3, 3e-3)
SPEEDS = "images-per-second.json"
NEEDED = ("row", "variant", "seed", "images", "seconds", "validation", "test")  # of every JSON

Results = Mapping[str, Mapping[str, Any]]  # the content of finished items by name


@dataclass(frozen=True)
class Item:
    """
    One training, or for a CNN one for each learning rate.

    :param row: of the table, and name of its settings file
    :param variant: of ``VARIANTS``
    :param seed: of the training
    :param short: whether it is one of the short trainings that compare the three gazes
    """

    row: str
    variant: str
    seed: int
    short: bool = False

    @property
    def name(self) -> str:
        return f"{self.row}-{self.variant}{'-short' if self.short else ''}-{self.seed}"

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
        """Canvases to learn from, in all; for a CNN at most."""
        if self.variant == CNN:
            return CNN_IMAGES[self.row] * len(CNN_RATES)
        return SHORT_IMAGES if self.short else IMAGES[self.row]

    @property
    def glimpses(self) -> int:
        """Env steps for each image."""
        return int(self.settings[1]["env_kwargs"]["glimpses"])


def all_items() -> list[Item]:
    """Of all tables, the most important first: the rows with a claim, then further seeds, then controls, then CNNs."""
    first = ("cluttered-60", "cluttered-100", "translated-60", "centred-28", "cluttered-60-fc")
    seeds = [Item(row, "learned", seed) for seed in range(1, SEEDS) for row in SEVERAL]
    controls = [Item(row, gaze, 0, short=True) for row in SEVERAL for gaze in GAZES]
    return [*(Item(row, "learned", 0) for row in first), *seeds, *controls, *(Item(row, CNN, 0) for row in CNN_IMAGES)]


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
    """
    The finished items of a folder, by name.

    :raises ConfigError: if a file has not what the tables need
    """
    names, found = {item.name for item in all_items()}, {}
    for file in sorted(folder.glob("*.json")):
        if file.stem not in names:
            continue
        content = json.loads(file.read_text(encoding="utf-8"))
        missing = [name for name in NEEDED if name not in content]
        if missing:
            raise ConfigError(f"{file} has no {', '.join(missing)}; move it, and run {file.stem} again")
        found[file.stem] = content
    return found


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
            took = f"{result['seconds'] / 3600:.1f} hours"
            lines.append(f"done  {item.name}: {result['test']['error_percent']:.2f} % of the test digits wrong, {took}")
            continue
        speed, seen = images_per_second(item, finished, speeds), done.get(item.name, 0)
        left = f"{seen:,} of {'at most ' if item.variant == CNN else ''}{item.images:,} images"
        if speed is None:
            unknown += 1
            lines.append(f"left  {item.name}: {left}, speed not measured")
            continue
        takes = max(item.images - seen, 0) / speed / 3600
        hours += takes
        lines.append(f"left  {item.name}: {left}, {takes:.1f} hours at {speed:,.0f} images/s ({hours:.1f} in all up to here)")
    others = f", and {unknown} items whose speed is not measured (--measure)" if unknown else ""
    return [*lines, f"left in all: {hours:.1f} hours in one thread{others}"]
