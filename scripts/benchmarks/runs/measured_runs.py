"""Runs that are measured one after the other: their folders by name, and a file of figures for each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from saccade.experiments import ConfigError, OutputError
from saccade.experiments.run_folder import RunFolder
from saccade.saliency import METHODS
from saccade.saliency.whole_file import write_text
from saccade.scripts.benchmarks.timing import say

Which = Literal["newest", "best"]


def check_counts(options: Any, *names: str) -> None:
    """
    :param options: of a measurement
    :param names: of those that count something
    :raises ConfigError: if one is below 1
    """
    for name in names:
        if getattr(options, name) < 1:
            raise ConfigError(f"is {getattr(options, name)}; it must be at least 1", option=name)


def check_methods(names: Sequence[str], known: Collection[str] = METHODS) -> None:
    """
    :param names: of methods
    :param known: those that there are
    :raises ConfigError: if there is none of a name
    """
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"there is no method {unknown[0]!r}; it must be one of: {', '.join(known)}")


def name_of(folder: RunFolder) -> str:
    """By which a run is known among the figures of others: the last part of its path."""
    return folder.path.resolve().name


def opened(runs: Sequence[Path]) -> list[RunFolder]:
    """
    Run folders, of which none is written to.

    :param runs: their paths
    :raises OutputError: if two have the same name
    :raises RunFolderError: if one is not a run folder
    """
    names = [path.resolve().name for path in runs]
    if len(set(names)) < len(names):
        raise OutputError("two of the runs have the same name, so their figures could not be told apart; rename a folder")
    return [RunFolder.check_existing(path) for path in runs]


def folders_on(runs: Sequence[Path], is_measured: Callable[[str], bool], only: str) -> list[RunFolder]:
    """
    Run folders as :func:`opened` gives them, of runs on some envs only.

    :param runs: their paths
    :param is_measured: whether runs on an env of this name can be measured
    :param only: what to say if not
    :raises ConfigError: if one cannot
    """
    folders = opened(runs)
    for folder in folders:
        env = folder.read({"device": "cpu"}).config.env
        if not is_measured(env):
            raise ConfigError(f"{folder.path} plays {env}; {only}. Leave it out")
    return folders


def measure_each(folders: Sequence[RunFolder], output: Path, text_of: Callable[[RunFolder], str]) -> None:
    """
    Measure run after run, and write a file for each. A run that has one already is left out.

    :param folders: of the runs
    :param output: folder of the files
    :param text_of: measures a run, and gives the text of its file
    """
    output.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        name = name_of(folder)
        file = output / f"{name}.json"
        if file.exists():
            say(f"{name}: {file} is there already; remove it to measure the run again")
            continue
        write_text(file, text_of(folder))
        say(f"{name}: {file}")


def asked_checkpoint(folder: RunFolder, which: Which) -> Path:
    """
    :param folder: of a run
    :param which: the newest, or the best on validation data
    """
    return folder.best_checkpoint() if which == "best" else folder.latest_checkpoint()


def weight_decay(policy: Any) -> float:
    """Of a policy's optimizer; Adam has none."""
    return float(policy.optimizer.defaults.get("weight_decay", 0.0))


def rounded(x: Any, digits: str = ".4f") -> Any:
    """
    Figures as a file keeps them, so that it stays small.

    :param x: a figure, or figures by name, to any depth
    :param digits: format of those that are not whole numbers
    :return: the same, with None for NaN and infinity, which JSON does not have
    """
    if isinstance(x, Mapping):
        return {name: rounded(part, digits) for name, part in x.items()}
    if not isinstance(x, (float, np.floating)):
        return x
    return float(f"{x:{digits}}") if np.isfinite(x) else None
