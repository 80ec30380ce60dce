"""What the measurements of runs with a memory have in common."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from saccade.experiments import ConfigError
from saccade.experiments.run_folder import RunFolder

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


def folders_on(runs: Sequence[Path], is_measured: Callable[[str], bool], only: str) -> list[RunFolder]:
    """
    Run folders, of which none is written to.

    :param runs: their paths
    :param is_measured: whether runs on an env of this name can be measured
    :param only: what to say if not
    :raises ConfigError: if one cannot
    """
    folders = [RunFolder.check_existing(path) for path in runs]
    for folder in folders:
        env = folder.read({"device": "cpu"}).config.env
        if not is_measured(env):
            raise ConfigError(f"{folder.path} plays {env}; {only}. Leave it out")
    return folders


def asked_checkpoint(folder: RunFolder, which: Which) -> Path:
    """
    :param folder: of a run
    :param which: the newest, or the best on validation data
    """
    return folder.best_checkpoint() if which == "best" else folder.latest_checkpoint()


def weight_decay(policy: Any) -> float:
    """Of a policy's optimizer; Adam has none."""
    return float(policy.optimizer.defaults.get("weight_decay", 0.0))
