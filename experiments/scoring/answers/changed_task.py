"""The task of a run with other keyword arguments, such as larger canvases."""

import re
from collections.abc import Mapping
from typing import Any

from ...errors import ConfigError
from ...setup.env_kwargs import COPIES, SMALLEST, SPILL, SPLIT, check_env_kwargs
from ...setup.env_names import gaze_task, memory_task

OF_TRAINING = {
    **dict.fromkeys((COPIES, SPILL, SMALLEST), "for training only"),
    SPLIT: "an option of its own (split, --split)",
}
LONGEST = 60  # characters in a file's name


def changed_task(env: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Keyword arguments that take the place of a run's own in an evaluation.

    :param env: of the run
    :param given: such as ``{"size": 256}``
    :return: a copy
    :raises ConfigError: if the env is not one of the suite's tasks, or does not take them in an evaluation
    """
    if given and gaze_task(env) is None and memory_task(env) is None:
        raise ConfigError(
            f"change the suite's tasks, such as ClutteredMNIST; a run of {env} is evaluated in its own env", option="env_kwargs"
        )
    for name in given:
        if name in OF_TRAINING:
            raise ConfigError(f"{name} is {OF_TRAINING[name]}; leave it out", option="env_kwargs")
    if given:
        check_env_kwargs(env, given)
    return dict(given)


def name_of_change(changed: Mapping[str, Any]) -> str | None:
    """
    What files of such an evaluation are called, such as ``size256``; None without a change.

    :param changed: as :func:`changed_task` gives it
    """
    words = (re.sub(r"[^A-Za-z0-9.]+", "_", f"{name}{value}") for name, value in sorted(changed.items()))
    return "-".join(words)[:LONGEST] or None
