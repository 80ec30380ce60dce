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
NAMING = ("digit-pair", "digit-sum", "house-number", "house-number-160")  # rows with several digits on a canvas
GAZES = ("learned", "random", "centre")
CNN = "cnn"  # on the whole image
NETWORKS = (CNN, "window", "bilinear", "soft")  # that backpropagation trains end to end
VARIANTS = (*GAZES, *NETWORKS)
SAME_TASK = {"cluttered-60-fc": "cluttered-60"}  # rows whose CNN is that of another row
SEVERAL = ("cluttered-60", "cluttered-100")  # rows with several seeds, controls and rivals; all others have one seed
SEEDS = 3
# Canvases to learn from: fewer than the settings files say, so that all items fit into about 20 hours of one slow core.
IMAGES = {
    "centred-28": 2_000_000,
    "translated-60": 1_600_000,
    "cluttered-60-fc": 1_600_000,
    "cluttered-60": 2_800_000,
    "cluttered-100": 2_400_000,
    "digit-pair": 2_400_000,
    "digit-sum": 2_400_000,
    "house-number": 1_600_000,  # twice as many looks at each
    "house-number-160": 1_600_000,
}
SHORT_IMAGES = 400_000  # of each control, of the learned gaze beside them, and of a rival for each of its rates
# At most, for each rate: a CNN stops when its validation error has stopped falling, or says that it has not.
CNN_IMAGES = {"centred-28": 600_000, "translated-60": 400_000, "cluttered-60": 400_000, "cluttered-100": 200_000}
CNN_IMAGES |= {"digit-pair": 200_000, "digit-sum": 200_000, "house-number": 170_000, "house-number-160": 110_000}
CNN_RATES = (3e-4, 1e-3, 3e-3)
RIVAL_RATES = (3e-4, 1e-3)  # of the short trainings, and of the CNNs for several digits, which take longest
SPEEDS = "images-per-second.json"
NEEDED = ("row", "variant", "seed", "images", "seconds", "validation", "test")  # of every JSON

Results = Mapping[str, Mapping[str, Any]]  # the content of finished items by name


@dataclass(frozen=True)
class Item:
    """
    One training, or for a network on whole canvases one for each learning rate.

    :param row: of the table, and name of its settings file
    :param variant: of ``VARIANTS``
    :param seed: of the training
    :param short: whether it is one of the short trainings, which compare the three gazes and the rivals on equally many canvases
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
    def is_network(self) -> bool:
        """Whether it is a network that gets whole canvases, and no agent."""
        return self.variant in NETWORKS

    @property
    def stops_early(self) -> bool:
        """Whether the training ends when its validation error has stopped falling."""
        return self.is_network and not self.short

    @property
    def images_of_each(self) -> int:
        """Canvases to learn from, for each learning rate; at most if the training stops early."""
        if self.short:
            return SHORT_IMAGES
        return CNN_IMAGES[self.row] if self.is_network else IMAGES[self.row]

    @property
    def images(self) -> int:
        """Those in all."""
        return self.images_of_each * (len(self.rates) if self.is_network else 1)

    @property
    def rates(self) -> tuple[float, ...]:
        """Learning rates of a network, of which validation chooses one."""
        return RIVAL_RATES if self.short or self.row in NAMING else CNN_RATES

    @property
    def network_kwargs(self) -> dict[str, Any]:
        """Those of a rival with the agent's retina, or with a window in its place; none for the others."""
        if self.variant not in ("window", "bilinear"):
            return {}
        read = self.settings[1].get("policy_kwargs", {}).get("features_extractor_kwargs", {})
        names = {"size": "glimpse", "scales": "scales", "network": "network"}
        given = {ours: read[theirs] for theirs, ours in names.items() if theirs in read}
        # Where digits can be, which the random control knows too. It helps the rivals: the agent's own gaze is not bounded.
        gaze = self.settings[1].get("gaze_kwargs", {})
        return given | {name: gaze[name] for name in ("reach",) if name in gaze}

    @property
    def glimpses(self) -> int:
        """Env steps for each image."""
        return int(self.settings[1]["env_kwargs"]["glimpses"])


def all_items() -> list[Item]:
    """
    Of all tables, the most important first: the rows with a claim, then further seeds, controls and CNNs, then several digits on a
    canvas, and rivals.
    """
    first = ("cluttered-60", "cluttered-100", "translated-60", "centred-28", "cluttered-60-fc")
    seeds = [Item(row, "learned", seed) for seed in range(1, SEEDS) for row in SEVERAL]
    controls = [Item(row, gaze, 0, short=True) for row in SEVERAL for gaze in GAZES]
    networks = [Item(row, CNN, 0) for row in CNN_IMAGES if row in ROWS]
    naming = [Item(row, variant, seed) for seed in range(SEEDS) for variant in ("learned", CNN) for row in NAMING]
    rivals = [Item(row, network, 0, short=True) for row in SEVERAL for network in NETWORKS]
    return [*(Item(row, "learned", 0) for row in first), *seeds, *controls, *networks, *naming, *rivals]


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
    The speed of an item: that of the same row and kind, finished or measured; None if neither is known. Agents of a row are of one
    kind, whatever moves their gaze.

    :param item: whose speed is wanted
    :param finished: as :func:`results` gives them
    :param speeds: measured, by ``row-agent``, ``row-cnn`` and so on
    """
    kind = speed_name(item)
    alike = [done for done in finished.values() if _kind(done["row"], done["variant"]) == kind]
    if alike:
        return sum(done["images"] for done in alike) / sum(done["seconds"] for done in alike)
    return speeds.get(kind)


def speed_name(item: Item) -> str:
    """The name of its speed."""
    return _kind(item.row, item.variant)


def _kind(row: str, variant: str) -> str:
    return f"{row}-{variant if variant in NETWORKS else 'agent'}"


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
        left = f"{seen:,} of {'at most ' if item.stops_early else ''}{item.images:,} images"
        if speed is None:
            unknown += 1
            lines.append(f"left  {item.name}: {left}, speed not measured")
            continue
        takes = max(item.images - seen, 0) / speed / 3600
        hours += takes
        lines.append(f"left  {item.name}: {left}, {takes:.1f} hours at {speed:,.0f} images/s ({hours:.1f} in all up to here)")
    others = f", and {unknown} items whose speed is not measured (--measure)" if unknown else ""
    return [*lines, f"left in all: {hours:.1f} hours in one thread{others}"]
