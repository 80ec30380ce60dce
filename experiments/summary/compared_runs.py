"""Which runs a page shows: of a sweep those with events, of several envs those of one."""

from collections.abc import Sequence
from pathlib import Path

from ...saliency.errors import RecordedEventsError
from ...saliency.records.event_name import has_events
from ...saliency.records.recorded_events import RecordedEvents
from ...saliency.records.recorded_gazes import gaze_folder
from ..errors import ConfigError, ExperimentError
from ..run_folder import RunFolder, runs_inside
from ..setup.env_names import canonical_name, short_name
from ..sweeping.sweep_folder import PLAN
from .sweep_runs import with_sweeps

EVENTS = ("saliency", "gaze")  # folders of events in a run folder


def runs_to_compare(given: Sequence[Path], env: str | None) -> tuple[list[Path], list[str]]:
    """
    :param given: folders of runs, sweeps or events
    :param env: whose runs are wanted; None: all
    :return: folders of runs or events, and a line for each run of a sweep that is not complete or has no events
    :raises ConfigError: if there are none, or runs of a sweep are in several envs and none is chosen
    """
    if not given:
        raise ConfigError("give one run folder at least")
    for path in given:
        if not path.is_dir():
            raise ConfigError(f"there is no folder {path}; give run folders, or folders of saliency or gaze events")
        inside = runs_inside(path)
        if inside and not any((path / name).exists() for name in (PLAN, "config.yml", *EVENTS)) and not has_events(path):
            raise ConfigError(f"{path} has no maps or gazes of its own, it holds runs; give {inside}")
    found = with_sweeps(given)
    told, kept = list(found.told), []
    of_sweeps = [path for path in given if (path / PLAN).is_file()]
    for path in found.paths:
        problem = problem_of(path) if path.parent in of_sweeps else None
        if problem is None:
            kept.append(path)
        else:
            told.append(f"{problem}; it is left out")
    envs = {path: env_of(path) for path in kept}
    if env is not None:
        kept = [path for path in kept if (name := envs[path]) is not None and canonical_name(name) == canonical_name(env)]
    several = sorted({short_name(name) for path in kept if (name := envs[path]) is not None})
    if env is None and of_sweeps and len(several) > 1:
        raise ConfigError(f"must say which runs to show: those in {' or '.join(several)}; a page has one env", option="env")
    if not kept:
        there = sorted({short_name(name) for name in envs.values() if name is not None})
        reason = (
            "the runs have no maps or gazes yet" if env is None else f"no run is in {env}; there is {', '.join(there) or 'none'}"
        )
        raise ConfigError(reason)
    return kept, told


def problem_of(run: Path) -> str | None:
    """Why a run of a sweep cannot be shown; None if it has maps or gazes."""
    try:
        if has_events(run / "saliency"):
            RecordedEvents.of(run)
        elif gaze_folder(run) is None:
            return f"{run} has no maps or gazes yet"
    except RecordedEventsError as error:  # a damaged event of this one; the others are shown
        return f"{run} cannot be shown: {error}"
    return None


def env_of(path: Path) -> str | None:
    """The env of a run folder; None of other folders."""
    try:
        return str(RunFolder.check_existing(path).read_content()["options"]["env"])
    except ExperimentError:
        return None
