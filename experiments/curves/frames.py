"""How many frames of the emulator a number of env steps of an Atari game is."""

from collections.abc import Mapping
from typing import Any

FRAME_SKIP = 4  # emulator frames in an env step, where a run does not set it: the default of make_atari
SET_AS = "env_kwargs.frame_skip"  # in the settings of a run


def frames_of(env_steps: Any, settings: Mapping[str, Any]) -> Any:
    """
    Emulator frames of a run in an Atari game.

    :param env_steps: a number or an array of them
    :param settings: of the run, as :func:`~saccade.experiments.setup.run_settings.settings_of` gives them
    """
    skip = settings.get(SET_AS)
    return (FRAME_SKIP if skip is None else skip) * env_steps
