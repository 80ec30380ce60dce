"""A picture of what V and A look at in two states of a run, which are taken by a rule and not by hand."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch as th
import tyro

from saccade.experiments.errors import OutputError
from saccade.experiments.run_folder import RunFolder
from saccade.saliency import METHODS
from saccade.saliency.methods.first_map import FIRST_OF_IMAGES
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.pictures.event_pictures import trajectory_panels
from saccade.saliency.pictures.layout import contact_sheet, write_png
from saccade.saliency.states.notes import Notes
from saccade.scripts.benchmarks.objects.measuring import ALL, HEADS, kinds_of
from saccade.scripts.benchmarks.objects.play import Played, spread
from saccade.scripts.benchmarks.objects.runs import Options, played_states
from saccade.scripts.benchmarks.runs.measured_runs import check_methods

SHOWN = {"free": "the road is free", "ahead": "a car is ahead"}  # kinds of states, and what is said of them


@dataclass(frozen=True)
class PictureOptions:
    """Draw the maps of V and A in two states of a run: the middle one of each kind, in the order in which they are met."""

    run: tyro.conf.Positional[Path]
    """A run folder, of which the newest checkpoint is asked."""
    output: Path
    """The PNG."""
    method: str = FIRST_OF_IMAGES
    """Of the maps."""


def draw(options: PictureOptions) -> None:
    """
    Play as for the measurement of things, take the states, and write the picture.

    :raises ConfigError: if there is no such method
    :raises OutputError: if the file is there already, or is not a PNG by its name
    """
    check_methods([options.method])
    if options.output.suffix.lower() != ".png":
        raise OutputError(f"{options.output} does not end in .png; the picture is a PNG")
    if options.output.exists():
        raise OutputError(f"{options.output} is there already; remove it, or give another name")
    play_options = Options(runs=(options.run,))
    th.set_num_threads(play_options.threads)
    policy, played, game = played_states(RunFolder.check_existing(options.run), play_options)
    rows, said = middle_states(played, game)
    chosen = played.states.some(rows)
    maps = make_maps(policy, chosen, HEADS, {options.method: METHODS[options.method]})
    panels = trajectory_panels(chosen, maps, Notes(said))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    write_png(options.output, contact_sheet([*panels]))


def middle_states(played: Played, game: str) -> tuple[np.ndarray, list[str]]:
    """
    The middle state of each kind that is shown; of a game without such kinds, one after a quarter and one after three quarters.

    :param played: states of play, in the order of games and steps
    :param game: name of the ROM
    :return: their rows, and a line on each
    """
    kinds = kinds_of(game, played.states.frames)
    found = {kind: np.flatnonzero(of_kind) for kind, of_kind in kinds.items() if kind in SHOWN}
    shown = [(int(spread(rows, 1)[0]), SHOWN[kind]) for kind, rows in found.items() if len(rows)]
    if not shown:
        shown = [(int(row), "") for row in spread(np.flatnonzero(kinds[ALL]), 2)]
    shown.sort(key=lambda one: list(SHOWN.values()).index(one[1]) if one[1] else one[0])
    return np.array([row for row, _ in shown]), [text for _, text in shown]
