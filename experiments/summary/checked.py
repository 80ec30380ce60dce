"""What the checks say of the maps of several seeds, and what the maps lie on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...saliency.page.comparison_page import LEAD, good_of
from ...saliency.page.gaze_page import MEANINGS, told_of
from ...saliency.records.event_name import has_events
from ...saliency.records.recorded_events import RecordedEvents
from ...saliency.records.recorded_gazes import gaze_events, gaze_folder
from ...saliency.records.saliency_event import EventFile
from ...saliency.statistics.standard_error import standard_error
from ..curves.curve import Curve
from ..curves.groups import Group, groups_of
from ..errors import RunFolderError
from ..reporting import SILENT, Reporter
from ..scoring.over_seeds import LEAST_RUNS, Estimate, estimate

LEFT_OUT = ("gini", "entropy")  # which describe a map and check nothing
ENDS = ("_low", "_high", "_std")  # of a figure's interval over states, and of its draws
BEST_RIVAL = "lead over the best blind rival"
BY_RANDOM = "random_weights"  # is not a blind rival
MASS, POINTING, LAG = "share on", "pointing at", "through time: "
GAZE = "gaze"  # in place of a head
Key = tuple[str, str, str]  # head, method, figure


@dataclass(frozen=True)
class CheckedFigure:
    """
    A figure of the maps of one head by one method, over the seeds of an agent.

    :param env: short name
    :param agent: with its settings
    :param head: its name; ``gaze`` for what the eye does
    :param method: its name; empty for a gaze
    :param figure: its name
    :param runs: that have it, of the agent's
    :param mean: over these runs
    :param error: standard error of the mean over these runs; None of one run
    :param good: which direction is good, or what it is; may be empty
    """

    env: str
    agent: str
    head: str
    method: str
    figure: str
    runs: int
    mean: Estimate
    error: float | None
    good: str


def checked_over_seeds(paths: Sequence[Path], fewest: int = LEAST_RUNS, reporter: Reporter = SILENT) -> list[CheckedFigure]:
    """
    The figures of each run's last event, over runs that are seeds of one another.

    These are the checks of the maps (:mod:`saccade.saliency.checks.trust`), how much of a map lies on each thing
    (:mod:`saccade.saliency.checks.object_relevance`), how far a map leads the best of its blind rivals, and what the eye does.

    :param paths: run folders; other folders have no seed and are left out
    :param fewest: runs for an interval
    :param reporter: gets a line on each run that does not count, because its seed is there already
    :raises RecordedEventsError: if an event is damaged
    """
    figures: dict[str, dict[Key, float]] = {}
    curves = []
    for number, path in enumerate(paths):
        try:
            curve = Curve.of(path)
        except RunFolderError:  # a folder of a callback, or of explain
            continue
        found = last_figures(path)
        if found:
            curves.append(Curve(curve.env, curve.agent, curve.seed, str(number), curve.scores, curve.settings))
            figures[str(number)] = found
    rows = []
    for group in groups_of(curves, fewest):
        for first, copy in group.copied():
            alike = f"{paths[int(first.run)]} and {paths[int(copy.run)]} have the same settings and the same seed {copy.seed}"
            reporter.say(f"warning: {alike}, so the checks of the first alone count")
        rows += _rows_of(group, [figures[curve.run] for curve in group.curves], fewest)
    return rows


def last_figures(run: Path) -> dict[Key, float]:
    """
    The figures of a run's last event that say something of its maps, and of its last event with gazes.

    :param run: its folder
    :return: {(head, method, figure): value}; empty if it has no event with such figures
    :raises RecordedEventsError: if an event is damaged
    """
    found: dict[Key, float] = {}
    if has_events(run / "saliency"):
        found = told_figures(EventFile.read(RecordedEvents.of(run).files[-1], with_maps=False).figures or {})
    folder = gaze_folder(run)
    if folder is not None:
        found |= {(GAZE, "", name): value for name, value in told_of(gaze_events(folder)[-1]).items() if np.isfinite(value)}
    return found


def told_figures(figures: Mapping[str, float]) -> dict[Key, float]:
    """
    Figures of an event by head, method and what they are.

    :param figures: {curve: value}, such as ``trust/value/jacobian/deletion_blur/lead_over_contrast``
    :return: {(head, method, figure): value}; of the leads over blind rivals the smallest by each measure and way of removal
    """
    found: dict[Key, float] = {}
    for name, value in figures.items():
        section, *parts = name.split("/")
        if len(parts) < 3 or not np.isfinite(value):
            continue
        head, method, *rest = parts
        last = rest[-1]
        if section in ("objects", "pointing"):
            found[head, method, f"{MASS if section == 'objects' else POINTING} {'/'.join(rest)}"] = value
        elif section == "through_time":
            found[head, method, f"{LAG}{last}"] = value
        elif section == "trust" and last.startswith(LEAD):
            if last.endswith(ENDS) or last == f"{LEAD}{BY_RANDOM}":
                continue
            key = head, method, f"{rest[0].replace('_', ', ', 1)}: {BEST_RIVAL}"
            found[key] = min(value, found.get(key, value))
        elif section == "trust" and last not in LEFT_OUT and not last.endswith(ENDS):
            found[head, method, last] = value
    return found


def _rows_of(group: Group, figures: Sequence[Mapping[Key, float]], fewest: int) -> list[CheckedFigure]:
    keys = sorted({key for each in figures for key in each}, key=lambda key: (key[0] == GAZE, key[0] != "value", *key))
    of_runs: dict[tuple[int, ...], list[Key]] = {}  # figures that the same runs have, to be drawn at once
    for key in keys:
        of_runs.setdefault(tuple(i for i, each in enumerate(figures) if key in each), []).append(key)
    means: dict[Key, tuple[int, Estimate, float | None]] = {}
    for which, together in of_runs.items():
        values = np.array([[figures[i][key] for key in together] for i in which])
        found = estimate(_mean, values[:, None], fewest=fewest)
        errors = standard_error(values)
        means |= {
            key: (len(which), found.at(place), float(error) if len(which) > 1 else None)
            for place, (key, error) in enumerate(zip(together, errors, strict=True))
        }
    return [CheckedFigure(group.env, group.label, *key, *means[key], _good(key)) for key in keys]


def _mean(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.mean(axis=(0, 1)))


def _good(key: Key) -> str:
    head, _, figure = key
    if head == GAZE:
        return MEANINGS.get(figure.replace(" ", "_"), "")
    if figure.endswith(BEST_RIVAL):
        return "above 0 the map beats it"
    if figure.startswith(MASS):
        return "1 is an even map"
    return "" if figure.startswith((POINTING, LAG)) else good_of(figure)
