"""Where a callback's events go, so that a run does not mix its files with those of an earlier run."""

from pathlib import Path

from stable_baselines3.common.callbacks import BaseCallback

from .event_name import RECORD, event_files, parse_event_name


def event_folder(wanted: Path | None, callback: BaseCallback, name: str) -> Path:
    """
    The wanted folder, unless it holds another run's events. Then the same name with a number behind it.

    Events tell whose a wanted folder is, so until the first one is written it is free for a second run, too. Runs that begin at the
    same moment need wanted folders of their own, or none: new folders are never shared.

    :param wanted: None for a new folder: where the model's logger writes, or below ``runs/`` in the working directory if the logger
        writes to a temporary folder only
    :param callback: of a model in training
    :param name: of the folder if none is wanted
    """
    if wanted is None:
        # Without a folder of the user's, SB3's logger writes to a temporary one, where nobody looks for pictures.
        lasting = callback.model.tensorboard_log is not None or callback.model._custom_logger
        return numbered_folder(Path(callback.logger.dir if lasting and callback.logger.dir else "runs", name))
    steps = kept_steps(wanted)
    goes_on = callback.num_timesteps > 0  # a new run starts at 0
    is_resumed = not steps or (goes_on and max(steps) <= callback.num_timesteps)
    return wanted if is_resumed else numbered_folder(wanted)


def kept_steps(folder: Path) -> list[int]:
    """Env steps of the events in a folder."""
    named = (parse_event_name(file.name) for file in event_files(folder))
    return [found[0] for found in named if found is not None and found[1] == RECORD]


def numbered_folder(wanted: Path) -> Path:
    """``wanted``, or with a number behind it if that exists. The folder is made here, so that two runs at once never share one."""
    number = 1
    while True:
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder
